//! Why a version is in the selection, or is not.

use std::fmt;
use std::str::FromStr;

use romt_index::{PublishedIndex, Reason, Resolver, Roots};
use romt_types::{CrateId, CrateName, ParseError, Version};

use crate::plan::FileLines;
use crate::repository::SharedRepository;
use crate::run::Progress;
use crate::state::State;
use crate::upstream_index::UpstreamIndex;
use crate::{Config, Context, select};

/// What is to be explained: `NAME` or `NAME@VERSION`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainTarget {
    /// The crate.
    pub name: CrateName,
    /// The version; all that are selected where none was said.
    pub version: Option<Version>,
}

impl FromStr for ExplainTarget {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        match text.split_once('@') {
            Some((name, version)) => Ok(Self { name: name.parse()?, version: Some(version.parse()?) }),
            None => Ok(Self { name: text.parse()?, version: None }),
        }
    }
}

impl fmt::Display for ExplainTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.version {
            Some(version) => write!(f, "{}@{version}", self.name),
            None => self.name.fmt(f),
        }
    }
}

/// Explains, a line each. Asks upstream for index files that are not remembered; writes nothing.
pub async fn explain(context: &Context, target: &ExplainTarget) -> anyhow::Result<Vec<String>> {
    let config = &context.config;
    let roots = select::roots(&config.selection).await?;
    let mut upstream = look(context).await?;
    let progress = Progress::start(context.bus.clone(), "explain".parse()?);
    let mut resolver = Resolver::new(config.selection.versions);
    resolver.watch(&target.name);
    let (resolver, _) = select::follow(resolver, &roots, &mut upstream, &progress).await?;
    upstream.refresh(vec![target.name.clone()], &progress).await?;
    let file = upstream.file(&target.name).await?;
    if let (None, Some(why)) = (&file, upstream.failure(&target.name.lowercase())) {
        return Ok(vec![format!("the index file of {} could not be had: {why}", target.name)]);
    }
    let published = published_file(config, &target.name).await?;
    let file = file.unwrap_or_default();
    let (upstream, published) = (FileLines::read(&target.name, &file), FileLines::read(&target.name, &published));
    Ok(Explanation { roots: &roots, resolver: &resolver, upstream: &upstream, published: &published }.of(target))
}

/// Upstream's index files, without the right to write.
async fn look(context: &Context) -> anyhow::Result<UpstreamIndex> {
    let (folder, url) = (context.config.state.clone(), context.config.index_url.to_string());
    let state = tokio::task::spawn_blocking(move || State::load(&folder, &url)).await??;
    let repository = SharedRepository::look(&context.config.repository).await?;
    // What is remembered is of no use without the repository that holds it.
    let state = if repository.is_some() { state } else { State::default() };
    Ok(UpstreamIndex::read_only(context, repository, state))
}

async fn published_file(config: &Config, name: &CrateName) -> anyhow::Result<Vec<u8>> {
    let (path, name) = (config.repository.clone(), name.clone());
    let read = move || {
        let Some(index) = PublishedIndex::open(&path)? else { return Ok(Vec::new()) };
        let Some(snapshot) = index.snapshot()? else { return Ok(Vec::new()) };
        anyhow::Ok(index.file(&snapshot, &name.index_path())?.map(|file| file.bytes).unwrap_or_default())
    };
    tokio::task::spawn_blocking(read).await?
}

/// What an explanation is made from.
struct Explanation<'a> {
    roots: &'a Roots,
    resolver: &'a Resolver,
    upstream: &'a FileLines<'a>,
    published: &'a FileLines<'a>,
}

/// A chain of reasons longer than this is cut; nobody reads on.
const CHAIN: usize = 50;

impl Explanation<'_> {
    fn of(&self, target: &ExplainTarget) -> Vec<String> {
        let selected = self.selected(&target.name);
        match &target.version {
            Some(version) if selected.contains(version) => {
                self.why_in(&CrateId::new(target.name.clone(), version.clone()))
            }
            Some(version) => self.why_out(&target.name, version, &selected),
            None if selected.is_empty() => {
                let mut lines = vec![format!("{} is not in the selection", target.name)];
                lines.extend(self.why_not_wanted());
                lines
            }
            None => selected
                .iter()
                .flat_map(|version| self.why_in(&CrateId::new(target.name.clone(), version.clone())))
                .collect(),
        }
    }

    /// The selected versions of a crate.
    fn selected(&self, name: &CrateName) -> Vec<Version> {
        let exact = self.roots.exact.iter().map(|root| &root.id);
        let all = exact.chain(self.resolver.wanted().keys());
        let mut versions: Vec<_> =
            all.filter(|id| id.name.lowercase() == name.lowercase()).map(|id| id.version.clone()).collect();
        versions.sort();
        versions.dedup();
        versions
    }

    fn why_in(&self, id: &CrateId) -> Vec<String> {
        let mut lines = vec![format!("{id} is in the selection")];
        let exact = self.roots.exact.iter().filter(|root| root.id == *id);
        lines.extend(exact.map(|root| format!("  {}", root.reason)));
        let mut next = Some(id.clone());
        for _ in 0..CHAIN {
            let Some(wanted) = next.take().and_then(|id| self.resolver.wanted().get(&id)) else { break };
            lines.push(format!("  {}", wanted.reason));
            if let Reason::Dependency { of, .. } = &wanted.reason {
                next = Some(of.clone());
            }
        }
        if !self.published.contains(&id.version) {
            lines.push("  the mirror does not have it yet".to_owned());
        }
        lines
    }

    fn why_out(&self, name: &CrateName, version: &Version, selected: &[Version]) -> Vec<String> {
        let mut lines = vec![format!("{name}@{version} is not in the selection")];
        if !self.upstream.contains(version) {
            lines.push(format!("  {}", self.upstream.why_missing()));
        }
        if self.is_yanked(name, version) {
            lines.push("  it is yanked, and only a lock file selects yanked versions".to_owned());
        }
        for (requirement, reason) in self.resolver.demands() {
            let matches = requirement.matches(version.semver());
            let taken = selected.iter().filter(|taken| requirement.matches(taken.semver())).max();
            lines.push(match taken {
                Some(taken) if matches => format!("  {reason}, for which {taken} is taken"),
                _ if matches => format!("  {reason}, which it matches"),
                _ => format!("  {reason}, which it does not match"),
            });
        }
        if self.resolver.demands().is_empty() {
            lines.extend(self.why_not_wanted());
        }
        if self.published.contains(version) {
            lines.push("  the mirror holds it from an earlier selection; `romt prune` would remove it".to_owned());
        }
        lines
    }

    fn why_not_wanted(&self) -> Vec<String> {
        if self.upstream.len() == 0 {
            return vec![format!("  {}", self.upstream.why_missing())];
        }
        let mut lines: Vec<_> = self
            .resolver
            .demands()
            .iter()
            .map(|(_, reason)| format!("  {reason}, but no version that is not yanked matches"))
            .collect();
        if lines.is_empty() {
            lines.push("  nothing that is selected requires it".to_owned());
        }
        lines
    }

    fn is_yanked(&self, name: &CrateName, version: &Version) -> bool {
        let line = self.upstream.get(version).map(|line| line.bytes);
        line.and_then(|line| romt_index::IndexLine::parse_of(name, line).ok()).is_some_and(|line| line.yanked)
    }
}
