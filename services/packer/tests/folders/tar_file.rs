//! Tar files made by hand, right or wrong.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use romt_bundle::FolderKey;
use tar::{EntryType, Header};

#[derive(Default, Clone)]
pub(crate) struct Tar(pub(crate) Vec<u8>);

impl Tar {
    pub(crate) fn of<K: FolderKey>(files: &[(K, Vec<u8>)]) -> Self {
        files.iter().fold(Self::default(), |tar, (key, content)| tar.file(&key.member_name(), content))
    }

    pub(crate) fn file(self, name: &str, content: &[u8]) -> Self {
        let mut tar = self.header(EntryType::Regular, name, "", content.len() as u64);
        tar.0.extend(content);
        tar.0.resize(tar.0.len().next_multiple_of(512), 0);
        tar
    }

    pub(crate) fn header(mut self, kind: EntryType, name: &str, link: &str, size: u64) -> Self {
        let mut header = Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.as_old_mut().linkname[..link.len()].copy_from_slice(link.as_bytes());
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

    /// The whole file, with its end.
    pub(crate) fn ended(mut self) -> Vec<u8> {
        self.0.extend([0; 1024]);
        self.0
    }

    /// Writes it, with its end, as its name says.
    pub(crate) fn write(self, path: &Path) {
        let bytes = self.ended();
        if path.to_str().unwrap().ends_with("gz") {
            let mut encoder = GzEncoder::new(File::create(path).unwrap(), Compression::fast());
            encoder.write_all(&bytes).unwrap();
            encoder.finish().unwrap();
        } else {
            fs::write(path, bytes).unwrap();
        }
    }
}
