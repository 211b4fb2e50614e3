//! Lines of index files (The Cargo Book, "Registry index", "JSON schema").

mod package;

use std::borrow::Cow;
use std::{iter, mem};

use romt_types::{CrateId, CrateName, Digest, Version};
use serde::Deserialize;

use crate::LineError;

pub use package::{Dependency, DependencyKind, Package};

/// What every reader of an index needs of a line: which version it is and what its file hashes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexLine {
    /// The crate's name, as this line spells it.
    pub name: CrateName,
    /// The version.
    pub version: Version,
    /// The SHA-256 of the `.crate` file.
    pub cksum: Digest,
    /// Whether it was withdrawn from new resolutions.
    pub yanked: bool,
}

#[derive(Deserialize)]
struct RawLine<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    vers: Cow<'a, str>,
    #[serde(borrow)]
    cksum: Cow<'a, str>,
    #[serde(default)]
    yanked: Option<bool>,
}

impl IndexLine {
    /// Reads a line without its line end. Fields that are not known are passed over.
    pub fn parse(line: &[u8]) -> Result<Self, LineError> {
        let raw: RawLine<'_> = serde_json::from_slice(line)?;
        Ok(Self {
            name: raw.name.parse()?,
            version: raw.vers.parse()?,
            cksum: raw.cksum.parse()?,
            yanked: raw.yanked.unwrap_or(false),
        })
    }

    /// Reads a line of the file of `name`; one about another crate is refused.
    pub fn parse_of(name: &CrateName, line: &[u8]) -> Result<Self, LineError> {
        let parsed = Self::parse(line)?;
        if !parsed.name.as_str().eq_ignore_ascii_case(name.as_str()) {
            return Err(LineError::WrongName { found: parsed.name.to_string(), expected: name.to_string() });
        }
        Ok(parsed)
    }

    /// Name and version.
    pub fn id(&self) -> CrateId {
        CrateId::new(self.name.clone(), self.version.clone())
    }
}

/// The lines of an index file, without line ends; empty ones are passed over.
pub fn lines(file: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    file.split(|byte| *byte == b'\n').filter_map(content)
}

/// The [`lines`] of an index file and their numbers, from 1; for many large files.
pub(crate) fn numbered_lines(file: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let ends = memchr::memchr_iter(b'\n', file).chain(iter::once(file.len()));
    let lines = ends.scan(0, |start, end| Some(&file[mem::replace(start, end + 1)..end]));
    lines.zip(1..).filter_map(|(line, number)| content(line).map(|line| (number, line)))
}

/// A line without the rest of its line end; `None` if it is empty.
fn content(line: &[u8]) -> Option<&[u8]> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    (!line.iter().all(u8::is_ascii_whitespace)).then_some(line)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CKSUM: &str = "4148590afebada386688f18773da617792bf2ef03ffc1e4cbd2b1d45b023e0ba";

    #[test]
    fn a_line_is_read_whatever_else_it_holds() {
        let line = format!(
            r#"{{"name":"Foo","vers":"1.0.0+x","deps":[{{"new":1}}],"cksum":"{CKSUM}","yanked":true,"v":9,"pubtime":"2026"}}"#
        );
        let line = IndexLine::parse(line.as_bytes()).unwrap();
        assert_eq!((line.id().to_string().as_str(), line.yanked), ("Foo@1.0.0+x", true));
        assert_eq!(line.cksum.to_string(), CKSUM);
    }

    #[test]
    fn lines_that_lie_are_refused() {
        let name: CrateName = "foo".parse().unwrap();
        let line = |name: &str, vers: &str| format!(r#"{{"name":"{name}","vers":"{vers}","cksum":"{CKSUM}"}}"#);
        assert!(IndexLine::parse_of(&name, line("FOO", "1.0.0").as_bytes()).is_ok());
        for bad in [line("../../foo", "1.0.0"), line("foo", "../1.0.0"), line("bar", "1.0.0"), "{}".into(), "x".into()]
        {
            assert!(IndexLine::parse_of(&name, bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn lines_are_split_without_losing_a_byte_of_them() {
        let found: Vec<_> = lines(b"a \n\n b\r\nc").collect();
        assert_eq!(found, [&b"a "[..], b" b", b"c"]);
    }

    proptest! {
        #[test]
        fn both_ways_to_split_find_the_same(bytes in "[a \r\n]{0,20}") {
            let all: Vec<_> = bytes.as_bytes().split(|byte| *byte == b'\n').collect();
            let numbered: Vec<_> = numbered_lines(bytes.as_bytes()).collect();
            prop_assert!(numbered.iter().all(|(number, line)| all[number - 1].starts_with(line)));
            prop_assert!(lines(bytes.as_bytes()).eq(numbered.into_iter().map(|(_, line)| line)));
        }

        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            for line in lines(&bytes) {
                let _ = IndexLine::parse(line);
                let _ = Package::parse(line);
            }
        }
    }
}
