//! Asking for one version after the other.

use git2::Oid;
use romt_types::{CrateId, Digest};

use super::read::Contents;
use super::{RangeError, Revision};
use crate::IndexRepository;
use crate::repository::{blob_at, git_error};

/// The checksums of versions at a revision. Its calls block.
///
/// The file that was read last is kept, so that asking in the order of names reads each file once.
#[derive(Debug)]
pub struct VersionLookup<'r> {
    repository: &'r IndexRepository,
    tree: Option<Oid>,
    last: Option<(String, Contents)>,
}

impl<'r> VersionLookup<'r> {
    /// Looks up what is listed at `revision`.
    pub fn new(repository: &'r IndexRepository, revision: Revision) -> Self {
        Self { repository, tree: revision.tree(), last: None }
    }

    /// The checksum of a version; `None` if it is not listed, with the name spelled the same. Of several lines about a
    /// version the last one counts; a line that cannot be read lists nothing.
    pub fn cksum(&mut self, id: &CrateId) -> Result<Option<Digest>, RangeError> {
        let path = id.name.index_path();
        if self.last.as_ref().is_none_or(|(known, _)| *known != path) {
            let read = || {
                let git = self.repository.git();
                let Some(tree) = self.tree else { return Ok(Contents::default()) };
                match blob_at(&git.find_tree(tree)?, &path)? {
                    Some(blob) => Contents::read(&git.odb()?, &id.name, blob),
                    None => Ok(Contents::default()),
                }
            };
            let contents = read().map_err(git_error(format!("read `{path}` from"), self.repository.path()))?;
            self.last = Some((path, contents));
        }
        let listed = self.last.as_ref().and_then(|(_, contents)| contents.find_version(&id.version));
        Ok(listed.filter(|line| line.name == id.name).map(|line| line.cksum))
    }
}
