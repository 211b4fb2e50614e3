//! Writing the index.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use git2::{ObjectType, Oid, Repository};

use super::published::{blob_at, for_each_file, read_blob, snapshot_of};
use super::{BlobId, MASTER, ObjectWriter, Snapshot, TreeEdits, UPSTREAM, WORKING, git_error, recover};
use crate::{IndexError, OriginUrl};

/// The index repository of the one who writes it. Its calls block; it can be sent between threads, not shared.
pub struct IndexRepository {
    git: Repository,
    path: PathBuf,
}

impl IndexRepository {
    pub(super) fn from_git(git: Repository, path: &Path) -> Self {
        Self { git, path: path.to_owned() }
    }

    /// Puts right what a kill or a power cut may have left: to be called by the one writer when the last one ended badly.
    /// Returns how many files it removed.
    pub fn recover(&self) -> Result<u64, IndexError> {
        let removed = recover::sweep(self.git.path())?;
        let is_pulled = matches!(self.origin(), Ok(Some(OriginUrl::Remote(_) | OriginUrl::Bundle(_))));
        recover::mend_branches(&self.git, &self.path, is_pulled)?;
        Ok(removed)
    }

    /// Removes what bundles left that were received by processes which were killed; returns how many. Anybody may do this,
    /// beside the one writer too.
    pub fn sweep_bundles(&self) -> Result<u64, IndexError> {
        recover::sweep_bundles(self.git.path())
    }

    /// What is published; `None` if nothing ever was.
    pub fn published(&self) -> Result<Option<Snapshot>, IndexError> {
        snapshot_of(&self.git, &self.path, MASTER)
    }

    /// The upstream index files that are kept; `None` if none are.
    pub fn upstream(&self) -> Result<Option<Snapshot>, IndexError> {
        snapshot_of(&self.git, &self.path, UPSTREAM)
    }

    /// Calls `visit` with the path and blob of every file of a snapshot, in the order of paths, until it says false.
    pub fn for_each_file(
        &self,
        snapshot: &Snapshot,
        visit: impl FnMut(&str, BlobId) -> bool,
    ) -> Result<(), IndexError> {
        for_each_file(&self.git, &self.path, snapshot, visit)
    }

    /// Whether the repository has a blob.
    pub fn has(&self, id: BlobId) -> Result<bool, IndexError> {
        let odb = self.git.odb().map_err(git_error("open", &self.path))?;
        Ok(odb.exists_ext(id.0, git2::OdbLookupFlags::NO_REFRESH))
    }

    /// The bytes of a blob; `None` if the repository does not have it whole.
    pub fn blob(&self, id: BlobId) -> Result<Option<Vec<u8>>, IndexError> {
        read_blob(&self.git, &self.path, id)
    }

    /// The blob of the file at `path` in a snapshot.
    pub fn file_id(&self, snapshot: &Snapshot, path: &str) -> Result<Option<BlobId>, IndexError> {
        let read = || {
            let tree = self.git.find_tree(Oid::from_str(&snapshot.tree)?)?;
            Ok(blob_at(&tree, path)?.map(BlobId))
        };
        read().map_err(git_error(format!("look up `{path}` in"), &self.path))
    }

    /// Commits the published tree with `edits` on `working`, and writes it out. Nobody sees it yet.
    pub fn commit(&self, writer: &mut ObjectWriter, edits: &TreeEdits, message: &str) -> Result<Snapshot, IndexError> {
        let base = self.published()?;
        let parent = base.as_ref().map(|base| self.oid(&base.commit)).transpose()?;
        let tree = base.as_ref().map(|base| self.oid(&base.tree)).transpose()?;
        let tree = edits.apply(self, writer, tree)?;
        let commit = self.write_commit(writer, tree, parent, message)?;
        writer.flush(self)?;
        self.set(WORKING, commit, message)?;
        snapshot_of(&self.git, &self.path, WORKING)?
            .ok_or_else(|| git_error("read working of", &self.path)(git2::Error::from_str("it is gone")))
    }

    /// Publishes what [`commit`](Self::commit) made: moves `master`, the one atomic switch. Everything it names must be
    /// durable by now.
    pub fn publish(&self, snapshot: &Snapshot) -> Result<(), IndexError> {
        self.set(MASTER, self.oid(&snapshot.commit)?, "publish")
    }

    /// Keeps upstream's index files: `edits` to the tree of them, which has no history.
    pub fn keep_upstream(&self, writer: &mut ObjectWriter, edits: &TreeEdits) -> Result<(), IndexError> {
        let base = snapshot_of(&self.git, &self.path, UPSTREAM)?;
        let tree = base.as_ref().map(|base| self.oid(&base.tree)).transpose()?;
        let tree = match edits.apply(self, writer, tree) {
            // It is moved before it is durable: a power cut may have left a commit without its tree.
            Err(error) if tree.is_some() => {
                tracing::warn!(%error, "forgot upstream index files that a power cut has spoilt");
                edits.apply(self, writer, None)?
            }
            tree => tree?,
        };
        let commit = self.write_commit(writer, tree, None, "Upstream index files")?;
        writer.flush(self)?;
        self.set(UPSTREAM, commit, "keep upstream")
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn git(&self) -> &Repository {
        &self.git
    }

    fn oid(&self, hex: &str) -> Result<Oid, IndexError> {
        Oid::from_str(hex).map_err(git_error("read", &self.path))
    }

    fn write_commit(
        &self,
        writer: &mut ObjectWriter,
        tree: Oid,
        parent: Option<Oid>,
        message: &str,
    ) -> Result<Oid, IndexError> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let who = format!("romt <romt@localhost> {now} +0000");
        self.write_commit_of(writer, tree, parent.as_slice(), &who, message)
    }

    /// Writes a commit in the name of the one whom git's configuration names, or of romt where it names nobody.
    pub(super) fn write_signed(
        &self,
        writer: &mut ObjectWriter,
        tree: Oid,
        parents: &[Oid],
        message: &str,
    ) -> Result<Oid, IndexError> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let who = match self.git.signature() {
            Ok(who) => {
                let (name, email) = (who.name_bytes(), who.email_bytes());
                format!("{} <{}> {now} +0000", String::from_utf8_lossy(name), String::from_utf8_lossy(email))
            }
            Err(_) => format!("romt <romt@localhost> {now} +0000"),
        };
        self.write_commit_of(writer, tree, parents, &who, message)
    }

    fn write_commit_of(
        &self,
        writer: &mut ObjectWriter,
        tree: Oid,
        parents: &[Oid],
        who: &str,
        message: &str,
    ) -> Result<Oid, IndexError> {
        let mut lines = vec![format!("tree {tree}")];
        lines.extend(parents.iter().map(|parent| format!("parent {parent}")));
        lines.extend([format!("author {who}"), format!("committer {who}"), String::new(), message.to_owned()]);
        writer.add(self, ObjectType::Commit, (lines.join("\n") + "\n").as_bytes())
    }

    pub(super) fn set(&self, name: &str, commit: Oid, why: &str) -> Result<(), IndexError> {
        let set = self.git.reference(name, commit, true, why);
        set.map(drop).map_err(git_error(format!("move {name} of"), &self.path))
    }
}

impl std::fmt::Debug for IndexRepository {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IndexRepository").field("path", &self.path).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PublishedIndex;

    fn publish(repository: &IndexRepository, files: &[(&str, Option<&str>)]) -> Snapshot {
        let mut writer = ObjectWriter::default();
        let mut edits = TreeEdits::default();
        for (path, content) in files {
            match content {
                Some(content) => {
                    edits.put((*path).to_owned(), writer.blob(repository, content.as_bytes()).unwrap());
                }
                None => edits.remove((*path).to_owned()),
            }
        }
        let snapshot = repository.commit(&mut writer, &edits, "test").unwrap();
        assert_ne!(repository.published().unwrap().as_ref(), Some(&snapshot), "seen before it is published");
        repository.publish(&snapshot).unwrap();
        snapshot
    }

    #[test]
    fn readers_see_what_is_published_and_only_that() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("git/crates.io-index");
        assert!(PublishedIndex::open(&path).unwrap().is_none());
        let repository = IndexRepository::open_or_init(&path).unwrap();
        let reader = PublishedIndex::open(&path).unwrap().unwrap();
        assert_eq!(reader.snapshot().unwrap(), None);
        let first = publish(&repository, &[("se/rd/serde", Some("1\n")), ("1/a", Some("2\n"))]);
        assert_eq!(reader.snapshot().unwrap().as_ref(), Some(&first));
        let second = publish(&repository, &[("se/rd/serde", Some("3\n")), ("1/a", None)]);
        assert_eq!(reader.snapshot().unwrap().as_ref(), Some(&second));
        let read = |snapshot, path| reader.file(snapshot, path).unwrap().map(|file| file.bytes);
        assert_eq!(read(&first, "se/rd/serde").as_deref(), Some(&b"1\n"[..]));
        assert_eq!(read(&second, "se/rd/serde").as_deref(), Some(&b"3\n"[..]));
        for absent in ["1/a", "1", "se", "se/rd", "../x", "/", "", "se/rd/serde/"] {
            assert_eq!(read(&second, absent), None, "{absent}");
        }
        let mut files = Vec::new();
        reader
            .for_each_file(&first, |path, _| {
                files.push(path.to_owned());
                true
            })
            .unwrap();
        assert_eq!(files, ["1/a", "se/rd/serde"]);
    }

    #[test]
    fn what_a_power_cut_left_is_put_right() {
        let folder = tempfile::tempdir().unwrap();
        let repository = IndexRepository::open_or_init(&folder.path().join("index")).unwrap();
        let snapshot = publish(&repository, &[("1/a", Some("1\n"))]);
        let at = |name: &str| repository.path().join(name);
        std::fs::write(at("refs/heads/master"), "").unwrap();
        std::fs::write(at("refs/heads/master.lock"), "").unwrap();
        std::fs::write(at("HEAD.lock"), "").unwrap();
        std::fs::write(at("objects/pack/pack-0000000000000000000000000000000000000000.pack"), "").unwrap();
        std::fs::write(at("objects/pack/pack-0000000000000000000000000000000000000000.idx"), "torn").unwrap();
        assert!(repository.recover().unwrap() >= 4);
        assert_eq!(repository.published().unwrap(), Some(snapshot));
        publish(&repository, &[("1/b", Some("1\n"))]);
    }
}
