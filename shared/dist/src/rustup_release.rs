//! `release-stable.toml`: which release of rustup is the stable one.

use std::fmt;

use serde::Deserialize;

use romt_types::ParseError;

use crate::ReleaseVersion;

/// Which release of rustup is the stable one: the file `rustup/release-stable.toml`, the pointer that moves last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RustupRelease {
    /// The release; its files are in `rustup/archive/<version>/`.
    pub version: ReleaseVersion,
}

/// Why a `release-stable.toml` could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReleaseError {
    /// It is no such file: fetch it again, or look at what serves it.
    #[error("it is larger than {} bytes", RustupRelease::MAX_SIZE)]
    TooLarge,
    /// It is no such file: fetch it again, or look at what serves it.
    #[error("it is not TOML with the keys schema-version and version")]
    Malformed(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It is one of a later kind: a newer romt is needed.
    #[error("its schema-version is {found:?}, and only \"1\" is known")]
    Schema {
        /// What stands in it, shortened.
        found: String,
    },
    /// The version in it is none.
    #[error("its version cannot be used")]
    Version(#[source] ParseError),
}

/// The file as it is written; keys that a later rustup may add are not read.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct File {
    schema_version: String,
    version: String,
}

const SCHEMA: &str = "1";
/// A hostile value must not fill a log.
const SHOWN: usize = 20;

impl RustupRelease {
    /// The most bytes of the file that are read. Upstream's has about 50.
    pub const MAX_SIZE: usize = 4096;

    /// Reads the file, however its strings are quoted.
    pub fn parse(content: &[u8]) -> Result<Self, ReleaseError> {
        if content.len() > Self::MAX_SIZE {
            return Err(ReleaseError::TooLarge);
        }
        let file: File = toml::from_slice(content).map_err(|e| ReleaseError::Malformed(Box::new(e)))?;
        if file.schema_version != SCHEMA {
            return Err(ReleaseError::Schema { found: file.schema_version.chars().take(SHOWN).collect() });
        }
        Ok(Self { version: file.version.parse().map_err(ReleaseError::Version)? })
    }
}

impl fmt::Display for RustupRelease {
    /// The file, byte for byte as Python romt writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "schema-version = \"{SCHEMA}\"")?;
        writeln!(f, "version = \"{}\"", self.version)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<String, String> {
        RustupRelease::parse(text.as_bytes()).map(|r| r.version.to_string()).map_err(|e| e.to_string())
    }

    #[test]
    fn upstreams_quoting_and_new_keys_are_read() {
        assert_eq!(parse("schema-version = '1'\nversion = '1.29.0'\n"), Ok("1.29.0".into()));
        assert_eq!(parse("version = \"\"\"1.29.0\"\"\"\nschema-version = \"1\"\nnew = [1]\n"), Ok("1.29.0".into()));
    }

    #[test]
    fn it_is_written_as_python_romt_does() {
        let release = RustupRelease { version: "1.29.0".parse().unwrap() };
        assert_eq!(release.to_string(), "schema-version = \"1\"\nversion = \"1.29.0\"\n");
    }

    #[test]
    fn each_fault_is_told_apart() {
        let fault = |text: &str| RustupRelease::parse(text.as_bytes()).unwrap_err();
        for text in ["", "<html>", "version = \"1.29.0\"", "schema-version = 1\nversion = \"1.29.0\""] {
            assert!(matches!(fault(text), ReleaseError::Malformed(_)), "{text}");
        }
        assert!(matches!(RustupRelease::parse(b"version = '\xff'"), Err(ReleaseError::Malformed(_))));
        assert!(matches!(fault(&"#".repeat(4097)), ReleaseError::TooLarge));
        assert_eq!(
            fault("schema-version = \"2\"\nversion = \"2.0.0\"").to_string(),
            "its schema-version is \"2\", and only \"1\" is known"
        );
        let ReleaseError::Version(cause) = fault("schema-version = \"1\"\nversion = \"../1.0.0\"") else {
            panic!("the version is the fault");
        };
        assert!(cause.to_string().contains("../1.0.0"));
    }

    proptest! {
        #[test]
        fn written_and_back(major: u32, minor: u32, patch: u32) {
            let release = RustupRelease { version: ReleaseVersion { major, minor, patch } };
            prop_assert_eq!(RustupRelease::parse(release.to_string().as_bytes()).unwrap(), release);
        }

        #[test]
        fn no_bytes_are_too_strange(content in prop::collection::vec(any::<u8>(), 0..300)) {
            // Neither a panic nor a version that is not there.
            prop_assert!(RustupRelease::parse(&content).is_err());
        }
    }
}
