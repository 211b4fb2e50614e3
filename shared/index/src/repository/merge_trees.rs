//! Merging two trees, folder by folder, without a work tree.

use std::collections::BTreeSet;

use git2::{ObjectType, Oid};

use super::tree::{Entries, FOLDER, format_tree, read_tree};
use super::{IndexRepository, ObjectWriter};
use crate::IndexError;

/// What a merge comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MergedTree {
    /// This tree; `None` if no file is left.
    Clean(Option<Oid>),
    /// Both sides changed the same file, each in its own way.
    Conflict,
}

/// Something before, on our side and on theirs.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Sides<T> {
    base: Option<T>,
    ours: Option<T>,
    theirs: Option<T>,
}

/// Each side changed it in its own way.
struct BothChanged;

impl<T: Copy + PartialEq> Sides<T> {
    fn map<U>(self, change: impl Fn(T) -> Option<U>) -> Sides<U> {
        Sides {
            base: self.base.and_then(&change),
            ours: self.ours.and_then(&change),
            theirs: self.theirs.and_then(&change),
        }
    }

    /// What it becomes if only one side changed it, or both in the same way.
    fn settled(self) -> Result<Option<T>, BothChanged> {
        if self.ours == self.theirs || self.theirs == self.base {
            Ok(self.ours)
        } else if self.ours == self.base {
            Ok(self.theirs)
        } else {
            Err(BothChanged)
        }
    }
}

/// Merges what became of `base` on two sides. Folders that only one side changed are not read; no file is.
///
/// A file is taken as a whole: git would merge changes to different lines of it, this calls them a conflict.
pub(super) fn merge_trees(
    repository: &IndexRepository,
    writer: &mut ObjectWriter,
    base: Oid,
    ours: Oid,
    theirs: Oid,
) -> Result<MergedTree, IndexError> {
    let sides = Sides { base: Some(base), ours: Some(ours), theirs: Some(theirs) };
    merge_folder(repository, writer, sides)
}

fn merge_folder(
    repository: &IndexRepository,
    writer: &mut ObjectWriter,
    sides: Sides<Oid>,
) -> Result<MergedTree, IndexError> {
    if let Ok(settled) = sides.settled() {
        return Ok(MergedTree::Clean(settled));
    }
    let read = |side| read_tree(repository, side);
    let (base, ours, theirs) = (read(sides.base)?, read(sides.ours)?, read(sides.theirs)?);
    let names: BTreeSet<&String> = base.keys().chain(ours.keys()).chain(theirs.keys()).collect();
    let mut merged = Entries::new();
    for name in names {
        let at = |entries: &Entries| entries.get(name).copied();
        let entry = Sides { base: at(&base), ours: at(&ours), theirs: at(&theirs) };
        // A name may stand for a file on one side and for a folder on the other; each is merged for itself.
        let Ok(file) = entry.map(|(mode, id)| (mode != FOLDER).then_some((mode, id))).settled() else {
            return Ok(MergedTree::Conflict);
        };
        let folder = entry.map(|(mode, id)| (mode == FOLDER).then_some(id));
        let MergedTree::Clean(folder) = merge_folder(repository, writer, folder)? else {
            return Ok(MergedTree::Conflict);
        };
        let value = match (file, folder) {
            (Some(_), Some(_)) => return Ok(MergedTree::Conflict),
            (file, folder) => file.or(folder.map(|id| (FOLDER, id))),
        };
        if let Some(value) = value {
            merged.insert(name.clone(), value);
        }
    }
    if merged.is_empty() {
        return Ok(MergedTree::Clean(None));
    }
    let tree = writer.add(repository, ObjectType::Tree, &format_tree(&merged))?;
    Ok(MergedTree::Clean(Some(tree)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::TreeEdits;

    type Files = BTreeMap<String, u8>;

    fn write(repository: &IndexRepository, writer: &mut ObjectWriter, files: &Files) -> Oid {
        let mut edits = TreeEdits::default();
        for (path, content) in files {
            edits.put(path.clone(), writer.blob(repository, &[*content]).unwrap());
        }
        let tree = edits.apply(repository, writer, None).unwrap();
        writer.flush(repository).unwrap();
        tree
    }

    /// The merge of maps from paths to contents; `None` where both changed the same, or a file is where a folder is.
    fn model(base: &Files, ours: &Files, theirs: &Files) -> Option<Files> {
        let mut merged = Files::new();
        let paths: BTreeSet<_> = base.keys().chain(ours.keys()).chain(theirs.keys()).collect();
        for path in paths {
            let sides = [base, ours, theirs].map(|files| files.get(path));
            let value = match sides {
                [_, ours, theirs] if ours == theirs => ours,
                [base, ours, theirs] if theirs == base => ours,
                [base, ours, theirs] if ours == base => theirs,
                _ => return None,
            };
            value.map(|value| merged.insert(path.clone(), *value));
        }
        let below = |path: &String| merged.range(format!("{path}/")..format!("{path}0")).next().is_some();
        (!merged.keys().any(below)).then_some(merged)
    }

    /// Files in few places, so that sides meet; where a file is, no folder is.
    fn files() -> impl Strategy<Value = Files> {
        prop::collection::btree_map("(a|b)/(c|d|c-)/[ef]|(a|b)/c|b|1", 0..3u8, 0..7).prop_map(|files| {
            let below =
                |path: &String, files: &Files| files.range(format!("{path}/")..format!("{path}0")).next().is_some();
            files.iter().filter(|(path, _)| !below(path, &files)).map(|(path, value)| (path.clone(), *value)).collect()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

        #[test]
        fn trees_merge_as_maps_do(base in files(), mut ours in files(), mut theirs in files(), near: bool) {
            if near {
                // Most of the base stays, so that merges come out clean.
                let keep = |side: &mut Files| {
                    let changes = std::mem::take(side);
                    side.extend(base.clone());
                    if let Some((path, value)) = changes.into_iter().next() {
                        side.retain(|known, _| {
                            !known.starts_with(&format!("{path}/")) && !path.starts_with(&format!("{known}/"))
                        });
                        side.insert(path, value);
                    }
                };
                keep(&mut ours);
                keep(&mut theirs);
            }
            let folder = tempfile::tempdir().unwrap();
            let repository = IndexRepository::create(&folder.path().join("index")).unwrap();
            let mut writer = ObjectWriter::default();
            let [b, o, t] = [&base, &ours, &theirs].map(|files| write(&repository, &mut writer, files));
            let merged = merge_trees(&repository, &mut writer, b, o, t).unwrap();
            writer.flush(&repository).unwrap();
            match (model(&base, &ours, &theirs), merged) {
                (None, MergedTree::Conflict) => {}
                (Some(expected), MergedTree::Clean(tree)) => {
                    let expected = write(&repository, &mut writer, &expected);
                    let empty = Oid::hash_object(ObjectType::Tree, b"").unwrap();
                    prop_assert_eq!(tree.unwrap_or(empty), expected);
                }
                (expected, merged) => prop_assert!(false, "{:?} against {:?}", expected, merged),
            }
        }
    }
}
