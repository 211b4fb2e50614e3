//! The members of an archive of crates.

use romt_types::{CrateId, CrateName, ParseError, Version};

use crate::ArchiveFormat;

/// What one member of an archive of crates is. A name that is none of these is refused.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CratesMember {
    /// `ARCHIVE_FORMAT`: the [`ArchiveFormat`], the first member.
    Format,
    /// `git/crates.io-index/origin.bundle`: the new commits of the index, as a git bundle.
    Index,
    /// `crates/<prefix>/<Name>/<Name>-<version>.crate`: one version of one crate.
    Crate(CrateId),
}

const FORMAT: &str = "ARCHIVE_FORMAT";
const INDEX: &str = "git/crates.io-index/origin.bundle";
const CRATES: &str = "crates/";
const SUFFIX: &str = ".crate";

impl CratesMember {
    /// The longest name a member can have, in bytes: two names, two prefix folders, a version and what joins them.
    pub const MAX_LENGTH: usize =
        CRATES.len() + "xx/xx/".len() + 2 * CrateName::MAX_LENGTH + "/-".len() + Version::MAX_LENGTH + SUFFIX.len();

    /// The name of this member in an archive of `format`.
    pub fn name(&self, format: ArchiveFormat) -> String {
        match self {
            Self::Format => FORMAT.to_owned(),
            Self::Index => INDEX.to_owned(),
            Self::Crate(id) => format!("{CRATES}{}", id.path(format.prefix_style())),
        }
    }

    /// Reads the name of a member of an archive of `format`, as the bytes that stand in it.
    ///
    /// The way back of [`name`](Self::name), for exactly what that writes: the prefix must be that of the format, and
    /// no other spelling of a path (`./`, `//`, `..`, a leading `/`) is taken for the same.
    pub fn parse(name: &[u8], format: ArchiveFormat) -> Result<Self, ParseError> {
        // Before it is read as text: a tar header may hold a name of any length.
        let shown = || String::from_utf8_lossy(&name[..name.len().min(Self::MAX_LENGTH)]);
        let error = |reason: &str| ParseError::new(&shown(), "a member of an archive of crates", reason);
        if name.len() > Self::MAX_LENGTH {
            return Err(error("it is longer than any such name"));
        }
        let text = str::from_utf8(name).map_err(|_| error("it is not text"))?;
        if text == FORMAT {
            return Ok(Self::Format);
        }
        if text == INDEX {
            return Ok(Self::Index);
        }
        let path = text
            .strip_prefix(CRATES)
            .ok_or_else(|| error("it is neither the format, nor the index, nor in the folder crates"))?;
        let mut from_end = path.rsplitn(3, '/');
        let (Some(file), Some(folder), Some(prefix)) = (from_end.next(), from_end.next(), from_end.next()) else {
            return Err(error("a crate is in a folder of its name in the folders of its prefix"));
        };
        let version = file
            .strip_suffix(SUFFIX)
            .and_then(|stem| stem.strip_prefix(folder))
            .and_then(|rest| rest.strip_prefix('-'))
            .ok_or_else(|| error("a crate's file is called NAME-VERSION.crate in a folder called NAME"))?;
        let id = CrateId::new(folder.parse()?, version.parse()?);
        if format.prefix_style().prefix(&id.name) != prefix {
            return Err(error(&format!("its prefix is not that of its name in format {format}")));
        }
        Ok(Self::Crate(id))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FORMATS: [ArchiveFormat; 2] = [ArchiveFormat::Mixed, ArchiveFormat::Lower];

    #[test]
    fn names_are_those_of_python_romt() {
        let member = CratesMember::Crate("ABcd@0.1.0+x".parse().unwrap());
        assert_eq!(member.name(ArchiveFormat::Lower), "crates/ab/cd/ABcd/ABcd-0.1.0+x.crate");
        assert_eq!(member.name(ArchiveFormat::Mixed), "crates/AB/cd/ABcd/ABcd-0.1.0+x.crate");
        for format in FORMATS {
            assert_eq!(CratesMember::parse(b"ARCHIVE_FORMAT", format), Ok(CratesMember::Format));
            assert_eq!(CratesMember::parse(b"git/crates.io-index/origin.bundle", format), Ok(CratesMember::Index));
        }
    }

    #[test]
    fn each_format_refuses_the_prefix_of_the_other() {
        let lower = b"crates/ab/cd/ABcd/ABcd-0.1.0.crate";
        assert!(CratesMember::parse(lower, ArchiveFormat::Lower).is_ok());
        let error = CratesMember::parse(lower, ArchiveFormat::Mixed).unwrap_err().to_string();
        assert!(error.contains("format 1") && error.contains("ABcd"), "{error}");
    }

    #[test]
    fn everything_else_is_refused() {
        let bad: [&[u8]; 20] = [
            b"",
            b"ARCHIVE_FORMAT/",
            b"./ARCHIVE_FORMAT",
            b"archive_format",
            b"/git/crates.io-index/origin.bundle",
            b"git/crates.io-index/config",
            b"git/crates.io-index/../../.bashrc",
            b"crates",
            b"crates/",
            b"crates/config.toml",
            b"crates/se/rd/serde/",
            b"./crates/se/rd/serde/serde-1.0.0.crate",
            b"/crates/se/rd/serde/serde-1.0.0.crate",
            b"crates//se/rd/serde/serde-1.0.0.crate",
            b"crates/se/../serde/serde-1.0.0.crate",
            b"crates/se/rd/serde/other-1.0.0.crate",
            b"crates/se/rd/serde/serde-1.0.crate",
            b"crates\\se\\rd\\serde\\serde-1.0.0.crate",
            b"crates/se/rd/serde/serde-1.0.0.crate\0",
            b"crates/se/rd/serde/serde-1.0.\xff.crate",
        ];
        for name in bad {
            for format in FORMATS {
                assert!(CratesMember::parse(name, format).is_err(), "{}", String::from_utf8_lossy(name));
            }
        }
    }

    #[test]
    fn the_longest_name_fits_and_a_longer_one_is_cut_in_the_error() {
        let version = format!("1.0.0-{}", "a".repeat(Version::MAX_LENGTH - "1.0.0-".len()));
        let longest = CratesMember::Crate(format!("{}@{version}", "n".repeat(CrateName::MAX_LENGTH)).parse().unwrap());
        let name = longest.name(ArchiveFormat::Lower);
        assert_eq!(name.len(), CratesMember::MAX_LENGTH);
        assert_eq!(CratesMember::parse(name.as_bytes(), ArchiveFormat::Lower), Ok(longest));

        let error = CratesMember::parse(&vec![b'x'; 1 << 20], ArchiveFormat::Lower).unwrap_err();
        assert!(error.to_string().len() < 500);
    }

    fn formats() -> impl Strategy<Value = ArchiveFormat> {
        prop_oneof![Just(ArchiveFormat::Mixed), Just(ArchiveFormat::Lower)]
    }

    proptest! {
        #[test]
        fn name_and_back(
            id in "[a-zA-Z][a-zA-Z0-9_-]{0,20}@[0-9]\\.[1-9][0-9]\\.0(-[a-z]{1,4})?(\\+[a-z0-9]{1,5})?",
            format in formats(),
        ) {
            let member = CratesMember::Crate(id.parse().unwrap());
            let name = member.name(format);
            prop_assert_eq!(CratesMember::parse(name.as_bytes(), format), Ok(member));
        }

        /// A right name with a piece put in somewhere: refused, or the one spelling of something else.
        #[test]
        fn no_other_spelling_is_taken(
            id in "[a-zA-Z][a-z]{0,4}@1\\.0\\.0",
            piece in "(/|\\.|\\./|\\.\\./|\\\\|A|a|0|-|\\+b| |\0)",
            at: prop::sample::Index,
            format in formats(),
        ) {
            let mut name = CratesMember::Crate(id.parse().unwrap()).name(format);
            name.insert_str(at.index(name.len() + 1), &piece);
            if let Ok(member) = CratesMember::parse(name.as_bytes(), format) {
                prop_assert_eq!(member.name(format), name);
            }
        }

        #[test]
        fn no_bytes_lead_out(name in prop::collection::vec(any::<u8>(), 0..500), format in formats()) {
            if let Ok(member) = CratesMember::parse(&name, format) {
                prop_assert_eq!(member.name(format).into_bytes(), name.clone());
                prop_assert!(!name.split(|b| *b == b'/').any(|part| part.is_empty() || part == b"." || part == b".."));
            }
        }
    }
}
