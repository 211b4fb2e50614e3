//! The list of what came out of an archive.

use std::fs::File;
use std::io::{BufRead, BufReader, Lines};
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use romt_types::CrateId;

use crate::jobs::staging_folder::StagingFolder;

/// A line of the list: a crate whose file is right.
///
/// The list is a file beside the staged ones, since an archive may hold millions: it takes no memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Staged {
    pub(super) id: CrateId,
    /// The number of its file; none where the right file is in its place already.
    pub(super) number: Option<u64>,
}

/// Where the list is.
pub(super) fn list(folder: &StagingFolder) -> PathBuf {
    folder.path().join("list")
}

/// Reads the list.
pub(super) fn entries(folder: &StagingFolder) -> anyhow::Result<Entries> {
    let path = list(folder);
    let file = File::open(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
    Ok(Entries { path, lines: BufReader::new(file).lines() })
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
    use std::fs;

    use super::*;

    #[test]
    fn the_list_reads_what_was_written() {
        let state = tempfile::tempdir().unwrap();
        let folder = StagingFolder::fresh(state.path()).unwrap();
        let staged = [Some(7), None].map(|number| Staged { id: "a@1.0.0+b".parse().unwrap(), number });
        fs::write(list(&folder), staged.each_ref().map(Staged::line).concat()).unwrap();
        assert_eq!(entries(&folder).unwrap().collect::<anyhow::Result<Vec<_>>>().unwrap(), staged);
        for bad in ["1", "x a@1.0.0", "1 a"] {
            fs::write(list(&folder), bad).unwrap();
            assert!(entries(&folder).unwrap().any(|entry| entry.is_err()));
        }
    }
}
