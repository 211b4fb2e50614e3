//! The file that an archive is written to, counted and hashed in passing.

use std::fs::File;
use std::io::{self, Write};

use romt_types::{Digest, Hasher};

use super::early_sync::EarlySync;

/// What an archive came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrittenArchive {
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-256, where it was to be hashed.
    pub digest: Option<Digest>,
}

pub(super) struct OutputFile {
    file: File,
    size: u64,
    hasher: Option<Hasher>,
    sync: EarlySync,
}

impl OutputFile {
    pub(super) fn new(file: File, hashed: bool) -> Self {
        Self { file, size: 0, hasher: hashed.then(Hasher::default), sync: EarlySync::default() }
    }

    /// The file, which is not durable yet, and what it came to.
    pub(super) fn into_parts(self) -> io::Result<(File, WrittenArchive)> {
        let Self { file, size, hasher, sync } = self;
        sync.finish()?;
        Ok((file, WrittenArchive { size, digest: hasher.map(Hasher::finish) }))
    }
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.size += count as u64;
        if let Some(hasher) = &mut self.hasher {
            hasher.update(&bytes[..count]);
        }
        self.sync.wrote(&self.file, count)?;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
