//! Versions that a channel may be named by, other than a release's three numbers.

use std::fmt;
use std::str::FromStr;

use romt_types::ParseError;

use crate::ReleaseVersion;

/// Two numbers, `1.95`: all patch releases of one minor version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MinorVersion {
    /// The first number.
    pub major: u32,
    /// The second.
    pub minor: u32,
}

impl From<ReleaseVersion> for MinorVersion {
    fn from(version: ReleaseVersion) -> Self {
        Self { major: version.major, minor: version.minor }
    }
}

impl FromStr for MinorVersion {
    type Err = ParseError;

    /// Two numbers without leading zeros: there is one text for one version.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        // Only a text without a third number becomes a release by one more.
        format!("{text}.0")
            .parse::<ReleaseVersion>()
            .map(Self::from)
            .map_err(|_| ParseError::new(text, "a minor version", "two numbers are needed, like 1.95"))
    }
}

impl fmt::Display for MinorVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// One beta before a release: `1.96.0-beta.2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BetaVersion {
    /// The release that it leads to.
    pub release: ReleaseVersion,
    /// Which beta.
    pub number: u32,
}

const BETA: &str = "-beta.";

impl FromStr for BetaVersion {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let error = || ParseError::new(text, "the version of a beta", "it is not like 1.96.0-beta.2");
        let (release, number) = text.split_once(BETA).ok_or_else(error)?;
        let version =
            Self { release: release.parse().map_err(|_| error())?, number: number.parse().map_err(|_| error())? };
        if version.to_string() == text { Ok(version) } else { Err(error()) }
    }
}

impl fmt::Display for BetaVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{BETA}{}", self.release, self.number)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_none_is_refused() {
        for bad in ["", "1", "1.", ".1", "1.2.3", "01.2", "1.+2", "1.2-beta"] {
            assert!(bad.parse::<MinorVersion>().is_err(), "{bad:?}");
        }
        for bad in ["", "-beta.", "1.2.3-beta.", "1.2.3-beta.01", "1.2.3-beta.+1", "1.2.3-beta.1.2", "1.2-beta.1"] {
            assert!(bad.parse::<BetaVersion>().is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn text_and_back(major: u32, minor: u32, patch: u32, number: u32) {
            let minor_version = MinorVersion { major, minor };
            prop_assert_eq!(minor_version.to_string().parse(), Ok(minor_version));
            let beta = BetaVersion { release: ReleaseVersion { major, minor, patch }, number };
            prop_assert_eq!(beta.to_string().parse(), Ok(beta));
        }
    }
}
