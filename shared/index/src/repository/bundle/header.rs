//! The head of a bundle: what it brings and what it builds on (gitformat-bundle(5)).

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use git2::{Oid, Reference};

use super::BundleError;

/// What a bundle says of itself before its objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleHeader {
    /// The ids of commits that must be there already.
    pub prerequisites: Vec<String>,
    /// The commits that it brings, by id and full name: `refs/heads/bundle/master`.
    pub refs: Vec<(String, String)>,
    /// Where its objects begin.
    pub(super) objects: u64,
}

/// No line of a bundle that git writes for an index comes near this: ids, a branch, the subject of a commit.
const LINE_LIMIT: u64 = 8 * 1024;
/// An index has one branch or a few.
const MAX_REFS: usize = 256;
/// One for each line of history that a range cuts.
const MAX_PREREQUISITES: usize = 10_000;

/// What bundles call the index, the one that counts first.
const NAMES: [&str; 2] = ["refs/heads/bundle/master", "refs/heads/master"];

impl BundleHeader {
    /// Reads the head of the bundle at `path`: of version 2, or of version 3 with SHA-1 ids.
    pub fn read(path: &Path) -> Result<Self, BundleError> {
        let error = BundleError::io("read", path);
        let file = fs::metadata(path).and_then(|metadata| {
            // Anything else might never end, or never begin.
            if metadata.is_file() { File::open(path).map(Some) } else { Ok(None) }
        });
        let no = |reason: &str| BundleError::NotABundle { path: path.to_owned(), reason: reason.to_owned() };
        let file = file.map_err(error)?.ok_or_else(|| no("it is not a file"))?;
        Self::parse(BufReader::new(file)).map_err(|reason| no(&reason))
    }

    /// The id of the commit that is the index: `bundle/master`, or else `master`.
    pub fn tip(&self) -> Option<&str> {
        let id_of = |name: &&str| self.refs.iter().find(|(_, known)| known == name).map(|(id, _)| id.as_str());
        NAMES.iter().find_map(id_of)
    }

    fn parse(mut reader: impl BufRead) -> Result<Self, String> {
        let mut header = Self { prerequisites: Vec::new(), refs: Vec::new(), objects: 0 };
        let version = header.line(&mut reader)?;
        let has_capabilities = match version.as_slice() {
            b"# v2 git bundle" => false,
            b"# v3 git bundle" => true,
            _ => return Err("it does not begin as one of version 2 or 3".into()),
        };
        loop {
            let line = header.line(&mut reader)?;
            match line.first() {
                None => break,
                Some(b'@') if has_capabilities => capability(&line[1..])?,
                Some(b'-') => {
                    // The subject of the commit follows, in any encoding.
                    let (id, _) = id_of(&line[1..])?;
                    header.prerequisites.push(id);
                }
                _ => {
                    let (id, name) = id_of(&line)?;
                    let name = std::str::from_utf8(name).ok().filter(|name| Reference::is_valid_name(name));
                    header.refs.push((id, name.ok_or("the name of a branch is bad")?.to_owned()));
                }
            }
            if header.prerequisites.len() > MAX_PREREQUISITES || header.refs.len() > MAX_REFS {
                return Err("it names too many commits".into());
            }
        }
        if header.refs.is_empty() { Err("it brings no branch".into()) } else { Ok(header) }
    }

    /// The next line without its end.
    fn line(&mut self, reader: &mut impl BufRead) -> Result<Vec<u8>, String> {
        let mut line = Vec::new();
        let read = reader.take(LINE_LIMIT).read_until(b'\n', &mut line).map_err(|error| error.to_string())?;
        self.objects += read as u64;
        match line.pop() {
            Some(b'\n') => Ok(line),
            _ if read as u64 == LINE_LIMIT => Err("a line of its head is too long".into()),
            _ => Err("it ends in its head".into()),
        }
    }
}

fn capability(text: &[u8]) -> Result<(), String> {
    match text {
        b"object-format=sha1" => Ok(()),
        _ if text.starts_with(b"object-format=") => Err("its ids are not SHA-1".into()),
        _ => Err(format!("it needs `{}`", String::from_utf8_lossy(text).escape_debug())),
    }
}

/// The id at the front, as git writes it, and what follows after a space.
fn id_of(line: &[u8]) -> Result<(String, &[u8]), String> {
    let bad = "an id in its head is bad";
    let (id, rest) = line.split_at_checked(40).ok_or(bad)?;
    let id = std::str::from_utf8(id).map_err(|_| bad)?;
    let parsed = Oid::from_str(id).map_err(|_| bad)?;
    let rest = rest.strip_prefix(b" ").or(rest.is_empty().then_some(rest)).ok_or(bad)?;
    Ok((parsed.to_string(), rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ID: &str = "4148590afebada386688f18773da617792bf2ef0";

    fn parse(text: &[u8]) -> Result<BundleHeader, String> {
        BundleHeader::parse(text)
    }

    #[test]
    fn heads_of_both_versions_are_read() {
        let other = "5".repeat(40);
        let rest = format!(
            "-{other} caf\u{e9}\n-{ID}\n{ID} refs/heads/x\n{ID} HEAD\n{other} refs/heads/bundle/master\n\nPACK"
        );
        for first in ["# v2 git bundle\n", "# v3 git bundle\n@object-format=sha1\n"] {
            let text = format!("{first}{rest}");
            let header = parse(text.as_bytes()).unwrap();
            assert_eq!(header.prerequisites, [other.as_str(), ID]);
            assert_eq!(header.refs.len(), 3);
            assert_eq!(header.tip(), Some(other.as_str()));
            assert_eq!(&text[usize::try_from(header.objects).unwrap()..], "PACK");
        }
        let both = format!("# v2 git bundle\n{ID} refs/heads/master\n{other} refs/heads/bundle/master\n\n");
        assert_eq!(parse(both.as_bytes()).unwrap().tip(), Some(other.as_str()));
        let none = format!("# v2 git bundle\n{ID} refs/heads/main\n\n");
        assert_eq!(parse(none.as_bytes()).unwrap().tip(), None);
    }

    #[test]
    fn bad_heads_are_refused() {
        let ref_line = format!("{ID} refs/heads/master\n");
        let v2 = |rest: &str| format!("# v2 git bundle\n{rest}");
        let v3 = |rest: &str| format!("# v3 git bundle\n{rest}{ref_line}\n");
        for (text, told) in [
            (String::new(), "ends in its head"),
            ("# v1 git bundle\n".to_owned(), "version 2 or 3"),
            ("# v2 git bundle".to_owned(), "ends in its head"),
            (v2(""), "ends in its head"),
            (v2("\n"), "no branch"),
            (v2(&ref_line), "ends in its head"),
            (v2(&format!("{ID}refs/heads/x\n\n")), "an id"),
            (v2(&format!("{} refs/heads/x\n\n", &ID[1..])), "an id"),
            (v2(&format!("{} refs/heads/x\n\n", "g".repeat(40))), "an id"),
            (v2(&format!("{ID} refs/heads/../x\n\n")), "name of a branch"),
            (v2(&format!("{ID} refs/heads/a\0b\n\n")), "name of a branch"),
            (v2(&format!("{ID} \n\n")), "name of a branch"),
            (v2(&format!("@object-format=sha1\n{ref_line}\n")), "an id"),
            (v3("@object-format=sha256\n"), "SHA-1"),
            (v3("@filter=blob:none\n"), "filter=blob:none"),
            (v2(&"x".repeat(9000)), "too long"),
            (v2(&format!("{}\n", ref_line.repeat(257))), "too many"),
            (v2(&format!("{}{ref_line}\n", format!("-{ID}\n").repeat(10_001))), "too many"),
        ] {
            let error = parse(text.as_bytes()).unwrap_err();
            assert!(error.contains(told), "{error}: {text:.80}");
        }
    }

    #[test]
    fn what_is_no_file_is_no_bundle() {
        let folder = tempfile::tempdir().unwrap();
        let error = BundleHeader::read(folder.path()).unwrap_err();
        assert!(error.to_string().contains("it is not a file"), "{error}");
        let absent = BundleHeader::read(&folder.path().join("absent")).unwrap_err();
        assert!(matches!(absent, BundleError::Io { .. }));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(rest: Vec<u8>) {
            let _ = parse(&rest);
            let _ = parse(&[b"# v2 git bundle\n", rest.as_slice()].concat());
            let _ = parse(&[b"# v3 git bundle\n@", rest.as_slice()].concat());
        }
    }
}
