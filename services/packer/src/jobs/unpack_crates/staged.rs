//! What came out of an archive and waits: a tree of folders as the one of the mirror, and a list.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Lines, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use romt_types::{CrateId, Digest};

use crate::jobs::staging_folder::StagingFolder;

/// The folder of crates that wait: the files, each in folders of the names that it will have. Where the mirror has no such
/// folder yet, the whole folder takes its place at once, with all the files in it.
pub(super) fn make_tree(folder: &StagingFolder) -> anyhow::Result<PathBuf> {
    let path = folder.path().join("crates");
    fs::create_dir(&path).with_context(|| format!("cannot make the folder `{}`", path.display()))?;
    Ok(path)
}

/// The list of crates that are right, with their digests, in the order of the archive: those that wait, and those that were in
/// their places.
///
/// It is a file beside the tree, since an archive may hold millions: it takes no memory.
pub(super) struct StagedList {
    path: PathBuf,
    file: BufWriter<File>,
    count: u64,
}

impl StagedList {
    pub(super) fn create(folder: &StagingFolder) -> anyhow::Result<Self> {
        let path = path_of(folder);
        let file = File::create_new(&path).with_context(|| cannot_write(&path))?;
        Ok(Self { path, file: BufWriter::new(file), count: 0 })
    }

    pub(super) fn add(&mut self, id: &CrateId, digest: &Digest) -> anyhow::Result<()> {
        self.count += 1;
        writeln!(self.file, "{digest} {id}").with_context(|| cannot_write(&self.path))
    }

    /// Writes what was not written yet; returns how many there are.
    pub(super) fn finish(mut self) -> anyhow::Result<u64> {
        self.file.flush().with_context(|| cannot_write(&self.path))?;
        Ok(self.count)
    }
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write `{}`", path.display())
}

fn path_of(folder: &StagingFolder) -> PathBuf {
    folder.path().join("list")
}

/// Reads the list.
pub(super) fn entries(folder: &StagingFolder) -> anyhow::Result<Entries> {
    let path = path_of(folder);
    let file = File::open(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
    Ok(Entries { path, lines: BufReader::new(file).lines() })
}

/// The lines of a list.
pub(super) struct Entries {
    path: PathBuf,
    lines: Lines<BufReader<File>>,
}

impl Iterator for Entries {
    type Item = anyhow::Result<(CrateId, Digest)>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = self.lines.next()?;
        let entry = line.map_err(anyhow::Error::from).and_then(|line| {
            let (digest, id) = line.split_once(' ').context("it is damaged")?;
            Ok((id.parse()?, digest.parse()?))
        });
        Some(entry.with_context(|| format!("cannot read `{}`", self.path.display())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_reads_what_was_written() {
        let state = tempfile::tempdir().unwrap();
        let folder = StagingFolder::fresh(state.path()).unwrap();
        let ids = ["a@1.0.0+b", "serde@1.0.0"].map(|id| id.parse::<CrateId>().unwrap());
        let mut list = StagedList::create(&folder).unwrap();
        for id in &ids {
            list.add(id, &Digest::of(id.to_string().as_bytes())).unwrap();
        }
        assert_eq!(list.finish().unwrap(), 2);
        let expected = ids.map(|id| (id.clone(), Digest::of(id.to_string().as_bytes())));
        assert_eq!(entries(&folder).unwrap().collect::<anyhow::Result<Vec<_>>>().unwrap(), expected);
        for bad in ["1", "a@1.0.0", "12 a@1.0.0"] {
            fs::write(path_of(&folder), bad).unwrap();
            assert!(entries(&folder).unwrap().any(|entry| entry.is_err()));
        }
    }
}
