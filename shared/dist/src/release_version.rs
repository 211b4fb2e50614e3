//! Versions of released toolchains and of rustup.

use std::fmt;
use std::str::FromStr;

use romt_types::ParseError;

/// The version of something released: three numbers, `1.95.0`, ordered by them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReleaseVersion {
    /// The first number.
    pub major: u32,
    /// The second.
    pub minor: u32,
    /// The third.
    pub patch: u32,
}

impl FromStr for ReleaseVersion {
    type Err = ParseError;

    /// Three numbers without leading zeros: the text names a folder, so there is one text for one version.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let error = |reason| ParseError::new(text, "a released version", reason);
        let mut parts = text.split('.').map(|part| {
            let digits = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            let plain = part == "0" || !part.starts_with('0');
            part.parse().ok().filter(|_| digits && plain).ok_or("each part is a number without leading zeros")
        });
        let mut next = || parts.next().ok_or("three numbers are needed, like 1.95.0").flatten().map_err(error);
        let version = Self { major: next()?, minor: next()?, patch: next()? };
        if parts.next().is_some() {
            return Err(error("there are more than three numbers"));
        }
        Ok(version)
    }
}

impl fmt::Display for ReleaseVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn versions_are_ordered_by_number() {
        let version = |text: &str| text.parse::<ReleaseVersion>().unwrap();
        assert!(version("1.9.0") < version("1.10.0"));
        assert!(version("1.95.1") < version("2.0.0"));
    }

    #[test]
    fn what_is_no_released_version_is_refused() {
        for bad in [
            "",
            "1",
            "1.76",
            "1.2.3.4",
            "1.2.",
            "1..3",
            "+1.2.3",
            "01.2.3",
            "1.2.3-beta",
            " 1.2.3",
            "1.2.4294967296",
            "١.٢.٣",
        ] {
            assert!(bad.parse::<ReleaseVersion>().is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn text_and_back(major: u32, minor: u32, patch: u32) {
            let version = ReleaseVersion { major, minor, patch };
            prop_assert_eq!(version.to_string().parse(), Ok(version));
        }

        #[test]
        fn one_text_for_one_version(text in "[0-9.+]{0,12}") {
            if let Ok(version) = text.parse::<ReleaseVersion>() {
                prop_assert_eq!(version.to_string(), text);
            }
        }
    }
}
