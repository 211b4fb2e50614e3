//! Every key there is.

use std::fmt;
use std::str::FromStr;

use romt_dist::{DistFile, DistKey, Part, RustupKey};
use romt_types::{CrateId, Digest, ParseError, PrefixStyle, RunId};

use crate::HandoverName;

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
    /// `.romt/index/pointer.json`: which state of the index is published, and of what it is made.
    IndexPointer,
    /// `.romt/index/packs/<sha256>.pack`: a git pack of the index.
    IndexPack(Digest),
    /// `.romt/index/packs/<sha256>.idx`: what is where in such a pack.
    IndexPackIndex(Digest),
    /// `dist/…`: a manifest or a package of toolchains, or what lies beside it.
    Dist(DistKey),
    /// `rustup/…`: a release of rustup, or which one is the stable one.
    Rustup(RustupKey),
    /// `.romt/handover/<run>/<name>`: what one service hands to another in a run because no message should be so large.
    /// Removed when the run has ended.
    Handover {
        /// The run.
        run: RunId,
        /// What it is.
        name: HandoverName,
    },
}

const CRATES: &str = "crates/";
const CRATES_CONFIG: &str = "crates/config.toml";
const INCOMING: &str = ".romt/incoming/";
const INDEX: &str = ".romt/index/";
const INDEX_POINTER: &str = ".romt/index/pointer.json";
const INDEX_PACKS: &str = ".romt/index/packs/";
const DIST: &str = "dist/";
const RUSTUP: &str = "rustup/";
const HANDOVER: &str = ".romt/handover/";

impl StorageKey {
    /// The prefix of all [`Crate`](Self::Crate) keys.
    pub const CRATES: &'static str = CRATES;
    /// The prefix of all [`Incoming`](Self::Incoming) keys.
    pub const INCOMING: &'static str = INCOMING;
    /// The prefix of all keys of the replicated index.
    pub const INDEX: &'static str = INDEX;
    /// The prefix of all [`IndexPack`](Self::IndexPack) and [`IndexPackIndex`](Self::IndexPackIndex) keys.
    pub const INDEX_PACKS: &'static str = INDEX_PACKS;
    /// The prefix of all [`Dist`](Self::Dist) keys.
    pub const DIST: &'static str = DIST;
    /// The prefix of all [`Rustup`](Self::Rustup) keys.
    pub const RUSTUP: &'static str = RUSTUP;
    /// The prefix of all [`Handover`](Self::Handover) keys.
    pub const HANDOVER: &'static str = HANDOVER;

    /// The prefix of all keys of its kind: the folder that stays when the last of them is removed.
    pub fn folder(&self) -> &'static str {
        match self {
            Self::Crate { .. } | Self::CratesConfig => CRATES,
            Self::Incoming(_) => INCOMING,
            Self::IndexPointer | Self::IndexPack(_) | Self::IndexPackIndex(_) => INDEX,
            Self::Dist(_) => DIST,
            Self::Rustup(_) => RUSTUP,
            Self::Handover { .. } => HANDOVER,
        }
    }

    /// The media type to serve it with.
    pub fn content_type(&self) -> &'static str {
        match self {
            Self::Crate { .. } => "application/gzip",
            Self::CratesConfig | Self::Rustup(RustupKey::ReleaseStable) => TOML,
            Self::IndexPointer => "application/json",
            Self::Incoming(_) | Self::IndexPack(_) | Self::IndexPackIndex(_) | Self::Handover { .. } => BYTES,
            Self::Dist(key) => match (&key.file, key.part) {
                (_, Part::Hash) => HASH,
                (_, Part::Signature) => "application/pgp-signature",
                (DistFile::Manifest(_), Part::Content) => TOML,
                (DistFile::Package(path), Part::Content) => match path.as_str().rsplit('.').next() {
                    Some("xz") => "application/x-xz",
                    _ => "application/gzip",
                },
            },
            Self::Rustup(RustupKey::Archive { hash, .. } | RustupKey::Dist { hash, .. }) => match hash {
                true => HASH,
                false => BYTES,
            },
        }
    }

    /// Whether what is under this key never changes while it is there: what is called after a day, or after a release of
    /// rustup. Crates are not among them, since the index decides at every moment whether one is visible.
    pub fn is_lasting(&self) -> bool {
        match self {
            Self::Crate { .. }
            | Self::CratesConfig
            | Self::Incoming(_)
            | Self::IndexPointer
            | Self::Handover { .. } => false,
            Self::IndexPack(_) | Self::IndexPackIndex(_) => true,
            Self::Dist(key) => match &key.file {
                DistFile::Manifest(path) => path.date.is_some(),
                DistFile::Package(path) => path.date().is_some(),
            },
            Self::Rustup(key) => matches!(key, RustupKey::Archive { .. }),
        }
    }
}

// Media types.
const TOML: &str = "application/toml";
const HASH: &str = "text/plain; charset=utf-8";
const BYTES: &str = "application/octet-stream";

impl From<DistKey> for StorageKey {
    fn from(key: DistKey) -> Self {
        Self::Dist(key)
    }
}

impl From<RustupKey> for StorageKey {
    fn from(key: RustupKey) -> Self {
        Self::Rustup(key)
    }
}

impl fmt::Display for StorageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Crate { id, style } => write!(f, "{CRATES}{}", id.path(*style)),
            Self::CratesConfig => f.write_str(CRATES_CONFIG),
            Self::Incoming(digest) => write!(f, "{INCOMING}{digest}"),
            Self::IndexPointer => f.write_str(INDEX_POINTER),
            Self::IndexPack(digest) => write!(f, "{INDEX_PACKS}{digest}.pack"),
            Self::IndexPackIndex(digest) => write!(f, "{INDEX_PACKS}{digest}.idx"),
            Self::Dist(key) => write!(f, "{DIST}{key}"),
            Self::Rustup(key) => write!(f, "{RUSTUP}{key}"),
            Self::Handover { run, name } => write!(f, "{HANDOVER}{run}/{name}"),
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
        if text == INDEX_POINTER {
            return Ok(Self::IndexPointer);
        }
        if let Some(name) = text.strip_prefix(INDEX_PACKS) {
            let (digest, ending) = name.split_once('.').unwrap_or((name, ""));
            let key = match ending {
                "pack" => Self::IndexPack(digest.parse()?),
                "idx" => Self::IndexPackIndex(digest.parse()?),
                _ => return Err(error("it is neither a pack nor the index of one")),
            };
            return if key.to_string() == text { Ok(key) } else { Err(error("its digest is not in lower case")) };
        }
        if let Some(path) = text.strip_prefix(DIST) {
            return path.parse().map(Self::Dist).map_err(|cause: ParseError| error(&cause.reason));
        }
        if let Some(path) = text.strip_prefix(RUSTUP) {
            return path.parse().map(Self::Rustup).map_err(|cause: ParseError| error(&cause.reason));
        }
        if let Some(path) = text.strip_prefix(HANDOVER) {
            let (run, name) = path.split_once('/').ok_or_else(|| error("what is handed over is in a run's folder"))?;
            return Ok(Self::Handover { run: run.parse()?, name: name.parse()? });
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
            ".romt/index/",
            ".romt/index/pointer.json#1",
            ".romt/index/packs/x.pack",
            ".romt/index/packs/../pointer.json",
            ".romt/handover/list",
            ".romt/handover/../lock",
            ".romt/handover/1/../../lock",
            ".romt/handover/1/a/b",
            ".romt/handover/1/.hidden",
            "git/crates.io-index/HEAD",
            "dist",
            "dist/",
            "dist//channel-rust-stable.toml",
            "dist/../.romt/lock",
            "dist/2026-04-16/../../.romt/lock.tar.xz",
            "dist/2026-04-16/a~b.tar.xz",
            "dist/2026-04-16/a.tar.xz#1",
            "dist/2026-04-16/.a.tar.xz.tmp",
            "rustup/",
            "rustup/release-stable.toml.sha256",
            "rustup/archive/1.29.0/x86_64-unknown-linux-gnu/",
            "rustup/dist/../rustup-init",
        ] {
            assert!(bad.parse::<StorageKey>().is_err(), "{bad}");
        }
    }

    #[test]
    fn files_of_toolchains_and_of_rustup_are_keys() {
        let day = "dist/2026-04-16/rust-src-1.95.0.tar";
        let program = "rustup-init";
        for (text, media_type, lasting) in [
            ("dist/channel-rust-stable.toml", "application/toml", false),
            ("dist/channel-rust-1.95.0.toml.sha256", "text/plain; charset=utf-8", false),
            ("dist/2026-04-16/channel-rust-beta.toml", "application/toml", true),
            ("dist/2026-04-16/channel-rust-beta.toml.asc", "application/pgp-signature", true),
            (&format!("{day}.xz"), "application/x-xz", true),
            (&format!("{day}.gz"), "application/gzip", true),
            (&format!("{day}.xz.sha256"), "text/plain; charset=utf-8", true),
            ("dist/rust-src-1.0.0.tar.gz", "application/gzip", false),
            ("rustup/release-stable.toml", "application/toml", false),
            (&format!("rustup/archive/1.29.0/aarch64-apple-darwin/{program}"), "application/octet-stream", true),
            (&format!("rustup/dist/aarch64-apple-darwin/{program}"), "application/octet-stream", false),
            (&format!("rustup/dist/x86_64-pc-windows-msvc/{program}.exe.sha256"), "text/plain; charset=utf-8", false),
            (".romt/handover/0192-a/crates.keys", "application/octet-stream", false),
        ] {
            let key: StorageKey = text.parse().unwrap();
            assert_eq!(key.to_string(), text);
            assert_eq!((key.content_type(), key.is_lasting()), (media_type, lasting), "{text}");
            assert!(text.starts_with(key.folder()), "{text}");
        }
    }

    #[test]
    fn files_of_the_replicated_index_are_keys() {
        let digest = Digest::of(b"x");
        for key in [StorageKey::IndexPointer, StorageKey::IndexPack(digest), StorageKey::IndexPackIndex(digest)] {
            let text = key.to_string();
            assert!(text.starts_with(key.folder()), "{text}");
            assert_eq!(text.parse::<StorageKey>().unwrap(), key);
            assert_eq!(text.to_uppercase().parse::<StorageKey>().ok(), None);
            assert!(format!("{text}x").parse::<StorageKey>().is_err());
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
        fn no_text_leads_out(text in "\\PC{0,60}|(crates|dist|rustup|archive|2026-04-16|channel-rust-stable|1\\.2\\.3|rustup-init|\\.toml|\\.tar\\.xz|\\.|\\.\\.|/|a|se|rd|-1\\.0\\.0\\.crate){0,9}") {
            if let Ok(key) = text.parse::<StorageKey>() {
                prop_assert_eq!(key.to_string(), text.clone());
                prop_assert!(!text.split('/').any(|part| part.is_empty() || part == "." || part == ".."));
            }
        }
    }
}
