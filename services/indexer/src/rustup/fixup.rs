//! `fixup`: publishes releases that are here.

use std::collections::BTreeSet;

use anyhow::{Context as _, anyhow};
use romt_dist::{ReleaseVersion, RustupKey, RustupRelease, Target};
use romt_runtime::Hint;
use romt_storage::Storage;

use super::programs::remake;
use super::stored_programs::remake_in_store;
use super::{ChosenRelease, OnRustupEvent, RustupEvent, RustupMirror};

impl RustupMirror {
    /// Makes the newest of `releases` and of what is published the stable one: `dist/` gets its programs, then
    /// `release-stable.toml` names it. What is newer stays; nothing is published of a release that is not here.
    pub async fn fixup(&self, releases: &[ChosenRelease], on: OnRustupEvent<'_>) -> anyhow::Result<()> {
        let held = self.held().await?;
        if let Some(missing) = releases.iter().find(|release| !held.contains_key(&release.version)) {
            return Err(anyhow!("version {} not present", missing.version))
                .hint("`romt rustup download` or `romt rustup unpack` brings it");
        }
        let stable = self.stable().await?;
        let Some(newest) = releases.iter().map(|release| release.version).chain(stable).max() else { return Ok(()) };
        let Some(targets) = held.get(&newest) else {
            let folder = self.below(format!("archive/{newest}"));
            return Err(anyhow!("missing directory {}", folder.display())).hint(
                "release-stable.toml names a release that is not here; `romt rustup -s stable download` brings it",
            );
        };
        // Whatever is published must not be lost to a power cut while the pointer to it is not.
        let storage = self.storage()?;
        storage.sync().await?;
        let remade = self.remake(&storage, newest, targets).await;
        if remade.with_context(|| format!("cannot bring {} up to date", self.below("dist").display()))? {
            on(RustupEvent::Copied(newest));
        }
        if self.point(newest).await? {
            on(RustupEvent::Pointed(newest));
        }
        Ok(storage.sync().await?)
    }

    /// Makes `dist/` hold the programs of a release. Returns whether it was anything else before.
    async fn remake(
        &self,
        storage: &Storage,
        version: ReleaseVersion,
        targets: &BTreeSet<Target>,
    ) -> anyhow::Result<bool> {
        if storage.as_folder().is_none() {
            return Ok(remake_in_store(storage, version, targets).await?);
        }
        let (dest, programs) = (self.roots().dest().to_owned(), targets.clone());
        Ok(tokio::task::spawn_blocking(move || remake(&dest, version, &programs)).await??)
    }

    /// Makes `release-stable.toml` name a release, in two lines as Python romt writes it. Returns whether it was another
    /// file before.
    async fn point(&self, version: ReleaseVersion) -> anyhow::Result<bool> {
        let key = RustupKey::ReleaseStable;
        let content = RustupRelease { version }.to_string();
        let here = self.read_small(&key, RustupRelease::MAX_SIZE).await?;
        if here.as_deref() == Some(content.as_bytes()) {
            return Ok(false);
        }
        self.storage()?.put(&key.into(), content.into()).await?;
        Ok(true)
    }
}
