//! Archives to read, and what was read.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use romt_bundle::{ArchiveFormat, CratesArchiveReader, CratesArchiveWriter, CratesLimits, ReadArchiveError};
use tar::{EntryType, Header};

pub(crate) const FORMAT: &str = "ARCHIVE_FORMAT";
pub(crate) const INDEX: &str = "git/crates.io-index/origin.bundle";

/// What stands in an archive: its format, and the names and contents of its members.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Contents {
    pub(crate) format: ArchiveFormat,
    pub(crate) members: Vec<(String, Vec<u8>)>,
}

/// Reads all of an archive called `name`.
pub(crate) fn read(name: &str, input: impl Read) -> Result<Contents, ReadArchiveError> {
    read_within(name, input, CratesLimits::default())
}

pub(crate) fn read_within(name: &str, input: impl Read, limits: CratesLimits) -> Result<Contents, ReadArchiveError> {
    let mut archive = CratesArchiveReader::new(Path::new(name), input, limits)?;
    let format = archive.format();
    let mut members = Vec::new();
    while let Some(mut entry) = archive.next_entry()? {
        let mut content = Vec::new();
        if let Err(error) = entry.read_to_end(&mut content) {
            let error = error.downcast::<ReadArchiveError>().unwrap();
            // It stays an error, however often one asks.
            assert!(archive.next_entry().is_err());
            return Err(error);
        }
        assert_eq!(entry.size(), content.len() as u64);
        members.push((entry.member().name(format), content));
    }
    assert!(archive.next_entry().unwrap().is_none());
    Ok(Contents { format, members })
}

/// Bytes that do not compress, the same for the same seed.
pub(crate) fn noise(mut seed: u64, size: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(size + 8);
    seed |= 1;
    while bytes.len() < size {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        bytes.extend(seed.wrapping_mul(0x2545_f491_4f6c_dd1d).to_le_bytes());
    }
    bytes.truncate(size);
    bytes
}

/// Writes an archive with our writer: an index and these crates, by their ids.
pub(crate) fn write(path: &Path, format: ArchiveFormat, index: &[u8], crates: &[(&str, Vec<u8>)]) {
    let mut archive = CratesArchiveWriter::create(path, format, index.len() as u64, index).unwrap();
    for (id, content) in crates {
        archive.append_crate(&id.parse().unwrap(), content.len() as u64, content.as_slice()).unwrap();
    }
    archive.finish().unwrap();
}

/// A real archive of some 300 kB and what is in it.
pub(crate) fn sample(name: &str) -> (Vec<u8>, Contents) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    let long = format!("long@1.0.0-{}", "x".repeat(200));
    let crates = [
        ("Inflector@0.11.4", noise(1, 70_000)),
        ("a@0.1.0", noise(2, 512)),
        (long.as_str(), noise(3, 511)),
        ("serde@1.0.0+build", noise(4, 90_001)),
        ("serde@1.0.1", Vec::new()),
    ];
    write(&path, ArchiveFormat::Lower, &noise(5, 120_000), &crates);
    let bytes = fs::read(&path).unwrap();
    let contents = read(name, bytes.as_slice()).unwrap();
    (bytes, contents)
}

/// A tar file made by hand, right or wrong.
#[derive(Default)]
pub(crate) struct Tar(Vec<u8>);

impl Tar {
    /// One that starts as an archive of format 2 does.
    pub(crate) fn started() -> Self {
        Self::default().file(FORMAT, b"2\n").file(INDEX, b"bundle")
    }

    pub(crate) fn file(self, name: &str, content: &[u8]) -> Self {
        self.member(EntryType::Regular, name, content)
    }

    pub(crate) fn member(self, kind: EntryType, name: &str, content: &[u8]) -> Self {
        let mut tar = self.header(kind, name, content.len() as u64);
        tar.0.extend(content);
        tar.0.resize(tar.0.len().next_multiple_of(512), 0);
        tar
    }

    /// A header alone, for content of `size` bytes.
    pub(crate) fn header(mut self, kind: EntryType, name: &str, size: u64) -> Self {
        let mut header = Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        if kind.is_symlink() || kind.is_hard_link() {
            header.as_old_mut().linkname[..11].copy_from_slice(b"/etc/passwd");
        }
        header.set_entry_type(kind);
        header.set_size(size);
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_cksum();
        self.0.extend(header.as_bytes());
        self
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The whole file, with its end.
    pub(crate) fn ended(mut self) -> Vec<u8> {
        self.0.extend([0; 1024]);
        self.0
    }
}

pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}
