//! Asking for one version after the other.

use git2::{ObjectType, Oid, Tree};
use romt_types::{CrateId, Digest};

use super::read::Contents;
use super::{RangeError, Revision};
use crate::IndexRepository;
use crate::repository::git_error;

/// The checksums of versions at a revision. Its calls block.
///
/// The file that was read last is kept, and so are the folders on the way to it: asking in the order of names reads each
/// file once, and the folders hardly more often.
#[derive(Debug)]
pub struct VersionLookup<'r> {
    repository: &'r IndexRepository,
    tree: Option<Oid>,
    /// The folders on the way to the file that was looked up last, topmost first, with their names.
    folders: Vec<(String, Tree<'r>)>,
    last: Option<(String, Contents)>,
}

impl<'r> VersionLookup<'r> {
    /// Looks up what is listed at `revision`.
    pub fn new(repository: &'r IndexRepository, revision: Revision) -> Self {
        Self { repository, tree: revision.tree(), folders: Vec::new(), last: None }
    }

    /// The checksum of a version; `None` if it is not listed, with the name spelled the same. Of several lines about a
    /// version the last one counts; a line that cannot be read lists nothing.
    pub fn cksum(&mut self, id: &CrateId) -> Result<Option<Digest>, RangeError> {
        let path = id.name.index_path();
        if self.last.as_ref().is_none_or(|(known, _)| *known != path) {
            let contents = self.read(id, &path);
            let contents = contents.map_err(git_error(format!("read `{path}` from"), self.repository.path()))?;
            self.last = Some((path, contents));
        }
        let listed = self.last.as_ref().and_then(|(_, contents)| contents.find_version(&id.version));
        Ok(listed.filter(|line| line.name == id.name).map(|line| line.cksum))
    }

    fn read(&mut self, id: &CrateId, path: &str) -> Result<Contents, git2::Error> {
        match self.blob_at(path)? {
            Some(blob) => Contents::read(&self.repository.git().odb()?, &id.name, blob),
            None => Ok(Contents::default()),
        }
    }

    /// The file at `path`. libgit2 keeps no folder of more than 4 kB, which those of an index are.
    fn blob_at(&mut self, path: &str) -> Result<Option<Oid>, git2::Error> {
        let git = self.repository.git();
        // The topmost folder has no name.
        let (folders, file) = path.rsplit_once('/').unwrap_or(("", path));
        let names = || [""].into_iter().chain(folders.split('/'));
        let known = self.folders.iter().zip(names()).take_while(|((known, _), name)| known == name).count();
        self.folders.truncate(known);
        for name in names().skip(known) {
            let folder = match self.folders.last() {
                Some((_, above)) => entry(above, name, ObjectType::Tree),
                None => self.tree,
            };
            let Some(folder) = folder else { return Ok(None) };
            self.folders.push((name.to_owned(), git.find_tree(folder)?));
        }
        Ok(self.folders.last().and_then(|(_, folder)| entry(folder, file, ObjectType::Blob)))
    }
}

/// What a folder has under a name, if it is of that kind.
fn entry(folder: &Tree<'_>, name: &str, kind: ObjectType) -> Option<Oid> {
    folder.get_name(name).filter(|entry| entry.kind() == Some(kind)).map(|entry| entry.id())
}
