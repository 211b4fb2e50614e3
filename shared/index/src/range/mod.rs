//! What changed between two states of the index.
//!
//! The trees are compared, not the history: how upstream came from one to the other (a squash among it) does not matter,
//! and no guess at renames hides a removal. Folders with the same id are not read.

mod compare;
mod error;
mod list;
mod lookup;
mod read;
mod revision;

use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use git2::{Odb, Repository};

use crate::repository::git_error;
use crate::{CrateFilter, IndexError, IndexRepository};

use compare::ChangedFile;

pub use error::{FileProblem, RangeError};
pub use list::{CrateList, ListStyle};
pub use lookup::VersionLookup;
pub use read::FileChanges;
pub use revision::Revision;

/// The index files that differ between two revisions. Its calls block.
#[derive(Debug)]
pub struct CrateRange<'r> {
    repository: &'r IndexRepository,
    filter: &'r CrateFilter,
    files: Vec<ChangedFile>,
}

/// So many files are read before another thread's turn: enough that handing over costs nothing.
const BATCH: usize = 64;
/// More threads would read faster than one can take what they read.
const MAX_THREADS: usize = 4;

type Batch = Result<Vec<FileChanges>, IndexError>;

impl<'r> CrateRange<'r> {
    /// Compares two revisions. Only files at which a registry client looks count (`se/rd/serde`), and of them those whose
    /// crates the filter may choose. Takes some 100 bytes a file.
    ///
    /// The revisions may be in any order: what is removed one way is added the other.
    pub fn between(
        repository: &'r IndexRepository,
        start: &Revision,
        end: &Revision,
        filter: &'r CrateFilter,
    ) -> Result<Self, RangeError> {
        let files = compare::changed_files(repository, start.tree(), end.tree(), filter)?;
        Ok(Self { repository, filter, files })
    }

    /// How many files differ; of some, nothing but yanks.
    pub fn file_count(&self) -> usize {
        self.files.len()
    }

    /// Reads the files and calls `visit` with the changes of each one that has any, in the order of paths, until it says
    /// false.
    ///
    /// What is bad in a file does not stop the others: see [`FileChanges::problems`]. A repository that cannot be read
    /// does.
    pub fn visit(&self, visit: impl FnMut(FileChanges) -> bool) -> Result<(), RangeError> {
        let git = self.repository.git();
        let reader = Reader { git: git.path(), path: self.repository.path(), filter: self.filter, files: &self.files };
        let threads = thread::available_parallelism().map_or(1, |threads| threads.get().min(MAX_THREADS));
        if threads == 1 || self.files.len() <= BATCH {
            let odb = git.odb().map_err(git_error("read", self.repository.path()))?;
            return deliver(self.files.chunks(BATCH).map(|files| reader.read(&odb, files)), visit);
        }
        thread::scope(|scope| {
            let mut receivers = Vec::with_capacity(threads);
            for turn in 0..threads {
                let (sender, receiver) = sync_channel(1);
                receivers.push(receiver);
                let reader = &reader;
                scope.spawn(move || reader.read_in_turn(turn, threads, &sender));
            }
            // Each thread has every n-th batch, so asking them in turn keeps the order, and none gets far ahead.
            let batches =
                (0..self.files.len().div_ceil(BATCH)).map_while(|batch| receivers[batch % threads].recv().ok());
            let delivered = deliver(batches, visit);
            // Those that still read see that nobody listens.
            drop(receivers);
            delivered
        })
    }
}

/// What the threads share.
struct Reader<'a> {
    git: &'a Path,
    path: &'a Path,
    filter: &'a CrateFilter,
    files: &'a [ChangedFile],
}

impl Reader<'_> {
    /// Reads every n-th batch until all are read, one failed, or nobody listens.
    fn read_in_turn(&self, turn: usize, threads: usize, sender: &SyncSender<Batch>) {
        if let Err(error) = self.send_in_turn(turn, threads, sender) {
            // Where nobody listens, nobody asks what went wrong either.
            let _ = sender.send(Err(git_error("read", self.path)(error)));
        }
    }

    fn send_in_turn(&self, turn: usize, threads: usize, sender: &SyncSender<Batch>) -> Result<(), git2::Error> {
        // An object database lets one thread read at a time, so each has its own; libgit2 maps the packs once for all.
        let git = Repository::open_bare(self.git)?;
        let odb = git.odb()?;
        for files in self.files.chunks(BATCH).skip(turn).step_by(threads) {
            let batch = self.read(&odb, files);
            let failed = batch.is_err();
            if sender.send(batch).is_err() || failed {
                break;
            }
        }
        Ok(())
    }

    fn read(&self, odb: &Odb<'_>, files: &[ChangedFile]) -> Batch {
        files.iter().map(|file| FileChanges::read(odb, self.path, file, self.filter)).collect()
    }
}

fn deliver(batches: impl Iterator<Item = Batch>, mut visit: impl FnMut(FileChanges) -> bool) -> Result<(), RangeError> {
    for batch in batches {
        for changes in batch? {
            if !changes.is_empty() && !visit(changes) {
                return Ok(());
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
