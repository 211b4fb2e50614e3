//! Versions of crates.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ParseError;

/// A crate's version: semantic versioning 2.0, ordered by it.
///
/// Build metadata is part of a version's name (`1.0.1+build.5` is its own file), and so takes part in equality here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version(semver::Version);

impl Version {
    /// The longest version text that is accepted, in bytes.
    pub const MAX_LENGTH: usize = 255;

    /// The parsed form, to match requirements against.
    pub fn semver(&self) -> &semver::Version {
        &self.0
    }
}

impl FromStr for Version {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let expected = "a version";
        if text.len() > Self::MAX_LENGTH {
            return Err(ParseError::new(text, expected, "it is longer than 255 characters"));
        }
        let version = semver::Version::parse(text).map_err(|e| ParseError::new(text, expected, e.to_string()))?;
        // The text names a file, so there must be one text for one version.
        if !is_written(&version, text) {
            return Err(ParseError::new(text, expected, format!("it should be written {version}")));
        }
        Ok(Self(version))
    }
}

/// Whether `version` is written `text`; millions are looked at, so no text is made.
fn is_written(version: &semver::Version, text: &str) -> bool {
    use fmt::Write as _;
    struct Rest<'a>(&'a str);
    impl fmt::Write for Rest<'_> {
        fn write_str(&mut self, piece: &str) -> fmt::Result {
            self.0 = self.0.strip_prefix(piece).ok_or(fmt::Error)?;
            Ok(())
        }
    }
    let mut rest = Rest(text);
    write!(rest, "{version}").is_ok() && rest.0.is_empty()
}

impl TryFrom<String> for Version {
    type Error = ParseError;

    fn try_from(text: String) -> Result<Self, ParseError> {
        text.parse()
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.0.to_string()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_keeps_its_build_metadata() {
        let version: Version = "1.0.1+build.5".parse().unwrap();
        assert_eq!(version.to_string(), "1.0.1+build.5");
        assert_ne!(version, "1.0.1".parse().unwrap());
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for bad in [
            "",
            "1",
            "1.0",
            "01.0.0",
            "1.0.0/..",
            "../1.0.0",
            "1.0.0-",
            "1.0.0 ",
            &format!("1.0.0-{}", "a".repeat(255)),
        ] {
            assert!(bad.parse::<Version>().is_err(), "{bad:?}");
        }
    }
}
