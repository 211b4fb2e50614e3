//! Following what is published.

mod folder;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use romt_index::IndexError;
use romt_storage::{PointerNews, PointerTag, Storage, StorageKey};

use crate::download::PackFolder;
use crate::restore::adopt;
use crate::{IndexPointer, POINTER_LIMIT, ReplicaError};
use folder::ReplicaFolder;

/// Packs that are not listed any more stay this long, for who reads from them just now.
const KEEP: Duration = Duration::from_mins(1);
/// A state that lacks something is not looked at again for this long: making the repository anew did not help.
const REFUSED: Duration = Duration::from_mins(1);

/// A copy of the published index on the local disk: a bare repository whose `master` is what the store has published, always
/// whole. One process has it; readers of the repository need not care.
///
/// It may be killed at any point, and its folder may be lost: what is right is kept, what is not comes anew.
#[derive(Debug)]
pub struct Replica {
    folder: ReplicaFolder,
    /// What was followed last.
    applied: Option<Applied>,
    /// Packs that are not listed any more, and since when.
    unlisted: Vec<(PathBuf, Instant)>,
    keep: Duration,
    /// Whether what is on the disk is as the last state wants it.
    is_settled: bool,
    /// A state that lacks something, and since when that is known.
    refused: Option<(PointerTag, Instant, Lack)>,
}

/// What a state lacks.
#[derive(Debug, Clone)]
struct Lack {
    reference: &'static str,
    commit: String,
}

#[derive(Debug, Clone)]
struct Applied {
    tag: PointerTag,
    sequence: u64,
    fence: u64,
    master: Option<String>,
}

impl Replica {
    /// Opens the folder of a replica, or makes it. It must be empty or have been one before.
    pub async fn open(folder: &Path) -> Result<Self, ReplicaError> {
        let path = folder.to_owned();
        let folder = tokio::task::spawn_blocking(move || ReplicaFolder::open(&path)).await??;
        let (applied, unlisted, refused) = (None, Vec::new(), None);
        Ok(Self { folder, applied, unlisted, keep: KEEP, is_settled: false, refused })
    }

    /// Keeps packs that are not listed any more for another time than a minute.
    #[must_use]
    pub fn with_keep(self, keep: Duration) -> Self {
        Self { keep, ..self }
    }

    /// The repository, for [`PublishedIndex`](romt_index::PublishedIndex).
    pub fn repository(&self) -> PathBuf {
        self.folder.repository()
    }

    /// Looks at what the store has published and makes the repository have it. Returns the commit that is published now, if
    /// that is another one than before, or it is the first look. No news cost one small question.
    ///
    /// After an error the repository has what it had before, and this can be called again.
    pub async fn follow(&mut self, storage: &Storage) -> Result<Option<String>, ReplicaError> {
        let known = self.applied.as_ref().filter(|_| self.is_settled).map(|applied| &applied.tag);
        let pointer = match storage.pointer_news(&StorageKey::IndexPointer, POINTER_LIMIT, known).await? {
            PointerNews::Absent => return Ok(None),
            PointerNews::Unchanged => {
                self.drop_unlisted().await?;
                return Ok(None);
            }
            PointerNews::Changed(pointer) => pointer,
        };
        let state = IndexPointer::parse(&pointer.bytes)?;
        if let Some(applied) = &self.applied
            && (state.fence, state.sequence) < (applied.fence, applied.sequence)
        {
            return Err(ReplicaError::WentBack { from: applied.sequence, to: state.sequence });
        }
        if let Some((tag, since, Lack { reference, commit })) = &self.refused
            && *tag == pointer.tag
            && since.elapsed() < REFUSED
        {
            return Err(ReplicaError::Incomplete { reference, commit: commit.clone() });
        }
        self.is_settled = false;
        let applied = self.apply(storage, &state).await;
        if let Err(ReplicaError::Incomplete { reference, commit }) = &applied {
            self.refused = Some((pointer.tag.clone(), Instant::now(), Lack { reference, commit: commit.clone() }));
        }
        applied?;
        let master = state.master().map(|commit| commit.to_string());
        let before = self.applied.take().and_then(|applied| applied.master);
        let IndexPointer { sequence, fence, .. } = state;
        self.applied = Some(Applied { tag: pointer.tag, sequence, fence, master: master.clone() });
        self.is_settled = true;
        Ok(master.filter(|master| Some(master) != before.as_ref()))
    }

    /// Says that something read from the repository was wrong: the next [`follow`](Self::follow) makes it anew.
    pub fn distrust(&mut self) {
        self.is_settled = false;
        self.folder.distrust();
    }

    /// Makes the repository have a state; where it turns out to be damaged, makes it anew beside it.
    async fn apply(&mut self, storage: &Storage, state: &IndexPointer) -> Result<(), ReplicaError> {
        if !self.folder.is_distrusted() {
            match self.try_apply(storage, state).await {
                Err(error @ (ReplicaError::Index(IndexError::Git { .. }) | ReplicaError::Incomplete { .. })) => {
                    tracing::warn!(%error, "the copy of the index is damaged; making it anew");
                }
                applied => return applied,
            }
        }
        let (folder, packs) = (self.folder.clone(), state.packs.clone());
        let begin = move || {
            let new = folder.begin_new()?;
            let (from, to) = (PackFolder::of(&folder.repository()), PackFolder::of(&new));
            to.take_right_ones(&from, &packs)?;
            let missing = to.missing(&packs)?;
            Ok::<_, ReplicaError>((new, to, missing))
        };
        let (new, to, missing) = tokio::task::spawn_blocking(begin).await??;
        to.fetch(storage, missing).await?;
        let (folder, state) = (self.folder.clone(), state.clone());
        let finish = move || {
            adopt(&new, &state)?;
            folder.take_new()
        };
        tokio::task::spawn_blocking(finish).await??;
        self.unlisted.clear();
        self.folder.trust();
        Ok(())
    }

    async fn try_apply(&mut self, storage: &Storage, state: &IndexPointer) -> Result<(), ReplicaError> {
        let (path, packs) = (self.folder.repository(), state.packs.clone());
        let is_first = self.applied.is_none();
        let prepare = move || {
            romt_index::IndexRepository::open_or_init(&path)?;
            let folder = PackFolder::of(&path);
            let missing = folder.missing(&packs)?;
            Ok::<_, ReplicaError>((folder, missing))
        };
        let (folder, missing) = tokio::task::spawn_blocking(prepare).await??;
        folder.fetch(storage, missing).await?;
        let (path, state) = (self.folder.repository(), state.clone());
        let settle = move || {
            adopt(&path, &state)?;
            if is_first {
                // Nobody reads from them yet, and some may have been left half written.
                folder.keep_only(&state.packs)?;
            }
            folder.others(&state.packs)
        };
        let others = tokio::task::spawn_blocking(settle).await??;
        let since = |pack: &PathBuf| self.unlisted.iter().find(|(known, _)| known == pack).map(|(_, since)| *since);
        let others = others.into_iter().map(|pack| (since(&pack).unwrap_or_else(Instant::now), pack));
        self.unlisted = others.map(|(since, pack)| (pack, since)).collect();
        self.drop_unlisted().await
    }

    /// Removes the packs that nobody reads from any more.
    async fn drop_unlisted(&mut self) -> Result<(), ReplicaError> {
        let (due, kept): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.unlisted).into_iter().partition(|(_, since)| since.elapsed() >= self.keep);
        self.unlisted = kept;
        if due.is_empty() {
            return Ok(());
        }
        let remove = move || due.iter().try_for_each(|(pack, _)| PackFolder::remove_pack(pack));
        tokio::task::spawn_blocking(remove).await?
    }
}
