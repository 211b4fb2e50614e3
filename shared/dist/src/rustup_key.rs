//! Every file that can be in `rustup/`.

use std::fmt;
use std::str::FromStr;

use romt_types::ParseError;

use crate::{ReleaseVersion, Target};

/// A file of `rustup/`; its text is the path below that folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RustupKey {
    /// `release-stable.toml`: which release is the stable one. What rustup asks first when it updates itself.
    ReleaseStable,
    /// `archive/1.29.0/x86_64-unknown-linux-gnu/rustup-init`: the program of one release.
    Archive {
        /// The release.
        version: ReleaseVersion,
        /// What it runs on.
        target: Target,
        /// The `.sha256` file beside it.
        hash: bool,
    },
    /// `dist/x86_64-unknown-linux-gnu/rustup-init`: a copy of that of the stable release, for people to fetch.
    Dist {
        /// What it runs on.
        target: Target,
        /// The `.sha256` file beside it.
        hash: bool,
    },
}

const RELEASE_STABLE: &str = "release-stable.toml";
const HASH: &str = ".sha256";

impl RustupKey {
    /// The name of rustup's program for a target: `rustup-init`, or `rustup-init.exe`.
    pub fn program_name(target: &Target) -> &'static str {
        if target.is_windows() { "rustup-init.exe" } else { "rustup-init" }
    }
}

impl fmt::Display for RustupKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (target, hash) = match self {
            Self::ReleaseStable => return f.write_str(RELEASE_STABLE),
            Self::Archive { version, target, hash } => {
                write!(f, "archive/{version}")?;
                (target, *hash)
            }
            Self::Dist { target, hash } => {
                f.write_str("dist")?;
                (target, *hash)
            }
        };
        write!(f, "/{target}/{}{}", Self::program_name(target), if hash { HASH } else { "" })
    }
}

impl FromStr for RustupKey {
    type Err = ParseError;

    /// Reads what [`Display`](fmt::Display) wrote; anything else is refused.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let hash = text.ends_with(HASH);
        let key = match text.split('/').collect::<Vec<_>>()[..] {
            [RELEASE_STABLE] => Self::ReleaseStable,
            ["archive", version, target, _] => {
                Self::Archive { version: version.parse()?, target: target.parse()?, hash }
            }
            ["dist", target, _] => Self::Dist { target: target.parse()?, hash },
            _ => return Err(ParseError::new(text, "a file of rustup/", "it is in no known folder")),
        };
        if key.to_string() == text {
            Ok(key)
        } else {
            Err(ParseError::new(text, "a file of rustup/", "it is not called rustup-init, or .exe where that is due"))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_file_is_known_by_its_path() {
        for text in [
            "release-stable.toml",
            "archive/1.29.0/x86_64-unknown-linux-gnu/rustup-init",
            "archive/1.29.0/x86_64-pc-windows-msvc/rustup-init.exe.sha256",
            "dist/x86_64-unknown-linux-gnu/rustup-init.sha256",
        ] {
            assert_eq!(text.parse::<RustupKey>().unwrap().to_string(), text);
        }
        for bad in [
            "",
            "release-stable.toml.sha256",
            "archive/1.29.0/x86_64-unknown-linux-gnu/rustup-init.exe",
            "archive/1.29.0/x86_64-pc-windows-msvc/rustup-init",
            "archive/1.29/x86_64-unknown-linux-gnu/rustup-init",
            "archive/junk",
            "archive/1.29.0/../rustup-init",
            "dist/x86_64-unknown-linux-gnu/rustup-init.asc",
            "dist//rustup-init",
        ] {
            assert!(bad.parse::<RustupKey>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_text_leads_out(text in "\\PC{0,60}|(\\.|\\.\\.|/|dist|archive|1\\.2\\.3|rustup-init|\\.exe|\\.sha256|a-windows-b|a){0,9}") {
            if let Ok(key) = text.parse::<RustupKey>() {
                prop_assert_eq!(key.to_string(), text.clone());
                prop_assert!(!text.split('/').any(|part| part.is_empty() || part.starts_with('.')));
            }
        }
    }
}
