//! Names of packages.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

use romt_types::ParseError;
use serde::{Deserialize, Serialize};

use crate::names::check_name;

/// The name of a package in a manifest: `rustfmt-preview`. rustup calls packages components.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PackageName(String);

impl PackageName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for PackageName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl FromStr for PackageName {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        check_name(text, "the name of a package").map(|()| Self(text.to_owned()))
    }
}

impl TryFrom<String> for PackageName {
    type Error = ParseError;

    fn try_from(text: String) -> Result<Self, ParseError> {
        text.parse()
    }
}

impl From<PackageName> for String {
    fn from(name: PackageName) -> Self {
        name.0
    }
}

impl fmt::Display for PackageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
