//! What was asked for of each release, remembered.

use std::collections::BTreeMap;

use romt_dist::{ManifestPath, Release, Selection};

use super::ToolchainMirror;
use crate::json_file;

/// The file in the state folder.
const FILE: &str = "toolchains.json";

/// By the path of the manifest in the folder of its day, what was asked for.
type Selections = BTreeMap<String, Selection>;

impl ToolchainMirror {
    /// What was asked for of a release; `None` if nothing is known of it, because Python romt brought it.
    pub(super) async fn remembered(&self, release: &Release) -> anyhow::Result<Option<Selection>> {
        let state = self.roots().state();
        let selections = tokio::task::spawn_blocking(move || json_file::load::<Selections>(&state, FILE));
        Ok(selections.await??.and_then(|mut selections| selections.remove(&release.canonical().to_string())))
    }

    /// Remembers that this was asked for, too.
    pub(super) async fn remember(&self, release: &Release, selection: Selection) -> anyhow::Result<()> {
        let name = release.canonical().to_string();
        self.alter(move |selections| selections.entry(name).or_default().merge(selection)).await
    }

    /// Forgets what was asked for of releases that are gone.
    pub(super) async fn forget(&self, gone: Vec<ManifestPath>) -> anyhow::Result<()> {
        self.alter(move |selections| gone.iter().for_each(|path| drop(selections.remove(&path.to_string())))).await
    }

    async fn alter(&self, alter: impl FnOnce(&mut Selections) + Send + 'static) -> anyhow::Result<()> {
        let state = self.roots().state();
        let altered = tokio::task::spawn_blocking(move || {
            let before: Selections = json_file::load(&state, FILE)?.unwrap_or_default();
            let mut selections = before.clone();
            alter(&mut selections);
            if selections == before { Ok(()) } else { json_file::save(&state, FILE, &selections) }
        });
        altered.await?
    }
}
