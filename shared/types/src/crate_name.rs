//! Names of crates.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ParseError;

/// The name of a crate as its index file spells it, upper and lower case kept.
///
/// The rule is crates.io's: ASCII letters, digits, `-` and `_`, a letter first, at most 64 characters
/// (The Cargo Book, "The `name` field" and "Registry index").
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CrateName(Box<str>);

impl CrateName {
    /// The longest name, in characters.
    pub const MAX_LENGTH: usize = 64;

    /// The name as it is spelled.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name in lower case: what index files are called and what names are compared by.
    pub fn lowercase(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// The path of this crate's file in an index: `1/x`, `2/xx`, `3/x/xxx`, `xx/xx/xxxx…`, all in lower case
    /// (The Cargo Book, "Index files").
    pub fn index_path(&self) -> String {
        let lower = self.lowercase();
        format!("{}/{lower}", crate::PrefixStyle::Lower.prefix(self))
    }
}

impl FromStr for CrateName {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let error = |reason: &str| Err(ParseError::new(text, "a crate name", reason));
        if text.is_empty() {
            return error("it is empty");
        }
        if text.len() > Self::MAX_LENGTH {
            return error("it is longer than 64 characters");
        }
        if !text.starts_with(|first: char| first.is_ascii_alphabetic()) {
            return error("it does not start with a letter");
        }
        if !text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
            return error("only ASCII letters, digits, `-` and `_` may stand in it");
        }
        Ok(Self(text.into()))
    }
}

impl TryFrom<String> for CrateName {
    type Error = ParseError;

    fn try_from(text: String) -> Result<Self, ParseError> {
        text.parse()
    }
}

impl From<CrateName> for String {
    fn from(name: CrateName) -> Self {
        name.0.into()
    }
}

impl fmt::Display for CrateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn index_paths_follow_the_length_of_the_name() {
        let path = |name: &str| name.parse::<CrateName>().unwrap().index_path();
        assert_eq!(path("A"), "1/a");
        assert_eq!(path("Ab"), "2/ab");
        assert_eq!(path("aBc"), "3/a/abc");
        assert_eq!(path("ABcd"), "ab/cd/abcd");
        assert_eq!(path("serde_json"), "se/rd/serde_json");
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for bad in ["", "..", "1abc", "a/b", "a\\b", "a.b", "é", "a\0", "-a", "_a", &"a".repeat(65)] {
            assert!(bad.parse::<CrateName>().is_err(), "{bad:?}");
        }
    }
}
