//! Putting what is published into the store.

mod local;
mod stored;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use romt_index::IndexRepository;
use romt_storage::{Expected, PointerNews, PointerTag, Storage, StorageError, StorageKey};

use crate::{IndexPointer, POINTER_LIMIT, ReplicaError, Retired, StoredPack};
use local::{LocalPack, LocalPacks, LocalState};

/// Packs that are not listed any more are kept this long: whoever has read an older pointer has them by then, or reads again.
const GRACE: Duration = Duration::from_hours(1);
/// How often the store is looked through for what is missing and for what nobody lists.
const LOOK: Duration = Duration::from_hours(1);
/// How often the pointer is tried to be put when somebody with an older token puts it in between.
const TRIES: u32 = 5;

/// Publishes one indexer's repository to a store.
///
/// It may be dropped and its process killed at any point: packs come before the pointer that names them, and what nobody names
/// is removed some time later.
#[derive(Debug)]
pub struct Publisher {
    storage: Storage,
    repository: PathBuf,
    fence: u64,
    writer: String,
    grace: Duration,
    packs: LocalPacks,
    /// What was put last.
    last: Option<(PointerTag, IndexPointer)>,
    looked: Option<Instant>,
}

/// What publishing did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishOutcome {
    /// What servers see now; `None` if nothing is published yet.
    pub commit: Option<String>,
    /// Which state that is.
    pub sequence: u64,
    /// How many packs were uploaded.
    pub uploaded: usize,
    /// Whether the pointer was moved.
    pub changed: bool,
}

impl Publisher {
    /// Takes publishing over from whoever did it before: to be called by one who has just become the indexer. The fencing token
    /// of its lease is not enough, because the leases may be lost while the store is not; so it gets a higher one than the
    /// store has seen, if its own is not.
    pub async fn take_over(storage: Storage, repository: &Path, token: u64) -> Result<Self, ReplicaError> {
        let published = storage.read_pointer(&StorageKey::IndexPointer, POINTER_LIMIT).await?;
        let published = published.map(|pointer| IndexPointer::parse(&pointer.bytes)).transpose()?;
        let next = published.map_or(0, |pointer| pointer.fence.saturating_add(1));
        Ok(Self::new(storage, repository, token.max(next)))
    }

    /// Publishes the repository at `repository`, in the name of an indexer that holds the lease with this fencing token: a
    /// number that is higher for each who becomes the indexer.
    pub fn new(storage: Storage, repository: &Path, fence: u64) -> Self {
        Self {
            storage,
            repository: repository.to_owned(),
            fence,
            writer: uuid::Uuid::now_v7().to_string(),
            grace: GRACE,
            packs: LocalPacks::default(),
            last: None,
            looked: None,
        }
    }

    /// Keeps packs that are not listed any more for another time than an hour.
    #[must_use]
    pub fn with_grace(self, grace: Duration) -> Self {
        Self { grace, ..self }
    }

    /// Makes the store have what the repository has published. Nothing to do costs one question.
    ///
    /// After an error it can be called again. [`ReplicaError::AnotherIndexer`]: somebody else is the indexer now.
    pub async fn publish(&mut self) -> Result<PublishOutcome, ReplicaError> {
        let (state, packs) = self.packs.look(&self.repository).await?;
        let mut uploaded = 0;
        for _ in 0..TRIES {
            let base = self.base().await?;
            let listed = match &base {
                Some((_, pointer)) => self.check(pointer).await?,
                None => Vec::new(),
            };
            let held = self.held(&listed).await?;
            let missing: Vec<&LocalPack> = packs.iter().filter(|pack| !held.contains(&pack.stored)).collect();
            stored::upload(&self.storage, &missing).await?;
            uploaded += missing.len();
            let wanted = packs.iter().map(|pack| pack.stored).collect();
            let (next, due) = self.next(base.as_ref().map(|(_, pointer)| pointer), state.clone(), wanted);
            if let Some((tag, pointer)) = base.as_ref().filter(|(_, pointer)| is_same(pointer, &next)) {
                // It may be ours though nobody told us so: the answer got lost.
                let before = self.last.as_ref().map(|(_, last)| last.sequence);
                self.last = Some((tag.clone(), pointer.clone()));
                return Ok(outcome(pointer, uploaded, before != Some(pointer.sequence)));
            }
            if !missing.is_empty() {
                self.storage.sync().await?;
            }
            let expected = base.as_ref().map_or(Expected::Absent, |(tag, _)| Expected::Version(tag));
            match self.storage.put_if(&StorageKey::IndexPointer, next.to_bytes()?, expected).await {
                Ok(tag) => {
                    self.last = Some((tag, next.clone()));
                    self.clear(&next, due).await;
                    return Ok(outcome(&next, uploaded, true));
                }
                // Somebody was quicker, or it was us and the answer got lost: the next look tells.
                Err(StorageError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StorageError::Conflict { key: StorageKey::IndexPointer.to_string() }.into())
    }

    /// What the store has published.
    async fn base(&self) -> Result<Option<(PointerTag, IndexPointer)>, ReplicaError> {
        let known = self.last.as_ref().map(|(tag, _)| tag);
        match self.storage.pointer_news(&StorageKey::IndexPointer, POINTER_LIMIT, known).await? {
            PointerNews::Absent => Ok(None),
            PointerNews::Unchanged => Ok(self.last.clone()),
            PointerNews::Changed(pointer) => Ok(Some((pointer.tag, IndexPointer::parse(&pointer.bytes)?))),
        }
    }

    /// Whether we may go on from this state; returns its packs.
    async fn check(&self, base: &IndexPointer) -> Result<Vec<StoredPack>, ReplicaError> {
        // With equal tokens the one who began later goes on.
        let is_ours = base.writer == self.writer;
        if base.fence > self.fence || base.fence == self.fence && !is_ours && self.last.is_some() {
            return Err(ReplicaError::AnotherIndexer { theirs: base.fence, ours: self.fence });
        }
        if let Some(commit) = base.master().filter(|_| !is_ours) {
            let path = self.repository.clone();
            let holds = move || IndexRepository::open_or_init(&path)?.holds_commit(commit);
            if !tokio::task::spawn_blocking(holds).await?? {
                let repository = self.repository.clone();
                return Err(ReplicaError::Behind { commit: commit.to_string(), repository });
            }
        }
        Ok(base.packs.clone())
    }

    /// Which of the packs that the pointer lists need not be uploaded again. Others may be there too, but were perhaps never made
    /// durable.
    async fn held(&mut self, listed: &[StoredPack]) -> Result<HashSet<StoredPack>, ReplicaError> {
        let all: HashSet<StoredPack> = listed.iter().copied().collect();
        if self.looked.is_some_and(|looked| looked.elapsed() < LOOK) {
            return Ok(all);
        }
        let there = stored::sizes(&self.storage).await?;
        let is_there =
            |pack: &StoredPack| pack.files().iter().all(|(key, file)| there.get(&key.to_string()) == Some(&file.size));
        Ok(all.into_iter().filter(is_there).collect())
    }

    /// The state that comes after `base`, and the retired packs whose time is over.
    fn next(
        &self,
        base: Option<&IndexPointer>,
        LocalState { references, pulled }: LocalState,
        packs: Vec<StoredPack>,
    ) -> (IndexPointer, Vec<StoredPack>) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let listed: HashSet<StoredPack> = packs.iter().copied().collect();
        let before = base.map_or(&[][..], |base| &base.packs);
        let newly = before.iter().map(|pack| Retired { pack: *pack, since: now });
        let retired = base.map_or(&[][..], |base| &base.retired).iter().copied().chain(newly);
        let (due, retired): (Vec<_>, Vec<_>) = retired
            .filter(|retired| !listed.contains(&retired.pack))
            .partition(|retired| now.saturating_sub(retired.since) > self.grace.as_secs());
        let pointer = IndexPointer {
            sequence: base.map_or(0, |base| base.sequence) + 1,
            fence: self.fence,
            writer: self.writer.clone(),
            references,
            packs,
            pulled,
            retired,
        };
        (pointer, due.into_iter().map(|retired| retired.pack).collect())
    }

    /// Removes what is no longer needed. What fails is tried again some time: nobody waits for it.
    async fn clear(&mut self, pointer: &IndexPointer, due: Vec<StoredPack>) {
        let cleared = async {
            stored::remove(&self.storage, pointer, due).await?;
            if self.looked.is_none_or(|looked| looked.elapsed() >= LOOK) {
                stored::remove_unlisted(&self.storage, pointer, self.grace).await?;
                self.looked = Some(Instant::now());
            }
            Ok::<_, ReplicaError>(())
        };
        if let Err(error) = cleared.await {
            tracing::warn!(%error, "packs that nobody needs are still in the store");
        }
    }
}

/// Whether the second says nothing that the first does not.
fn is_same(base: &IndexPointer, next: &IndexPointer) -> bool {
    let IndexPointer { sequence: _, fence, writer, references, packs, pulled, retired } = next;
    (fence, writer, references) == (&base.fence, &base.writer, &base.references)
        && (packs, pulled, retired) == (&base.packs, &base.pulled, &base.retired)
}

fn outcome(pointer: &IndexPointer, uploaded: usize, changed: bool) -> PublishOutcome {
    let commit = pointer.master().map(|commit| commit.to_string());
    PublishOutcome { commit, sequence: pointer.sequence, uploaded, changed }
}
