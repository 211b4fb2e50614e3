//! Every key there is.

use std::fmt;
use std::str::FromStr;

use romt_types::{CrateId, Digest, ParseError, PrefixStyle};

/// The key of an object: which file of a mirror it is. Its text is the path below the mirror's folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StorageKey {
    /// `crates/<prefix>/<Name>/<Name>-<version>.crate`: one version of one crate.
    Crate {
        /// Which.
        id: CrateId,
        /// How the prefix is spelled, the same in the whole mirror.
        style: PrefixStyle,
    },
    /// `crates/config.toml`: how this mirror spells prefixes (Python romt's file).
    CratesConfig,
    /// `.romt/incoming/<sha256>`: a file that is right but must wait for its place, which an older one still holds.
    Incoming(Digest),
}

const CRATES: &str = "crates/";
const CRATES_CONFIG: &str = "crates/config.toml";
const INCOMING: &str = ".romt/incoming/";

impl StorageKey {
    /// The prefix of all [`Crate`](Self::Crate) keys.
    pub const CRATES: &'static str = CRATES;
    /// The prefix of all [`Incoming`](Self::Incoming) keys.
    pub const INCOMING: &'static str = INCOMING;

    /// The media type to serve it with.
    pub fn content_type(&self) -> &'static str {
        match self {
            Self::Crate { .. } => "application/gzip",
            Self::CratesConfig => "application/toml",
            Self::Incoming(_) => "application/octet-stream",
        }
    }
}

impl fmt::Display for StorageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Crate { id, style } => write!(f, "{CRATES}{}", id.path(*style)),
            Self::CratesConfig => f.write_str(CRATES_CONFIG),
            Self::Incoming(digest) => write!(f, "{INCOMING}{digest}"),
        }
    }
}

impl FromStr for StorageKey {
    type Err = ParseError;

    /// Reads what [`Display`](fmt::Display) wrote; anything else is refused.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let error = |reason: &str| ParseError::new(text, "a key of a mirror", reason);
        if text == CRATES_CONFIG {
            return Ok(Self::CratesConfig);
        }
        if let Some(digest) = text.strip_prefix(INCOMING) {
            let key = Self::Incoming(digest.parse()?);
            return if key.to_string() == text { Ok(key) } else { Err(error("its digest is not in lower case")) };
        }
        let rest = text.strip_prefix(CRATES).ok_or_else(|| error("it is in no known folder"))?;
        let mut from_end = rest.rsplitn(3, '/');
        let (Some(file), Some(name), Some(prefix)) = (from_end.next(), from_end.next(), from_end.next()) else {
            return Err(error("a crate's file is three levels deep or more"));
        };
        let version = file
            .strip_suffix(".crate")
            .and_then(|stem| stem.strip_prefix(name))
            .and_then(|rest| rest.strip_prefix('-'))
            .ok_or_else(|| error("a crate's file is called NAME-VERSION.crate in a folder called NAME"))?;
        let id = CrateId::new(name.parse()?, version.parse()?);
        [PrefixStyle::Lower, PrefixStyle::Mixed]
            .into_iter()
            .find(|style| style.prefix(&id.name) == prefix)
            .map(|style| Self::Crate { id, style })
            .ok_or_else(|| error("its prefix is not that of its name"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_keys_are_keys() {
        for bad in [
            "",
            "crates",
            "crates/",
            "crates/../x",
            "crates/se/rd/serde/../serde-1.0.0.crate",
            "/crates/se/rd/serde/serde-1.0.0.crate",
            "crates/se/rd/serde/serde-1.0.0.crate/",
            "crates/se/rd/serde/other-1.0.0.crate",
            "crates/se/xx/serde/serde-1.0.0.crate",
            "crates//rd/serde/serde-1.0.0.crate",
            "crates/se/rd/serde/serde-1.0.crate",
            "crates/se/rd/serde/serde-1.0.0.crate#1",
            ".romt/incoming/../lock",
            ".romt/lock",
            "git/crates.io-index/HEAD",
        ] {
            assert!(bad.parse::<StorageKey>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn text_and_back(name in "[a-zA-Z][a-zA-Z0-9_-]{0,20}", major in 0..99u64, build in "(\\+[a-z0-9]{1,5})?", mixed: bool) {
            let id: CrateId = format!("{name}@{major}.0.1{build}").parse().unwrap();
            let style = if mixed { PrefixStyle::Mixed } else { PrefixStyle::Lower };
            let key = StorageKey::Crate { id, style };
            let text = key.to_string();
            let read: StorageKey = text.parse().unwrap();
            prop_assert_eq!(read.to_string(), text);
        }

        #[test]
        fn no_text_leads_out(text in "\\PC{0,60}|(crates|\\.|\\.\\.|/|a|se|rd|-1\\.0\\.0\\.crate){0,9}") {
            if let Ok(key) = text.parse::<StorageKey>() {
                prop_assert_eq!(key.to_string(), text.clone());
                prop_assert!(!text.split('/').any(|part| part.is_empty() || part == "." || part == ".."));
            }
        }
    }
}
