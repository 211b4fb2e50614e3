//! Taking in a bundle.

use std::path::{Path, PathBuf};

use git2::{ErrorCode, ObjectType, Oid};

use super::complete::Completeness;
use super::quarantine::{Quarantine, check_trailer, ingest};
use super::{BundleError, BundleHeader};
use crate::git::{GitProgram, Watch};
use crate::repository::{IndexRepository, WORKING, git_error};
use crate::{IndexError, Revision};

/// What a bundle brings, whole, but in quarantine beside the repository, of which nothing has changed. When this is
/// dropped, it is gone.
#[derive(Debug)]
pub struct IncomingIndex {
    header: BundleHeader,
    tip: Revision,
    // Closed before its folder goes.
    repository: IndexRepository,
    quarantine: Quarantine,
    git_folder: PathBuf,
}

impl IndexRepository {
    /// Reads a bundle into quarantine: what it brings can be looked at, and let in once it is believed.
    ///
    /// What its branches name is there then: their history, and all files of their trees. Without a `git` program this
    /// takes longer.
    pub fn receive_bundle(
        &self,
        git: Option<&GitProgram>,
        path: &Path,
        watch: &mut Watch<'_>,
    ) -> Result<IncomingIndex, BundleError> {
        let header = BundleHeader::read(path)?;
        let tip = header.tip().and_then(|tip| Oid::from_str(tip).ok());
        let tip = tip.ok_or_else(|| BundleError::NoMaster { path: path.to_owned() })?;
        let known = self.known_commits(path, &header)?;
        let (quarantine, repository) = Quarantine::create(self.git().path())?;
        let completeness = Completeness { repository: &repository, bundle: path, known: &known };
        let check = |watch: &Watch<'_>| header.heads().try_for_each(|head| completeness.check(head, watch));
        // What was let in before is not read again, if it is still whole: git collects what no branch names.
        let here = header.heads().all(|head| self.has_commit(head)) && check(watch).is_ok();
        if here {
            // Nothing of it is needed, but it takes the place of one that was right.
            check_trailer(path, &header)?;
        } else {
            ingest(&repository, git, path, &header, watch)?;
            check(watch)?;
        }
        let tip = {
            let commit = repository.git().find_commit(tip);
            Revision::of(&commit.map_err(git_error("read the bundle's commit in", repository.path()))?)
        };
        let git_folder = self.git().path().to_owned();
        Ok(IncomingIndex { header, tip, repository, quarantine, git_folder })
    }

    /// The commits that are whole here: where `working` is. What a bundle builds on must be here too.
    fn known_commits(&self, path: &Path, header: &BundleHeader) -> Result<Vec<Oid>, BundleError> {
        let absent = |id: &&String| !Oid::from_str(id).is_ok_and(|id| self.has_commit(id));
        let missing: Vec<_> = header.prerequisites.iter().filter(absent).cloned().collect();
        if !missing.is_empty() {
            return Err(BundleError::MissingPrerequisites { path: path.to_owned(), commits: missing });
        }
        Ok(self.commit_of(WORKING)?.iter().map(git2::Commit::id).collect())
    }

    fn has_commit(&self, id: Oid) -> bool {
        let header = self.git().odb().and_then(|odb| odb.read_header(id));
        header.is_ok_and(|(_, kind)| kind == ObjectType::Commit)
    }
}

impl BundleHeader {
    /// The commits of the branches it brings.
    fn heads(&self) -> impl Iterator<Item = Oid> {
        self.branches().map(|(id, _)| id)
    }

    /// The branches it brings, without `refs/heads/`; tags and `HEAD` are nobody's business.
    pub(in crate::repository) fn branches(&self) -> impl Iterator<Item = (Oid, &str)> {
        self.refs.iter().filter_map(|(id, name)| Some((Oid::from_str(id).ok()?, name.strip_prefix("refs/heads/")?)))
    }
}

impl IncomingIndex {
    /// The state of the index that it brings.
    pub fn tip(&self) -> &Revision {
        &self.tip
    }

    /// A repository that has what it brings and what was there before, but no branches.
    pub fn repository(&self) -> &IndexRepository {
        &self.repository
    }

    /// What the bundle says of itself.
    pub fn header(&self) -> &BundleHeader {
        &self.header
    }

    /// Lets it in: from now on the repository has these commits, durably. No branch moves; [`IndexRepository::pull`]
    /// moves them, and does not read the bundle again.
    pub fn admit(self) -> Result<(), BundleError> {
        Ok(self.quarantine.admit(&self.git_folder)?)
    }
}

impl IndexRepository {
    /// Takes in the bundle that is the origin, and sets the branches of the remote: as git would by the refspecs that
    /// [`set_origin`](Self::set_origin) writes for a mirror that imports.
    pub(in crate::repository) fn pull_bundle(
        &self,
        git: Option<&GitProgram>,
        path: &Path,
        watch: &mut Watch<'_>,
    ) -> Result<(), BundleError> {
        let incoming = self.receive_bundle(git, path, watch)?;
        let header = incoming.header.clone();
        incoming.admit()?;
        let refresh = self.git().odb().and_then(|odb| odb.refresh());
        refresh.map_err(git_error("read", self.path()))?;
        for (id, name) in header.branches() {
            self.set_remote(name, id)?;
        }
        // Last, because what a bundle calls so counts before its `master`.
        for (id, name) in header.branches() {
            if let Some(name) = name.strip_prefix("bundle/") {
                self.set_remote(name, id)?;
            }
        }
        Ok(())
    }

    fn set_remote(&self, name: &str, id: Oid) -> Result<(), IndexError> {
        let reference = format!("refs/remotes/origin/{name}");
        match self.set_durably(&reference, id, "pull") {
            Err(IndexError::Git { source, .. }) if source.code() == ErrorCode::InvalidSpec => Ok(()),
            set => set,
        }
    }
}
