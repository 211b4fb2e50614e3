//! Comparing two trees of an index.

use std::collections::BTreeMap;
use std::path::Path;

use git2::{ObjectType, Oid, Repository};
use romt_types::CrateName;

use super::RangeError;
use crate::repository::git_error;
use crate::{CrateFilter, IndexRepository};

/// An index file that differs: its blob before and after.
#[derive(Debug)]
pub(super) struct ChangedFile {
    pub(super) name: CrateName,
    pub(super) old: Option<Oid>,
    pub(super) new: Option<Oid>,
}

impl ChangedFile {
    /// The blob that is read, or the newer one of two.
    pub(super) fn blob(&self) -> Option<Oid> {
        self.new.or(self.old)
    }
}

/// crates.io has some 300,000 files and folders. A few small trees that name each other many times over can have any
/// number.
const MAX_ENTRIES: usize = 5_000_000;

/// The files that differ, in the order of paths.
pub(super) fn changed_files(
    repository: &IndexRepository,
    old: Option<Oid>,
    new: Option<Oid>,
    filter: &CrateFilter,
) -> Result<Vec<ChangedFile>, RangeError> {
    // libgit2 keeps the trees that it read, some 30 MB of them, as long as it has the repository open.
    let git = Repository::open_bare(repository.git().path()).map_err(git_error("open", repository.path()))?;
    let mut comparison = Comparison { git, repository: repository.path(), filter, entries: 0, files: Vec::new() };
    if old != new {
        comparison.compare("", [old, new])?;
    }
    comparison.files.shrink_to_fit();
    Ok(comparison.files)
}

struct Comparison<'a> {
    git: Repository,
    repository: &'a Path,
    filter: &'a CrateFilter,
    entries: usize,
    files: Vec<ChangedFile>,
}

/// What is called the same before and after.
type Sides = [Option<Oid>; 2];

impl Comparison<'_> {
    /// Compares the folder at `path`. Goes three levels deep at most, because [`holds_folder`] does.
    fn compare(&mut self, path: &str, sides: Sides) -> Result<(), RangeError> {
        let files = matches!(path.len(), 1 | 3 | 5) && path != "3";
        let mut entries: BTreeMap<String, Sides> = BTreeMap::new();
        for (side, tree) in sides.into_iter().enumerate() {
            let Some(tree) = tree else { continue };
            self.read(tree, |name, mode, id| {
                let wanted = if files { mode & FORMAT == REGULAR } else { mode == FOLDER && holds_folder(path, name) };
                if wanted {
                    entries.entry(name.to_owned()).or_default()[side] = Some(id);
                }
            })?;
        }
        for (name, [old, new]) in entries {
            if old == new {
                continue;
            }
            let below = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
            if !files {
                self.compare(&below, [old, new])?;
            } else if let Some(name) = crate_of(&below, &name).filter(|name| self.filter.may_match(name)) {
                self.files.push(ChangedFile { name, old, new });
            }
        }
        Ok(())
    }

    fn read(&mut self, tree: Oid, mut found: impl FnMut(&str, i32, Oid)) -> Result<(), RangeError> {
        let error = |source| git_error(format!("read tree {tree} of"), self.repository)(source);
        let object = self.git.find_object(tree, Some(ObjectType::Tree)).map_err(error)?;
        let Some(entries) = object.as_tree() else { return Ok(()) };
        self.entries += entries.len();
        if self.entries > MAX_ENTRIES {
            return Err(RangeError::TooManyEntries { tree: tree.to_string(), limit: MAX_ENTRIES });
        }
        for entry in entries {
            // A name that is not UTF-8 is no crate's.
            if let Ok(name) = entry.name() {
                found(name, entry.filemode_raw(), entry.id());
            }
        }
        Ok(())
    }
}

const FORMAT: i32 = 0o170_000;
const REGULAR: i32 = 0o100_000;
const FOLDER: i32 = 0o040_000;

/// Whether index files may be below the folder `name` of the folder at `path`: `1`, `2`, `3/x`, `xx/xx`.
fn holds_folder(path: &str, name: &str) -> bool {
    match path {
        "" => matches!(name, "1" | "2" | "3") || name.len() == 2,
        "3" => name.len() == 1,
        _ => path.len() == 2 && name.len() == 2,
    }
}

/// The crate whose file is at `path`; `None` if clients would not look for a crate there.
fn crate_of(path: &str, name: &str) -> Option<CrateName> {
    let name: CrateName = name.parse().ok()?;
    (name.index_path() == path).then_some(name)
}
