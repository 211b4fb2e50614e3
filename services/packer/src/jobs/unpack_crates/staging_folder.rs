//! Where what comes out of an archive waits until the archive is believed.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use romt_types::CrateId;

/// A folder of numbered files and a list of the crates they are, removed when it is dropped. What a killed process left
/// of it is removed first.
///
/// The list is a file, since an archive may hold millions: it takes no memory.
pub(super) struct StagingFolder(PathBuf);

/// A line of the list: a crate whose file is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Staged {
    pub(super) id: CrateId,
    /// The number of its file; none where the right file is in its place already.
    pub(super) number: Option<u64>,
}

impl StagingFolder {
    /// Makes the folder below `state`, the folder of romt's own state, which is made too.
    pub(super) fn fresh(state: &Path) -> anyhow::Result<Self> {
        let folder = state.join("unpack");
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot remove what was left in `{}`", folder.display()));
            }
            _ => {}
        }
        fs::create_dir_all(&folder).with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
        Ok(Self(folder))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// The bundle of the index.
    pub(super) fn bundle(&self) -> PathBuf {
        self.0.join("origin.bundle")
    }

    /// The file with this number.
    pub(super) fn file(&self, number: u64) -> PathBuf {
        self.0.join(number.to_string())
    }

    /// Where the list is.
    pub(super) fn list(&self) -> PathBuf {
        self.0.join("list")
    }

    /// Reads the list.
    pub(super) fn entries(&self) -> anyhow::Result<Entries> {
        let path = self.list();
        let file = File::open(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
        Ok(Entries { path, lines: BufReader::new(file).lines() })
    }
}

impl Drop for StagingFolder {
    fn drop(&mut self) {
        // What cannot be removed now is removed the next time.
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Staged {
    /// Its line: the number, or `-`, and the crate.
    pub(super) fn line(&self) -> String {
        match self.number {
            Some(number) => format!("{number} {}\n", self.id),
            None => format!("- {}\n", self.id),
        }
    }

    fn parse(line: &str) -> anyhow::Result<Self> {
        let Some((number, id)) = line.split_once(' ') else { bail!("`{line}` is no line of it") };
        let number = if number == "-" { None } else { Some(number.parse()?) };
        Ok(Self { id: id.parse()?, number })
    }
}

/// The lines of a list.
pub(super) struct Entries {
    path: PathBuf,
    lines: Lines<BufReader<File>>,
}

impl Iterator for Entries {
    type Item = anyhow::Result<Staged>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = self.lines.next()?;
        let staged = line.map_err(Into::into).and_then(|line| Staged::parse(&line));
        Some(staged.with_context(|| format!("cannot read `{}`", self.path.display())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_is_removed_and_so_is_the_rest_at_the_end() {
        let state = tempfile::tempdir().unwrap();
        fs::create_dir_all(state.path().join("unpack/deeper")).unwrap();
        fs::write(state.path().join("unpack/deeper/17"), "x").unwrap();
        let folder = StagingFolder::fresh(state.path()).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        fs::write(folder.file(1), "x").unwrap();
        drop(folder);
        assert_eq!(fs::read_dir(state.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_link_in_its_place_is_not_followed() {
        let state = tempfile::tempdir().unwrap();
        let other = tempfile::tempdir().unwrap();
        fs::write(other.path().join("precious"), "x").unwrap();
        std::os::unix::fs::symlink(other.path(), state.path().join("unpack")).unwrap();
        let folder = StagingFolder::fresh(state.path()).unwrap();
        assert!(folder.path().symlink_metadata().unwrap().is_dir());
        assert!(other.path().join("precious").exists());
    }

    #[test]
    fn the_list_reads_what_was_written() {
        let state = tempfile::tempdir().unwrap();
        let folder = StagingFolder::fresh(state.path()).unwrap();
        let staged = [Some(7), None].map(|number| Staged { id: "a@1.0.0+b".parse().unwrap(), number });
        fs::write(folder.list(), staged.each_ref().map(Staged::line).concat()).unwrap();
        assert_eq!(folder.entries().unwrap().collect::<anyhow::Result<Vec<_>>>().unwrap(), staged);
        for bad in ["1", "x a@1.0.0", "1 a"] {
            fs::write(folder.list(), bad).unwrap();
            assert!(folder.entries().unwrap().any(|entry| entry.is_err()));
        }
    }
}
