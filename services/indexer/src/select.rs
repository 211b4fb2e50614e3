//! From the selection to the versions that are wanted.

use std::collections::BTreeMap;

use romt_index::{Package, Resolver, Roots, Selection};
use romt_types::{CrateName, Digest, Version};

use crate::plan::FileLines;
use crate::run::Progress;
use crate::upstream_index::UpstreamIndex;

/// What the selection comes to.
#[derive(Debug)]
pub(crate) struct Selected {
    /// The wanted versions of each crate, with the digest where a lock file said one.
    pub(crate) wanted: BTreeMap<CrateName, BTreeMap<Version, Option<Digest>>>,
    /// The roots, for reasons and remarks.
    pub(crate) roots: Roots,
    /// What followed from names and manifests.
    pub(crate) resolver: Resolver,
    /// Crates whose index files have lines that cannot be read, so that newer versions may be hidden: which, and why.
    pub(crate) damaged: BTreeMap<String, String>,
}

impl Selected {
    /// How many versions are wanted.
    pub(crate) fn len(&self) -> usize {
        self.wanted.values().map(BTreeMap::len).sum()
    }

    fn want(&mut self, name: &CrateName, version: &Version, cksum: Option<Digest>) {
        let said = self.wanted.entry(name.clone()).or_default().entry(version.clone()).or_default();
        *said = said.or(cksum);
    }
}

/// Reads the selection's files.
pub(crate) async fn roots(selection: &Selection) -> anyhow::Result<Roots> {
    let selection = selection.clone();
    Ok(tokio::task::spawn_blocking(move || Roots::read(&selection)).await??)
}

/// Finds the wanted versions; asks upstream for the index files it needs.
pub(crate) async fn select(
    selection: &Selection,
    upstream: &mut UpstreamIndex,
    progress: &Progress,
) -> anyhow::Result<Selected> {
    let roots = roots(selection).await?;
    let mut selected = Selected {
        wanted: BTreeMap::new(),
        roots,
        resolver: Resolver::new(selection.versions),
        damaged: BTreeMap::new(),
    };
    for root in std::mem::take(&mut selected.roots.exact) {
        selected.want(&root.id.name, &root.id.version, root.cksum);
        selected.roots.exact.push(root);
    }
    progress.versions(selected.len());
    upstream.refresh(selected.wanted.keys().cloned().collect(), progress).await?;
    let resolver = std::mem::replace(&mut selected.resolver, Resolver::new(selection.versions));
    (selected.resolver, selected.damaged) = follow(resolver, &selected.roots, upstream, progress).await?;
    let followed: Vec<_> = selected.resolver.wanted().keys().cloned().collect();
    for id in followed {
        selected.want(&id.name, &id.version, None);
    }
    progress.versions(selected.len());
    Ok(selected)
}

/// Follows the requirements of `roots`; asks upstream for the index files it needs. Tells also which of them have lines that
/// cannot be read, and what is wrong with them.
pub(crate) async fn follow(
    mut resolver: Resolver,
    roots: &Roots,
    upstream: &mut UpstreamIndex,
    progress: &Progress,
) -> anyhow::Result<(Resolver, BTreeMap<String, String>)> {
    let mut damaged = BTreeMap::new();
    for root in &roots.requirements {
        resolver.require(root.clone());
    }
    loop {
        let needed = resolver.needed();
        if needed.is_empty() {
            return Ok((resolver, damaged));
        }
        upstream.refresh(needed.clone(), progress).await?;
        for name in needed {
            let file = upstream.file(&name).await?;
            let read = file.as_deref().map(|file| FileLines::read(&name, file));
            damaged.extend(read.as_ref().and_then(FileLines::complaint).map(|complaint| (name.to_string(), complaint)));
            resolver.supply(&name, read.as_ref().map(packages));
        }
        progress.versions(resolver.wanted().len());
    }
}

/// The versions of an index file that can be read.
fn packages(file: &FileLines<'_>) -> Vec<Package> {
    file.iter().filter_map(|line| Package::parse(line.bytes).ok()).collect()
}
