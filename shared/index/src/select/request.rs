//! Crates selected by name.

use std::fmt;
use std::str::FromStr;

use romt_types::{CrateName, ParseError};
use semver::VersionReq;

/// `NAME` or `NAME@REQ`, as `cargo add` takes it: `serde`, `serde@1`, `serde@=1.0.200`, `serde@>=1.0, <1.0.200`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrateRequest {
    /// The crate.
    pub name: CrateName,
    /// Which versions; all of them where nothing was said.
    pub requirement: VersionReq,
}

impl FromStr for CrateRequest {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let (name, requirement) = match text.split_once('@') {
            Some((name, requirement)) => (name, requirement.parse()),
            None => (text, Ok(VersionReq::STAR)),
        };
        let name = name.parse()?;
        let requirement = requirement.map_err(|e: semver::Error| {
            ParseError::new(text, "a crate with a version requirement (NAME or NAME@REQ)", e.to_string())
        })?;
        Ok(Self { name, requirement })
    }
}

impl fmt::Display for CrateRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.requirement == VersionReq::STAR {
            self.name.fmt(f)
        } else {
            write!(f, "{}@{}", self.name, self.requirement)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_those_of_cargo_add() {
        let shown = |text: &str| text.parse::<CrateRequest>().map(|request| request.to_string());
        assert_eq!(shown("serde").unwrap(), "serde");
        assert_eq!(shown("serde@1.0").unwrap(), "serde@^1.0");
        assert_eq!(shown("serde@=1.0.3").unwrap(), "serde@=1.0.3");
        for bad in ["", "@1", "ser de", "serde@", "serde@one", "../x"] {
            assert!(shown(bad).is_err(), "{bad}");
        }
    }
}
