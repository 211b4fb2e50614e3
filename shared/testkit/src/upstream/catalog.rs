//! What the fake upstream has.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::SystemTime;

use bytes::Bytes;
use romt_types::CrateId;

use crate::PackedCrate;

/// Index files and crate files.
#[derive(Debug, Default)]
pub(super) struct Catalog(Mutex<Content>);

#[derive(Debug, Default)]
struct Content {
    /// By name in lower case, as index files are called.
    files: BTreeMap<String, IndexFile>,
    lines_ever: BTreeSet<String>,
}

#[derive(Debug)]
struct IndexFile {
    path: String,
    versions: Vec<PackedCrate>,
    changed: SystemTime,
}

/// An index file as it is served.
#[derive(Debug)]
pub(super) struct ServedIndexFile {
    pub(super) text: String,
    pub(super) changed: SystemTime,
}

impl Catalog {
    /// Adds a version, or replaces one in its place.
    pub(super) fn publish(&self, packed: PackedCrate) {
        self.change(packed.id().clone(), |versions| {
            match versions.iter_mut().find(|version| version.id() == packed.id()) {
                Some(version) => *version = packed,
                None => versions.push(packed),
            }
        });
    }

    pub(super) fn set_yanked(&self, id: &CrateId, yanked: bool) {
        self.change(id.clone(), |versions| {
            let version = versions.iter_mut().find(|version| version.id() == id).expect("a published version");
            version.set_yanked(yanked);
        });
    }

    pub(super) fn delete(&self, id: &CrateId) {
        self.change(id.clone(), |versions| versions.retain(|version| version.id() != id));
    }

    fn change(&self, id: CrateId, change: impl FnOnce(&mut Vec<PackedCrate>)) {
        let mut content = self.0.lock().expect("no panic while locked");
        let file = content.files.entry(id.name.lowercase()).or_insert_with(|| IndexFile {
            path: id.name.index_path(),
            versions: Vec::new(),
            changed: SystemTime::UNIX_EPOCH,
        });
        change(&mut file.versions);
        file.changed = SystemTime::now();
        let lines: Vec<String> = file.versions.iter().map(PackedCrate::line).collect();
        content.lines_ever.extend(lines);
    }

    /// The index file at `path` below the index, if there is one.
    pub(super) fn index_file(&self, name: &str, path: &str) -> Option<ServedIndexFile> {
        let content = self.0.lock().expect("no panic while locked");
        let file = content.files.get(name).filter(|file| file.path == path && !file.versions.is_empty())?;
        let text = file.versions.iter().map(|version| version.line() + "\n").collect();
        Some(ServedIndexFile { text, changed: file.changed })
    }

    /// The file of a version, if there is one.
    pub(super) fn file(&self, id: &CrateId) -> Option<Bytes> {
        let content = self.0.lock().expect("no panic while locked");
        let versions = &content.files.get(&id.name.lowercase())?.versions;
        versions.iter().find(|version| version.id() == id).map(|version| version.bytes().clone())
    }

    pub(super) fn lines(&self, name: &str) -> Vec<String> {
        let content = self.0.lock().expect("no panic while locked");
        let file = content.files.get(&name.to_ascii_lowercase());
        file.map(|file| file.versions.iter().map(PackedCrate::line).collect()).unwrap_or_default()
    }

    pub(super) fn all_lines_ever(&self) -> BTreeSet<String> {
        self.0.lock().expect("no panic while locked").lines_ever.clone()
    }
}
