//! Names of targets.

use std::fmt;
use std::str::FromStr;

use romt_types::ParseError;
use serde::{Deserialize, Serialize};

use crate::names::check_name;

/// The name of a target: `x86_64-unknown-linux-gnu`. It names a folder of `rustup/`, so it is letters, digits and a few
/// signs, and leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Target(String);

impl Target {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether its programs end in `.exe`: one of its parts is `windows`.
    pub fn is_windows(&self) -> bool {
        self.0.split('-').any(|part| part == "windows")
    }
}

impl FromStr for Target {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        check_name(text, "a target")?;
        if text == "all" {
            return Err(ParseError::new(text, "a target", "it stands for all of them"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for Target {
    type Error = ParseError;

    fn try_from(text: String) -> Result<Self, ParseError> {
        text.parse()
    }
}

impl From<Target> for String {
    fn from(target: Target) -> Self {
        target.0
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What a package is for. [`Any`](Self::Any) comes first in every order, as `*` does among names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum PackageTarget {
    /// `*`: for every target. `rust-src` is.
    Any,
    /// For one target.
    Only(Target),
}

impl PackageTarget {
    /// Whether a package for this is one for `target` too.
    pub fn covers(&self, target: &Target) -> bool {
        match self {
            Self::Any => true,
            Self::Only(own) => own == target,
        }
    }
}

impl FromStr for PackageTarget {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        if text == "*" { Ok(Self::Any) } else { text.parse().map(Self::Only) }
    }
}

impl TryFrom<String> for PackageTarget {
    type Error = ParseError;

    fn try_from(text: String) -> Result<Self, ParseError> {
        text.parse()
    }
}

impl From<PackageTarget> for String {
    fn from(target: PackageTarget) -> Self {
        target.to_string()
    }
}

impl fmt::Display for PackageTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.pad("*"),
            Self::Only(target) => target.fmt(f),
        }
    }
}
