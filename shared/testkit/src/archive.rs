//! Archives, member by member, as they are and as they should not be.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::path::Path;

use flate2::{Compression, read::MultiGzDecoder, write::GzEncoder};
use romt_types::Digest;
use tar::{Archive, Builder, EntryType, Header};

/// What a member is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemberKind {
    /// A file with this content.
    File(Vec<u8>),
    /// A symbolic link to this path.
    Symlink(String),
    /// A hard link to this member.
    HardLink(String),
    /// A named pipe.
    Fifo,
    /// A folder.
    Folder,
    /// A file that is said to be this long, and of which nothing comes.
    Declared(u64),
}

/// A member of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name; whatever it is, it is written as it is, up to 100 bytes.
    pub name: String,
    /// What it is.
    pub kind: MemberKind,
}

impl Member {
    /// A file.
    pub fn file(name: &str, content: impl Into<Vec<u8>>) -> Self {
        Self { name: name.to_owned(), kind: MemberKind::File(content.into()) }
    }

    /// A symbolic link.
    pub fn symlink(name: &str, target: &Path) -> Self {
        Self { name: name.to_owned(), kind: MemberKind::Symlink(target.display().to_string()) }
    }

    /// A hard link.
    pub fn hard_link(name: &str, target: &str) -> Self {
        Self { name: name.to_owned(), kind: MemberKind::HardLink(target.to_owned()) }
    }

    /// The content of a file.
    ///
    /// # Panics
    /// When it is none.
    pub fn content(&self) -> &[u8] {
        match &self.kind {
            MemberKind::File(content) => content,
            other => panic!("{} is {other:?}, not a file", self.name),
        }
    }
}

/// An archive that romt wrote, or could be given, in memory.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RomtArchive {
    /// Its members, in order.
    pub members: Vec<Member>,
}

/// The member that is git's bundle.
const BUNDLE: &str = "git/crates.io-index/origin.bundle";

impl RomtArchive {
    /// Reads an archive, compressed or not.
    ///
    /// # Panics
    /// When it is none.
    #[track_caller]
    pub fn read(path: &Path) -> Self {
        let mut bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        if bytes.starts_with(&[0x1f, 0x8b]) {
            let mut plain = Vec::new();
            MultiGzDecoder::new(&*bytes).read_to_end(&mut plain).expect("a gzip file");
            bytes = plain;
        }
        let mut members = Vec::new();
        for entry in Archive::new(&*bytes).entries().expect("a tar file") {
            let mut entry = entry.expect("a member");
            let name = String::from_utf8(entry.path_bytes().into_owned()).expect("a name in UTF-8");
            assert_eq!(entry.header().entry_type(), EntryType::Regular, "{name} is no file");
            let mut content = Vec::new();
            entry.read_to_end(&mut content).expect("a whole member");
            members.push(Member::file(&name, content));
        }
        Self { members }
    }

    /// Writes it, compressed if `path` ends with `.gz`.
    pub fn write(&self, path: &Path) {
        let mut tar = Builder::new(Vec::new());
        for member in &self.members {
            append(&mut tar, member);
        }
        let mut bytes = tar.into_inner().expect("writing to memory");
        if path.extension().is_some_and(|extension| extension == "gz") {
            bytes = gzip(&bytes);
        }
        fs::write(path, bytes).expect("a file in a temporary folder");
    }

    /// The names of its members, in order.
    pub fn names(&self) -> Vec<&str> {
        self.members.iter().map(|member| member.name.as_str()).collect()
    }

    /// The names and hashes of the crates in it, in order of the names.
    pub fn crates(&self) -> BTreeMap<String, Digest> {
        let crates = self.members.iter().filter(|member| member.name.starts_with("crates/"));
        crates.map(|member| (member.name.clone(), Digest::of(member.content()))).collect()
    }

    /// The content of its first member, `ARCHIVE_FORMAT`.
    ///
    /// # Panics
    /// When that is another one.
    #[track_caller]
    pub fn format(&self) -> String {
        let first = self.members.first().expect("a member");
        assert_eq!(first.name, "ARCHIVE_FORMAT");
        String::from_utf8_lossy(first.content()).into_owned()
    }

    /// The bundle's header, line by line.
    pub fn bundle_header(&self) -> Vec<String> {
        let text = String::from_utf8_lossy(self.bundle()).into_owned();
        text.lines().take_while(|line| !line.is_empty()).map(str::to_owned).collect()
    }

    /// The bundle.
    ///
    /// # Panics
    /// When there is none.
    #[track_caller]
    pub fn bundle(&self) -> &[u8] {
        self.members.iter().find(|member| member.name == BUNDLE).expect("a bundle").content()
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(bytes).and_then(|()| gzip.finish()).expect("writing to memory")
}

fn append(tar: &mut Builder<Vec<u8>>, member: &Member) {
    let mut header = Header::new_gnu();
    header.set_mode(0o644);
    header.set_size(0);
    // Past the checks of the library, which would not write what a hostile archive has.
    let name = member.name.as_bytes();
    header.as_old_mut().name[..name.len()].copy_from_slice(name);
    let mut content: &[u8] = &[];
    match &member.kind {
        MemberKind::File(bytes) => {
            content = bytes;
            header.set_size(content.len().try_into().expect("a size"));
        }
        MemberKind::Symlink(target) => link(&mut header, EntryType::Symlink, target),
        MemberKind::HardLink(target) => link(&mut header, EntryType::Link, target),
        MemberKind::Fifo => header.set_entry_type(EntryType::Fifo),
        MemberKind::Folder => header.set_entry_type(EntryType::Directory),
        MemberKind::Declared(size) => header.set_size(*size),
    }
    header.set_cksum();
    tar.append(&header, content).expect("writing to memory");
}

fn link(header: &mut Header, kind: EntryType, target: &str) {
    header.set_entry_type(kind);
    let target = target.as_bytes();
    header.as_old_mut().linkname[..target.len()].copy_from_slice(target);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let members = vec![
            Member::file("ARCHIVE_FORMAT", "2\n"),
            Member::file("crates/../x", "x"),
            Member::file(BUNDLE, "# v2\n\nPACK"),
        ];
        let archive = RomtArchive { members };
        for name in ["a.tar.gz", "a.tar"] {
            archive.write(&folder.path().join(name));
            assert_eq!(RomtArchive::read(&folder.path().join(name)), archive);
        }
        assert_eq!((archive.format(), archive.bundle_header()), ("2\n".to_owned(), vec!["# v2".to_owned()]));
    }
}
