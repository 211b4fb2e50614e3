//! Every file that can be in `dist/`.

use std::fmt;
use std::str::FromStr;

use romt_types::ParseError;

use crate::{ManifestPath, PackagePath};

/// A file of `dist/`; its text is the path below that folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DistKey {
    /// Which file it is or goes with.
    pub file: DistFile,
    /// The file itself, or what lies beside it.
    pub part: Part,
}

/// A manifest or a package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DistFile {
    /// A channel manifest, under one of its names.
    Manifest(ManifestPath),
    /// The file of a package.
    Package(PackagePath),
}

/// A file, or one of those beside it. Archives have them in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The file itself.
    Content,
    /// `.sha256`: its hash.
    Hash,
    /// `.asc`: its signature.
    Signature,
}

impl Part {
    /// All of them, in the order of archives.
    pub const ALL: [Self; 3] = [Self::Content, Self::Hash, Self::Signature];

    /// What it adds to the name of the file.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Content => "",
            Self::Hash => ".sha256",
            Self::Signature => ".asc",
        }
    }
}

impl DistFile {
    /// The key of the file or of what lies beside it.
    pub fn part(self, part: Part) -> DistKey {
        DistKey { file: self, part }
    }
}

impl FromStr for DistKey {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let side_car = [Part::Hash, Part::Signature].into_iter().find(|part| text.ends_with(part.suffix()));
        let part = side_car.unwrap_or(Part::Content);
        let path = text.strip_suffix(part.suffix()).unwrap_or(text);
        let file = (path.parse().map(DistFile::Manifest)).or_else(|_| path.parse().map(DistFile::Package));
        match file {
            Ok(file) => Ok(file.part(part)),
            Err(cause) => Err(ParseError::new(text, "a file of dist/", cause.reason)),
        }
    }
}

impl fmt::Display for DistKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            DistFile::Manifest(path) => path.fmt(f)?,
            DistFile::Package(path) => path.fmt(f)?,
        }
        f.write_str(self.part.suffix())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_file_is_known_by_its_path() {
        let key = |text: &str| text.parse::<DistKey>().unwrap();
        for text in [
            "channel-rust-stable.toml",
            "channel-rust-1.95.0.toml.sha256",
            "channel-rust-1.95.toml.asc",
            "2026-04-16/channel-rust-1.96.0-beta.2.toml",
        ] {
            assert!(matches!(key(text).file, DistFile::Manifest(_)), "{text}");
            assert_eq!(key(text).to_string(), text);
        }
        let package = key("2026-04-16/rust-src-1.95.0.tar.xz.asc");
        assert_eq!(package.part, Part::Signature);
        let DistFile::Package(path) = package.file else { panic!("it is a package") };
        assert_eq!(path.date(), Some("2026-04-16".parse().unwrap()));
        assert_eq!(path.file_name(), "rust-src-1.95.0.tar.xz");
    }

    #[test]
    fn nothing_else_is_a_file_of_dist() {
        for bad in [
            "",
            "/",
            "..",
            "../x.tar.xz",
            "2026-04-16/../../x.tar.xz",
            "2026-04-16//x.tar.xz",
            "/2026-04-16/x.tar.xz",
            "2026-04-16/x.tar.xz/",
            "2026-04-16/.x.tar.xz",
            "2026-04-16\\x.tar.xz",
            "2026-04-16/x.tar.xz.sha256.asc",
            "2026-04-16/x.msi",
            "2026-04-16/stable/channel-rust-stable.toml",
            "2026-4-16/channel-rust-stable.toml",
            "channel-rust-*.toml",
            "a/b/c/d/e.tar.xz",
        ] {
            assert!(bad.parse::<DistKey>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_manifests_url_is_read_as_python_romt_does() {
        let path = |url: &str| PackagePath::from_url(url).map(|path| path.to_string());
        let name = "2026-04-16/cargo-1.95.0-x86_64-unknown-linux-gnu.tar.xz";
        assert_eq!(path(&format!("https://upstream.test/dist/{name}")).as_deref(), Ok(name));
        assert_eq!(path("https://h/a/dist/dist/x.tar.xz").as_deref(), Ok("dist/x.tar.xz"));
        for bad in [
            "",
            "https://h/rustup/x.tar.xz",
            "https://h/dist/",
            "https://h/dist/../x.tar.xz",
            "https://h/dist//x.tar.xz",
            "https://h/dist/channel-rust-stable.toml",
            "https://h/dist/2026-04-16/x.tar.xz.sha256",
            "https://h/dist/2026-04-16/x.tar.xz?a",
            "https://h/dist/%2e%2e/x.tar.xz",
        ] {
            assert!(path(bad).is_err(), "{bad}");
        }
        assert!(path("https://h/x.tar.xz").unwrap_err().to_string().contains("outside /dist/"));
    }

    proptest! {
        #[test]
        fn no_text_leads_out(text in "\\PC{0,60}|(\\.|\\.\\.|/|a|2026-04-16|channel-rust-|stable|\\.toml|\\.tar\\.xz|\\.sha256|\\.asc|\\\\){0,9}") {
            if let Ok(key) = text.parse::<DistKey>() {
                prop_assert_eq!(key.to_string(), text.clone());
                prop_assert!(!text.split('/').any(|part| part.is_empty() || part.starts_with('.')));
            }
        }
    }
}
