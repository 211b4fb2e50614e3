//! The members of archives of toolchains and of rustup.

use std::fmt::Display;
use std::hash::Hash;
use std::str::FromStr;

use romt_dist::{ChannelName, DistFile, DistKey, HashFile, Manifest, Part, RustupKey};
use romt_types::ParseError;

/// A file of a folder of a mirror, as a member of the archive of that folder: its name there is the folder's, and the path
/// below it.
///
/// Of [`DistKey`]s an archive has the packages, and of each release the one manifest in the folder of its day; of
/// [`RustupKey`]s the programs in `archive/`. All else that is in those folders are copies, which are made where the
/// archive is taken over.
pub trait FolderKey: Clone + Ord + Hash + Display + FromStr<Err = ParseError> {
    /// The name of the folder and a slash, whatever the folder is called on disk.
    const FOLDER: &'static str;
    /// What a member should be, with its article, for errors.
    const MEMBER: &'static str;

    /// Why such an archive has no such file, if it has not.
    fn misplaced(&self) -> Option<&'static str>;

    /// The most bytes that the file can have; `file_size` where it is not one of a kind that is small.
    fn most_bytes(&self, file_size: u64) -> u64;

    /// Its name in the archive.
    fn member_name(&self) -> String {
        format!("{}{self}", Self::FOLDER)
    }

    /// Reads the name of a member, as the bytes that stand in the archive.
    ///
    /// The way back of [`member_name`](Self::member_name), for exactly what that writes of files that an archive has: no
    /// other spelling of a path (`./`, `//`, `..`, a leading `/`) is taken for the same.
    fn from_member_name(name: &[u8]) -> Result<Self, ParseError> {
        // Before it is read as text: a tar header may hold a name of any length.
        let shown = || String::from_utf8_lossy(&name[..name.len().min(MAX_LENGTH)]);
        let error = |reason: String| ParseError::new(&shown(), Self::MEMBER, reason);
        if name.len() > MAX_LENGTH {
            return Err(error("it is longer than any such name".into()));
        }
        let text = str::from_utf8(name).map_err(|_| error("it is not text".into()))?;
        let path = text.strip_prefix(Self::FOLDER).ok_or_else(|| error(format!("it is not in {}", Self::FOLDER)))?;
        let key: Self = path.parse().map_err(|cause: ParseError| error(cause.reason))?;
        match key.misplaced() {
            Some(reason) => Err(error(reason.into())),
            None if key.member_name() == text => Ok(key),
            None => Err(error("it is spelled otherwise than its own name".into())),
        }
    }
}

/// The longest name that is read. A path has at most four parts of a hundred bytes, and a suffix.
const MAX_LENGTH: usize = 512;
/// The most bytes of a signature. Upstream's have about 800.
const SIGNATURE: u64 = 64 << 10;

impl FolderKey for DistKey {
    const FOLDER: &'static str = "dist/";
    const MEMBER: &'static str = "a member of an archive of toolchains";

    fn misplaced(&self) -> Option<&'static str> {
        match &self.file {
            DistFile::Package(_) => None,
            DistFile::Manifest(path) => match (path.date, path.name) {
                (Some(_), ChannelName::Channel(_)) => None,
                _ => Some("of a manifest only the one of its channel in the folder of its day is in an archive"),
            },
        }
    }

    fn most_bytes(&self, file_size: u64) -> u64 {
        match (self.part, &self.file) {
            (Part::Hash, _) => HashFile::MAX_SIZE as u64,
            (Part::Signature, _) => SIGNATURE,
            (Part::Content, DistFile::Manifest(_)) => Manifest::MAX_SIZE as u64,
            (Part::Content, DistFile::Package(_)) => file_size,
        }
    }
}

impl FolderKey for RustupKey {
    const FOLDER: &'static str = "rustup/";
    const MEMBER: &'static str = "a member of an archive of rustup";

    fn misplaced(&self) -> Option<&'static str> {
        match self {
            Self::Archive { .. } => None,
            Self::ReleaseStable | Self::Dist { .. } => Some("only what is in rustup/archive/ is in an archive"),
        }
    }

    fn most_bytes(&self, file_size: u64) -> u64 {
        match self {
            Self::Archive { hash: false, .. } | Self::Dist { hash: false, .. } => file_size,
            _ => HashFile::MAX_SIZE as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MANIFEST: &str = "dist/2024-02-08/channel-rust-stable.toml";
    const PACKAGE: &str = "dist/2024-02-08/cargo-1.76.0-x86_64-unknown-linux-gnu.tar.xz";
    const PROGRAM: &str = "rustup/archive/1.27.1/x86_64-pc-windows-msvc/rustup-init.exe";

    #[test]
    fn names_are_those_of_python_romt() {
        for name in [MANIFEST, PACKAGE] {
            for suffix in ["", ".sha256", ".asc"] {
                let name = format!("{name}{suffix}");
                assert_eq!(DistKey::from_member_name(name.as_bytes()).unwrap().member_name(), name);
            }
        }
        for name in [PROGRAM.to_owned(), format!("{PROGRAM}.sha256")] {
            assert_eq!(RustupKey::from_member_name(name.as_bytes()).unwrap().member_name(), name);
        }
    }

    #[test]
    fn row_45_copies_of_manifests_are_no_members() {
        for bad in [
            "dist/channel-rust-stable.toml",
            "dist/channel-rust-1.76.0.toml.sha256",
            "dist/2024-02-08/channel-rust-1.76.0.toml",
            "dist/2024-02-08/channel-rust-1.76.toml",
        ] {
            let error = DistKey::from_member_name(bad.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(bad) && error.contains("folder of its day"), "{error}");
        }
        for bad in ["rustup/release-stable.toml", "rustup/dist/x86_64-unknown-linux-gnu/rustup-init"] {
            let error = RustupKey::from_member_name(bad.as_bytes()).unwrap_err().to_string();
            assert!(error.contains("rustup/archive/"), "{error}");
        }
    }

    #[test]
    fn rows_53_and_54_everything_else_is_refused() {
        let bad: [&[u8]; 17] = [
            b"",
            b"dist",
            b"dist/",
            b"etc/x",
            b"/etc/x",
            b"./dist/2024-02-08/x.tar.xz",
            b"/dist/2024-02-08/x.tar.xz",
            b"dist//2024-02-08/x.tar.xz",
            b"dist/../x.tar.xz",
            b"dist/../../x.tar.xz",
            b"dist/2024-02-08/../x.tar.xz",
            b"dist/2024-02-08/x.tar.xz/",
            b"dist/2024-02-08/x.msi",
            b"dist\\2024-02-08\\x.tar.xz",
            b"dist/2024-02-08/x\xff.tar.xz",
            b"rustup/archive/junk/x86_64-unknown-linux-gnu/rustup-init",
            b"rustup/archive/1.27.1/../rustup-init",
        ];
        for name in bad {
            assert!(DistKey::from_member_name(name).is_err(), "{}", name.escape_ascii());
            assert!(RustupKey::from_member_name(name).is_err(), "{}", name.escape_ascii());
        }
        assert!(RustupKey::from_member_name(PACKAGE.as_bytes()).is_err());
        assert!(DistKey::from_member_name(PROGRAM.as_bytes()).is_err());
    }

    #[test]
    fn the_longest_name_fits_and_a_longer_one_is_cut_in_the_error() {
        let part = "a".repeat(100);
        let name = format!("dist/{part}/{part}/{part}/{}.tar.xz.sha256", "a".repeat(93));
        assert_eq!(DistKey::from_member_name(name.as_bytes()).unwrap().member_name(), name);
        let error = DistKey::from_member_name(&vec![b'x'; 1 << 20]).unwrap_err();
        assert!(error.to_string().len() < 500);
    }

    proptest! {
        /// A right name with a piece put in somewhere: refused, or the one spelling of something else.
        #[test]
        fn no_other_spelling_is_taken(
            piece in "(/|\\.|\\./|\\.\\./|\\\\|A|a|0|-|\\+b| |\0)",
            at: prop::sample::Index,
        ) {
            for right in [MANIFEST, PACKAGE, PROGRAM] {
                let mut name = right.to_owned();
                name.insert_str(at.index(name.len() + 1), &piece);
                if let Ok(key) = DistKey::from_member_name(name.as_bytes()) {
                    prop_assert_eq!(key.member_name(), name.clone());
                }
                if let Ok(key) = RustupKey::from_member_name(name.as_bytes()) {
                    prop_assert_eq!(key.member_name(), name);
                }
            }
        }
    }
}
