//! Changing a tree of many folders at once.

use std::collections::BTreeMap;
use std::iter::Peekable;

use git2::{ObjectType, Oid};

use super::{BlobId, IndexRepository, ObjectWriter, git_error};
use crate::IndexError;

/// Changes to a tree: which paths get which blob, and which go. Folders come and go with their files.
#[derive(Debug, Clone, Default)]
pub struct TreeEdits(BTreeMap<String, Option<BlobId>>);

pub(super) const FOLDER: u32 = 0o040_000;
const FILE: u32 = 0o100_644;

impl TreeEdits {
    /// The file at `path` becomes `blob`.
    pub fn put(&mut self, path: String, blob: BlobId) {
        self.0.insert(path, Some(blob));
    }

    /// The file at `path` goes, if it is there.
    pub fn remove(&mut self, path: String) {
        self.0.insert(path, None);
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes the tree that `base` becomes, and returns its id; only folders with changes are read and written.
    pub(super) fn apply(
        &self,
        repository: &IndexRepository,
        writer: &mut ObjectWriter,
        base: Option<Oid>,
    ) -> Result<Oid, IndexError> {
        let mut edits = self.0.iter().map(|(path, blob)| (path.as_str(), *blob)).peekable();
        match edit_folder(repository, writer, base, "", &mut edits)? {
            Some(tree) => Ok(tree),
            None => writer.add(repository, ObjectType::Tree, b""),
        }
    }
}

/// Applies the edits that begin with `folder` (empty, or with a slash at its end) to the tree `base`. `None`: it is empty.
fn edit_folder<'a>(
    repository: &IndexRepository,
    writer: &mut ObjectWriter,
    base: Option<Oid>,
    folder: &str,
    edits: &mut Peekable<impl Iterator<Item = (&'a str, Option<BlobId>)>>,
) -> Result<Option<Oid>, IndexError> {
    let mut entries = read_tree(repository, base)?;
    while let Some((path, blob)) = edits.next_if(|(path, _)| path.starts_with(folder)) {
        let rest = &path[folder.len()..];
        let Some((name, _)) = rest.split_once('/') else {
            set(&mut entries, rest, blob.map(|blob| (FILE, blob.0)));
            continue;
        };
        let below = format!("{folder}{name}/");
        let old = entries.get(name).filter(|(mode, _)| *mode == FOLDER).map(|(_, id)| *id);
        // The edit in hand belongs to the folder below: hand it back in front.
        let mut inner = std::iter::once((path, blob))
            .chain(std::iter::from_fn(|| edits.next_if(|(path, _)| path.starts_with(&below))));
        // Without `dyn` each level would be a type of its own, without end.
        let inner: &mut dyn Iterator<Item = (&'a str, Option<BlobId>)> = &mut inner;
        let new = edit_folder(repository, writer, old, &below, &mut inner.peekable())?;
        set(&mut entries, name, new.map(|id| (FOLDER, id)));
    }
    if entries.is_empty() {
        return Ok(None);
    }
    writer.add(repository, ObjectType::Tree, &format_tree(&entries)).map(Some)
}

pub(super) type Entries = BTreeMap<String, (u32, Oid)>;

fn set(entries: &mut Entries, name: &str, value: Option<(u32, Oid)>) {
    match value {
        Some(value) => entries.insert(name.to_owned(), value),
        None => entries.remove(name),
    };
}

pub(super) fn read_tree(repository: &IndexRepository, id: Option<Oid>) -> Result<Entries, IndexError> {
    let Some(id) = id else { return Ok(Entries::new()) };
    let tree = repository.git().find_tree(id).map_err(git_error(format!("read tree {id} of"), repository.path()))?;
    Ok(tree
        .iter()
        .map(|entry| {
            let mode = u32::try_from(entry.filemode()).unwrap_or(FILE);
            (String::from_utf8_lossy(entry.name_bytes()).into_owned(), (mode, entry.id()))
        })
        .collect())
}

/// A tree object: `MODE NAME\0ID` in the order of names, folders as if a slash stood behind theirs.
pub(super) fn format_tree(entries: &Entries) -> Vec<u8> {
    let mut sorted: Vec<_> = entries.iter().collect();
    sorted.sort_by_cached_key(|(name, (mode, _))| if *mode == FOLDER { format!("{name}/") } else { (*name).clone() });
    let mut bytes = Vec::with_capacity(sorted.len() * 40);
    for (name, (mode, id)) in sorted {
        bytes.extend(format!("{mode:o} {name}\0").into_bytes());
        bytes.extend_from_slice(id.as_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn files(repository: &IndexRepository, tree: Oid) -> BTreeMap<String, Vec<u8>> {
        let mut found = BTreeMap::new();
        let tree = repository.git().find_tree(tree).unwrap();
        tree.walk(git2::TreeWalkMode::PreOrder, |folder, entry| {
            if entry.kind() == Some(ObjectType::Blob) {
                let blob = repository.git().find_blob(entry.id()).unwrap();
                found.insert(format!("{folder}{}", entry.name().unwrap()), blob.content().to_vec());
            } else {
                assert!(!repository.git().find_tree(entry.id()).unwrap().is_empty(), "an empty folder is left");
            }
            0
        })
        .unwrap();
        found
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        /// Whatever the edits, the tree holds what a plain map would hold, and git finds it well-formed.
        #[test]
        fn a_tree_follows_its_edits(rounds in prop::collection::vec(
            prop::collection::btree_map("(a|b|ab|a-b)/(c|d|c-)/[ef]{1,3}|1/[a-c]", prop::option::of(0..9u8), 0..12), 1..5)
        ) {
            let folder = tempfile::tempdir().unwrap();
            let repository = IndexRepository::open_or_init(&folder.path().join("index")).unwrap();
            let mut writer = ObjectWriter::default();
            let (mut tree, mut expected) = (None, BTreeMap::new());
            for round in rounds {
                let mut edits = TreeEdits::default();
                for (path, content) in round {
                    if let Some(content) = content {
                        edits.put(path.clone(), writer.blob(&repository, &[content]).unwrap());
                        expected.insert(path, vec![content]);
                    } else {
                        edits.remove(path.clone());
                        expected.remove(&path);
                    }
                }
                let new = edits.apply(&repository, &mut writer, tree).unwrap();
                writer.flush(&repository).unwrap();
                tree = Some(new);
                prop_assert_eq!(files(&repository, new), expected.clone());
                // libgit2 sorts by itself: an equal id says that our order is git's.
                let mut again = repository.git().treebuilder(None).unwrap();
                for entry in &repository.git().find_tree(new).unwrap() {
                    again.insert(entry.name_bytes(), entry.id(), entry.filemode()).unwrap();
                }
                prop_assert_eq!(again.write().unwrap(), new);
            }
        }
    }
}
