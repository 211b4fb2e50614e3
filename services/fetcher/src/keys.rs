//! One download per key.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use romt_storage::StorageKey;
use tokio::sync::OwnedMutexGuard;

type Locks = HashMap<StorageKey, Arc<tokio::sync::Mutex<()>>>;

/// The keys in work: whoever wants one that another item has waits, and then finds the file there.
#[derive(Debug, Default)]
pub(crate) struct Keys(Mutex<Locks>);

/// The right to one key, until it is dropped.
#[derive(Debug)]
pub(crate) struct KeyGuard<'a> {
    keys: &'a Keys,
    key: StorageKey,
    held: Option<OwnedMutexGuard<()>>,
}

impl Keys {
    /// Waits until nobody else has `key`.
    pub(crate) async fn lock(&self, key: &StorageKey) -> KeyGuard<'_> {
        let lock = Arc::clone(self.locks().entry(key.clone()).or_default());
        // The guard is made first, so that a waiting item that is dropped leaves no entry.
        let mut guard = KeyGuard { keys: self, key: key.clone(), held: None };
        guard.held = Some(lock.lock_owned().await);
        guard
    }

    /// No code panics while it holds the lock, so what a poisoned lock guards is whole.
    fn locks(&self) -> MutexGuard<'_, Locks> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for KeyGuard<'_> {
    fn drop(&mut self) {
        let mut locks = self.keys.locks();
        self.held = None;
        // Others hold it too while they wait.
        if locks.get(&self.key).is_some_and(|lock| Arc::strong_count(lock) == 1) {
            locks.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_key_is_had_by_one_at_a_time() {
        let keys = Keys::default();
        let (a, b) = (StorageKey::CratesConfig, "crates/1/a/a-1.0.0.crate".parse().unwrap());
        let first = keys.lock(&a).await;
        let _other = keys.lock(&b).now_or_never().unwrap();
        let mut second = Box::pin(keys.lock(&a));
        assert!((&mut second).now_or_never().is_none());
        drop(first);
        second.await;
        assert_eq!(keys.locks().len(), 1);
    }

    #[tokio::test]
    async fn who_waits_in_vain_leaves_nothing() {
        let keys = Keys::default();
        let first = keys.lock(&StorageKey::CratesConfig).await;
        assert!(keys.lock(&StorageKey::CratesConfig).now_or_never().is_none());
        drop(first);
        assert!(keys.locks().is_empty());
    }
}
