//! One version of one crate.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{CrateName, ParseError, PrefixStyle, Version};

/// A crate's name and version: `serde@1.0.0`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CrateId {
    /// The name.
    pub name: CrateName,
    /// The version.
    pub version: Version,
}

impl CrateId {
    /// Both together.
    pub fn new(name: CrateName, version: Version) -> Self {
        Self { name, version }
    }

    /// The name of the file that holds it: `serde-1.0.0.crate`.
    pub fn file_name(&self) -> String {
        format!("{}-{}.crate", self.name, self.version)
    }

    /// The path of that file below `crates/`: `se/rd/serde/serde-1.0.0.crate`.
    pub fn path(&self, style: PrefixStyle) -> String {
        format!("{}/{}/{}", style.prefix(&self.name), self.name, self.file_name())
    }
}

impl FromStr for CrateId {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let (name, version) = text
            .split_once('@')
            .ok_or_else(|| ParseError::new(text, "a crate and version", "there is no `@` in it"))?;
        Ok(Self { name: name.parse()?, version: version.parse()? })
    }
}

impl fmt::Display for CrateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name, self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_python_romt() {
        let id: CrateId = "ABcd@0.1.0+x".parse().unwrap();
        assert_eq!(id.path(PrefixStyle::Lower), "ab/cd/ABcd/ABcd-0.1.0+x.crate");
        assert_eq!(id.path(PrefixStyle::Mixed), "AB/cd/ABcd/ABcd-0.1.0+x.crate");
    }
}
