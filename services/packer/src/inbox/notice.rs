//! Being told by the system that something changed in the inbox.

use std::path::Path;
use std::sync::Arc;

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::Notify;

/// What the system tells. Where it tells nothing, as of network shares, nothing ever comes: that is what polling is for.
#[derive(Debug)]
pub(super) struct Notice {
    bell: Arc<Notify>,
    /// Ends when it is dropped.
    _watcher: Option<RecommendedWatcher>,
}

impl Notice {
    /// Asks the system to tell of changes in `folder`, if it is to be asked.
    pub(super) fn of(folder: &Path, ask: bool) -> Self {
        let bell = Arc::<Notify>::default();
        let watcher = ask.then(|| watch(folder, Arc::clone(&bell))).and_then(|watching| match watching {
            Ok(watcher) => Some(watcher),
            Err(error) => {
                let folder = folder.display();
                tracing::warn!(%folder, %error, "the system does not tell of changes in the inbox; it is looked at now and then");
                None
            }
        });
        Self { bell, _watcher: watcher }
    }

    /// What it is woken up by: for those who want the folder to be looked at.
    pub(super) fn bell(&self) -> Arc<Notify> {
        Arc::clone(&self.bell)
    }

    /// Waits until something has changed since it was asked last.
    pub(super) async fn wait(&self) {
        self.bell.notified().await;
    }
}

fn watch(folder: &Path, bell: Arc<Notify>) -> notify::Result<RecommendedWatcher> {
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // Reading an archive is no change of it.
        if event.is_ok_and(|event| event.kind.is_access()) {
            return;
        }
        bell.notify_one();
    })?;
    watcher.watch(folder, RecursiveMode::NonRecursive)?;
    Ok(watcher)
}
