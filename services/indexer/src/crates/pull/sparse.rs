//! Pulling from a sparse index: the index files of what is wanted, and of what was pulled before.
//!
//! A sparse index cannot be listed, so somebody must name the crates: a selection, as for `romt up`, or filters without
//! wildcards in their names. Of each file those lines are taken that are wanted and those that were pulled before and are
//! still there, each byte for byte upstream's. They make a commit of `origin/master`; from there on everything is as with a
//! git upstream.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::anyhow;
use romt_bus::BusHandle;
use romt_index::{CrateFilter, IndexRepository, ObjectWriter, Selection, SparseUrl, TreeEdits};
use romt_runtime::Hint;
use romt_types::{CrateName, RunId, Version};
use romt_upstream::Client;

use crate::crates::CrateMirror;
use crate::plan::FileLines;
use crate::run::Progress;
use crate::select::{Selected, select};
use crate::state::State;
use crate::upstream_index::UpstreamIndex;
use crate::{Config, Context, Term};

/// What is pulled of a sparse index.
#[derive(Debug)]
pub struct SparsePull {
    /// Lock files, manifests and names.
    pub selection: Selection,
    /// Crates by name and version.
    pub filter: Arc<CrateFilter>,
    /// How upstream is asked.
    pub client: Client,
    /// Who hears how far it is.
    pub bus: BusHandle,
    /// What it is called there.
    pub run: RunId,
}

/// If more versions than this vanish from upstream's index at once, they are not believed gone.
const MAX_REMOVALS: u64 = 100;

/// What was brought of a sparse index.
#[derive(Debug, Default)]
pub(super) struct Brought {
    /// What could not be had or was passed over, a line each.
    pub(super) failures: Vec<String>,
    /// Remarks on the selection, a line each.
    pub(super) notes: Vec<String>,
}

impl CrateMirror {
    /// Brings the index files and commits them as `origin/master`.
    pub(super) async fn bring_sparse(&self, url: SparseUrl, pull: &SparsePull) -> anyhow::Result<Brought> {
        let named = pull.filter.names().map_err(|wild| anyhow!("a sparse index cannot be searched for `{wild}`"));
        let named =
            named.hint("name the crates of a sparse index one by one; or select with `--lockfile`, `--crate` …")?;
        let (state, about) = (self.state(), url.to_string());
        let remembered = tokio::task::spawn_blocking(move || State::load(&state, &about)).await??;
        if pull.selection.is_empty() && named.is_empty() && remembered.files.is_empty() {
            return Err(anyhow!("nothing is selected of the sparse index {url}")).hint(
                "select with `--lockfile Cargo.lock`, `--manifest Cargo.toml`, `--crate NAME` or `--filter NAME`",
            );
        }
        let context = self.context(url, pull);
        let mut upstream = UpstreamIndex::new(&context, self.repository.clone(), remembered, true);
        upstream.registry().await.hint("check the network, the proxy variables and the index URL")?;
        let progress = Progress::start(pull.bus.clone(), pull.run.clone());
        let selected = select(&context.config.selection, &mut upstream, &progress).await?;
        let held: Vec<CrateName> = upstream.state.files.keys().filter_map(|name| name.parse().ok()).collect();
        upstream.refresh(named.iter().cloned().chain(held).collect(), &progress).await?;
        upstream.write_out().await?;

        let brought = brought(&selected, &upstream, &named);
        self.commit_files(&selected, &upstream, &pull.filter).await?;
        upstream.keep().await?;
        // Only now: files that are remembered and in no commit would never be looked at again.
        let (folder, state) = (self.state(), upstream.state);
        tokio::task::spawn_blocking(move || state.save(&folder)).await??;
        Ok(brought)
    }

    fn context(&self, index_url: SparseUrl, pull: &SparsePull) -> Context {
        let config = Config {
            selection: pull.selection.clone(),
            toolchains: None,
            rustup: None,
            index_url,
            index_max_age: std::time::Duration::ZERO,
            max_crate_size: u64::MAX,
            max_removals: MAX_REMOVALS,
            import: false,
            signatures: crate::toolchains::SignaturePolicy::Off,
            repository: self.roots().index().to_owned(),
            state: self.state(),
        };
        let (bus, client) = (pull.bus.clone(), pull.client.clone());
        Context { config, bus, storage: self.storage(), client, term: Term::default() }
    }

    async fn commit_files(
        &self,
        selected: &Selected,
        upstream: &UpstreamIndex,
        filter: &Arc<CrateFilter>,
    ) -> anyhow::Result<()> {
        let mut wanted = BTreeMap::<String, BTreeSet<Version>>::new();
        for (name, versions) in &selected.wanted {
            wanted.entry(name.lowercase()).or_default().extend(versions.keys().cloned());
        }
        let files: Vec<(CrateName, Option<romt_index::BlobId>)> = upstream
            .state
            .files
            .keys()
            // What could not be asked about stays as it is.
            .filter(|name| upstream.failure(name).is_none())
            .filter_map(|name| Some((name.parse().ok()?, upstream.blob(name))))
            .collect();
        let config = upstream.state.config.as_ref().map(|config| config.json.clone());
        let filter = Arc::clone(filter);
        let committed = self.repository.with(move |repository| {
            let mut commit = FilesCommit { repository, wanted: &wanted, filter: &filter, removed: 0 };
            commit.make(&files, config.as_deref())
        });
        committed.await
    }
}

fn brought(selected: &Selected, upstream: &UpstreamIndex, named: &[CrateName]) -> Brought {
    let mut brought = Brought::default();
    brought.notes.extend(selected.roots.notes.iter().cloned());
    brought.notes.extend(selected.resolver.notes().iter().cloned());
    brought.failures.extend(upstream.failures().map(|(name, why)| format!("{name}: {why}")));
    for (what, why) in selected.resolver.failures() {
        let name = what.split('@').next().unwrap_or(what).to_ascii_lowercase();
        if upstream.failure(&name).is_none() {
            brought.failures.push(format!("{what}: {why}"));
        }
    }
    let absent = named.iter().filter(|name| upstream.is_absent(&name.lowercase()));
    brought.failures.extend(absent.map(|name| format!("{name}: the index has no such crate")));
    brought
}

/// The commit of what was brought.
struct FilesCommit<'a> {
    repository: &'a IndexRepository,
    /// By names in lower case.
    wanted: &'a BTreeMap<String, BTreeSet<Version>>,
    filter: &'a CrateFilter,
    removed: u64,
}

impl FilesCommit<'_> {
    fn make(&mut self, files: &[(CrateName, Option<romt_index::BlobId>)], config: Option<&str>) -> anyhow::Result<()> {
        let (mut writer, mut edits) = (ObjectWriter::default(), TreeEdits::default());
        for (name, blob) in files {
            let before = self.repository.origin_file(&name.index_path())?.unwrap_or_default();
            let after = match blob {
                Some(blob) => self.repository.blob(*blob)?.unwrap_or_default(),
                None => Vec::new(),
            };
            let after = self.lines(name, &before, &after);
            if after == before {
                continue;
            }
            if after.is_empty() {
                edits.remove(name.index_path());
            } else {
                edits.put(name.index_path(), writer.blob(self.repository, &after)?);
            }
        }
        if self.removed > MAX_REMOVALS {
            let error =
                anyhow!("{} versions are gone from the upstream index at once; nothing was changed", self.removed);
            return Err(error).hint("if that is right, make the mirror anew; upstreams never remove so many");
        }
        if let Some(config) = config
            && self.repository.origin_file("config.json")?.as_deref() != Some(config.as_bytes())
        {
            edits.put("config.json".to_owned(), writer.blob(self.repository, config.as_bytes())?);
        }
        if !edits.is_empty() {
            self.repository.commit_origin(&mut writer, &edits, "Pull from the sparse index")?;
        }
        Ok(())
    }

    /// Upstream's lines that are wanted, or were pulled before.
    fn lines(&mut self, name: &CrateName, before: &[u8], after: &[u8]) -> Vec<u8> {
        let (before, after) = (FileLines::read(name, before), FileLines::read(name, after));
        self.removed += before.iter().filter(|line| !after.contains(&line.version)).count() as u64;
        let wanted = self.wanted.get(&name.lowercase());
        let mut lines = Vec::new();
        for line in after.iter() {
            let selected = wanted.is_some_and(|versions| versions.contains(&line.version));
            let filtered = !self.filter.is_everything() && self.filter.matches(&line.id());
            if selected || filtered || before.contains(&line.version) {
                lines.extend_from_slice(line.bytes);
                lines.push(b'\n');
            }
        }
        lines
    }
}
