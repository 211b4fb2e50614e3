//! What changed between two states of the index.
//!
//! The trees are compared, not the history: how upstream came from one to the other (a squash among it) does not matter,
//! and no guess at renames hides a removal. Folders with the same id are not read.

mod compare;
mod error;
mod list;
mod lookup;
mod pack_order;
mod read;
mod revision;
mod versions;

use std::iter;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use git2::Repository;

use crate::repository::git_error;
use crate::{CrateFilter, IndexError, IndexRepository};

use compare::ChangedFile;
use pack_order::pack_order;

pub use error::{FileProblem, RangeError};
pub use list::{CrateList, ListStyle};
pub use lookup::VersionLookup;
pub use read::FileChanges;
pub use revision::Revision;
pub use versions::FileVersions;

/// The index files that differ between two revisions. Its calls block.
#[derive(Debug)]
pub struct CrateRange<'r> {
    repository: &'r IndexRepository,
    filter: &'r CrateFilter,
    files: Vec<ChangedFile>,
}

/// So many files a thread takes at a time. The first of them may need what another thread puts together, too; the rest
/// does not.
const BATCH: usize = 1024;
/// More threads would wait for each other in libgit2.
const MAX_THREADS: usize = 4;

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

    /// Reads all files, and then calls `visit` with the changes of each one that has any, in the order of paths, until it
    /// says false.
    ///
    /// What is bad in a file does not stop the others: see [`FileChanges::problems`]. A repository that cannot be read
    /// does.
    pub fn visit(&self, mut visit: impl FnMut(FileChanges) -> bool) -> Result<(), RangeError> {
        for changes in self.read()? {
            if !visit(changes) {
                break;
            }
        }
        Ok(())
    }

    /// The changes of all files that have any, in the order of paths.
    fn read(&self) -> Result<impl Iterator<Item = FileChanges>, IndexError> {
        // Packs were checked when they came, object by object, and the damage of a disk is seen by the checksum of zlib that
        // each object has. To hash every blob again each time takes longer than to read it; git does not do so either.
        git2::opts::strict_hash_verification(false);
        let (git, path) = (self.repository.git(), self.repository.path());
        let reader = Reader {
            path,
            filter: self.filter,
            files: &self.files,
            order: self.reading_order(),
            taken: AtomicUsize::new(0),
            read: iter::repeat_with(OnceLock::new).take(self.files.len()).collect(),
        };
        let threads = thread::available_parallelism().map_or(1, |threads| threads.get().min(MAX_THREADS));
        let others = threads.min(self.files.len().div_ceil(BATCH)).saturating_sub(1);
        thread::scope(|scope| {
            let (reader, git) = (&reader, git.path());
            // An object database lets one thread read at a time, so each has its own; libgit2 maps the packs once for all.
            let open = move || Repository::open_bare(git).map_err(git_error("open", path));
            let others: Vec<_> = (0..others).map(|_| scope.spawn(move || reader.read(&open()?))).collect();
            let own = reader.read(self.repository.git());
            let others = others.into_iter().map(|other| other.join().unwrap_or_else(|panic| resume_unwind(panic)));
            iter::once(own).chain(others).collect::<Result<(), _>>()
        })?;
        Ok(reader.read.into_iter().filter_map(OnceLock::into_inner))
    }

    /// The positions of the files, in the order in which they are read.
    fn reading_order(&self) -> Vec<usize> {
        if self.files.len() <= BATCH {
            return (0..self.files.len()).collect();
        }
        let blobs: Vec<_> = self.files.iter().map(ChangedFile::blob).collect();
        pack_order(self.repository.git().path(), &blobs)
    }
}

/// What the threads share.
struct Reader<'a> {
    path: &'a Path,
    filter: &'a CrateFilter,
    files: &'a [ChangedFile],
    /// Positions in `files`.
    order: Vec<usize>,
    /// How many of `order` have been taken.
    taken: AtomicUsize,
    /// The changes of each of `files` that has any.
    read: Vec<OnceLock<FileChanges>>,
}

impl Reader<'_> {
    /// Reads files until all are taken.
    fn read(&self, git: &Repository) -> Result<(), IndexError> {
        let odb = git.odb().map_err(git_error("read", self.path))?;
        loop {
            let first = self.taken.fetch_add(BATCH, Ordering::Relaxed);
            let Some(places) = self.order.get(first..).filter(|places| !places.is_empty()) else { return Ok(()) };
            for place in places.iter().take(BATCH) {
                // The others need not go on where one fails.
                let stop = |_: &IndexError| self.taken.store(self.order.len(), Ordering::Relaxed);
                let changes = FileChanges::read(&odb, self.path, &self.files[*place], self.filter).inspect_err(stop)?;
                if !changes.is_empty() {
                    // Each is in `order` once.
                    let _ = self.read[*place].set(changes);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
