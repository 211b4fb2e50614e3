//! Whether it makes sense to bring more into the store.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use romt_storage::{StorageError, WriteError};

/// After so many refusals in a row the store is left alone for a while: downloading what cannot be stored would only
/// burden upstream.
const REFUSALS: u32 = 4;
/// How long it is left alone, before one may try again.
const PAUSE: Duration = Duration::from_secs(5);

/// Remembers how the last writes ended.
#[derive(Debug, Default)]
pub(crate) struct StoreHealth(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    refusals: u32,
    last: Option<(Instant, String)>,
}

impl StoreHealth {
    /// A file was stored.
    pub(crate) fn stored(&self) {
        self.state().refusals = 0;
    }

    /// A write failed at `now`; only what will hit other files too counts: a full medium, missing permission, a bucket that is
    /// gone.
    pub(crate) fn failed(&self, error: &WriteError, now: Instant) {
        let WriteError::Storage(StorageError::Full { .. } | StorageError::Denied { .. } | StorageError::Refused { .. }) =
            error
        else {
            return;
        };
        let mut state = self.state();
        state.refusals = state.refusals.saturating_add(1);
        state.last = Some((now, romt_runtime::one_line(error)));
    }

    /// Why nothing should be written at `now`, if that is so.
    pub(crate) fn refusal(&self, now: Instant) -> Option<String> {
        let state = self.state();
        let (last, reason) = state.last.as_ref()?;
        let refuses = state.refusals >= REFUSALS && now.saturating_duration_since(*last) < PAUSE;
        refuses.then(|| reason.clone())
    }

    /// No code panics while it holds the lock, so what a poisoned lock guards is whole.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use romt_storage::StorageKey;

    use super::*;

    fn full() -> WriteError {
        StorageError::Full { key: "crates/config.toml".to_owned(), source: "disk full".into() }.into()
    }

    #[test]
    fn a_full_store_is_left_alone_for_a_while() {
        let (health, now) = (StoreHealth::default(), Instant::now());
        for _ in 1..REFUSALS {
            health.failed(&full(), now);
            assert_eq!(health.refusal(now), None);
        }
        health.failed(&full(), now);
        assert!(health.refusal(now).unwrap().ends_with(": disk full"));
        assert_eq!(health.refusal(now + PAUSE), None);
        // Still full: it is left alone again at once.
        health.failed(&full(), now + PAUSE);
        assert!(health.refusal(now + PAUSE).is_some());
        health.stored();
        assert_eq!(health.refusal(now + PAUSE), None);
    }

    #[test]
    fn a_wrong_file_says_nothing_about_the_store() {
        let (health, now) = (StoreHealth::default(), Instant::now());
        for _ in 0..2 * REFUSALS {
            health.failed(&WriteError::TooLarge { key: StorageKey::CratesConfig, limit: 1 }, now);
        }
        assert_eq!(health.refusal(now), None);
    }
}
