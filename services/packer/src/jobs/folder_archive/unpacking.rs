//! An archive that is being taken over, and what came out of it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use anyhow::Context as _;
use romt_bundle::FolderKey;
use romt_dist::HashFile;
use romt_runtime::Hint;
use romt_storage::SeenFiles;

use super::{BadFile, StagedFile};
use crate::jobs::staging_folder::StagingFolder;

/// The archive, and the folder where its files wait.
pub(in crate::jobs) struct Unpacking<'a> {
    pub(super) archive: &'a Path,
    pub(super) folder: StagingFolder,
    /// The files that wait, as they were when all of them was written.
    pub(super) written: SeenFiles,
    /// The files that are in their places and right.
    pub(super) seen: SeenFiles,
}

/// The files that came out of an archive, by what they are. That there is one says that the archive is whole, and no more.
pub(in crate::jobs) type Arrived<K> = BTreeMap<K, StagedFile>;

impl<'a> Unpacking<'a> {
    /// One whose files wait below `state`.
    pub(in crate::jobs) fn new(archive: &'a Path, state: &Path) -> anyhow::Result<Self> {
        let (written, seen) = (SeenFiles::default(), SeenFiles::default());
        Ok(Self { archive, folder: StagingFolder::fresh(state)?, written, seen })
    }

    /// The files that were put in their places, or were there and are right.
    pub(in crate::jobs) fn into_seen(self) -> SeenFiles {
        self.seen
    }

    /// The error that the archive is refused for the sake of a file in it.
    pub(in crate::jobs) fn refuse<K: FolderKey>(&self, key: &K, reason: impl Into<anyhow::Error>) -> anyhow::Error {
        let archive = self.archive.display();
        let refused: anyhow::Result<()> = Err(reason.into());
        let refused = refused.with_context(|| format!("the archive `{archive}` is refused at `{}`", key.member_name()));
        match refused.hint("bring it across once more, or have it made anew") {
            Err(error) => error,
            Ok(()) => anyhow::anyhow!("the archive `{archive}` is refused"),
        }
    }

    /// Opens a file that came out of it.
    pub(in crate::jobs) fn open(&self, file: &StagedFile) -> anyhow::Result<File> {
        let path = self.folder.file(file.number);
        File::open(&path).with_context(|| format!("cannot read `{}`", path.display()))
    }

    /// Reads a file that came out of it, one of a kind that is small.
    pub(in crate::jobs) fn read(&self, file: &StagedFile) -> anyhow::Result<Vec<u8>> {
        let path = self.folder.file(file.number);
        fs::read(&path).with_context(|| format!("cannot read `{}`", path.display()))
    }

    /// Compares the file `key` with what its `.sha256` file says.
    pub(in crate::jobs) fn compare<K: FolderKey>(
        &self,
        key: &K,
        file: &StagedFile,
        hash_file: Option<&StagedFile>,
    ) -> anyhow::Result<()> {
        let hash_file = hash_file.ok_or_else(|| self.refuse(key, BadFile::NoHash))?;
        let hash = HashFile::parse(&self.read(hash_file)?);
        let expected = hash.map_err(|error| self.refuse(key, BadFile::BadHashFile(error)))?.digest;
        if expected == file.digest {
            return Ok(());
        }
        Err(self.refuse(key, BadFile::Hash { name: key.to_string(), found: file.digest, expected }))
    }
}
