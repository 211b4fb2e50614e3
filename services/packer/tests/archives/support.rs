//! Folders of crates, and what is in archives.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use romt_bundle::{ArchiveFormat, CratesArchiveReader, CratesLimits};
use romt_packer::PackOrder;
use romt_types::{CrateId, PrefixStyle};
use tempfile::TempDir;

pub(crate) fn id(text: &str) -> CrateId {
    text.parse().unwrap()
}

/// A folder to work in: crates, a bundle, and room for archives.
pub(crate) struct Place {
    folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("crates")).unwrap();
        fs::write(folder.path().join("origin.bundle"), "bundle").unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn crate_path(&self, krate: &str, style: PrefixStyle) -> PathBuf {
        self.path("crates").join(id(krate).path(style))
    }

    pub(crate) fn put(&self, krate: &str, style: PrefixStyle, content: &[u8]) {
        let path = self.crate_path(krate, style);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(crate) fn pack_order(&self, archive: &str) -> PackOrder {
        PackOrder {
            archive: self.path(archive),
            format: ArchiveFormat::Lower,
            bundle: self.path("origin.bundle"),
            crates_root: self.path("crates"),
            style: PrefixStyle::Lower,
            keep_going: false,
        }
    }
}

/// The names of an archive's members and their contents.
pub(crate) fn contents(archive: &Path) -> Vec<(String, Vec<u8>)> {
    let mut reader = CratesArchiveReader::open(archive, CratesLimits::default()).unwrap();
    let format = reader.format();
    let mut found = Vec::new();
    while let Some(mut entry) = reader.next_entry().unwrap() {
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        found.push((entry.member().name(format), content));
    }
    found
}

/// The name of the bundle of the index in an archive.
pub(crate) const BUNDLE: &str = "git/crates.io-index/origin.bundle";

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

/// Writes a tar file of these members, as a foreign program would.
pub(crate) fn write_tar(path: &Path, members: &[(String, Vec<u8>)]) -> PathBuf {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o600);
        builder.append_data(&mut header, name, content.as_slice()).unwrap();
    }
    fs::write(path, builder.into_inner().unwrap()).unwrap();
    path.to_owned()
}
