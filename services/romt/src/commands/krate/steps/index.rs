//! Steps on the index: `init`, `init-import`, `config`, `pull`, `mark`, `list`.

use std::path::PathBuf;

use anyhow::Context as _;
use romt_index::{Merge, OriginKind, OriginUrl};
use romt_indexer::crates::{PullOutcome, SparsePull, init};
use romt_runtime::Hint;
use uuid::Uuid;

use super::Steps;
use crate::console::Level;

impl Steps<'_> {
    pub(super) async fn init(&mut self) -> anyhow::Result<()> {
        let origin = OriginUrl::parse(&self.settings.index_url, &current_folder()?);
        let origin = origin.hint("give a git repository, a bundle file or a sparse index with `--index-url`")?;
        init(&self.roots, origin, OriginKind::Upstream).await
    }

    pub(super) async fn init_import(&mut self) -> anyhow::Result<()> {
        let bundle = current_folder()?.join(self.settings.bundle());
        init(&self.roots, OriginUrl::Bundle(bundle), OriginKind::Import).await
    }

    pub(super) async fn config(&mut self) -> anyhow::Result<()> {
        let mirror = self.write().await?;
        let (changed, refused) = mirror.config(&self.settings.server_url, &self.settings.end).await?;
        if !changed {
            self.place.console.say(Level::Verbose, "config.json is as it should be");
        }
        self.tell_refused(&refused);
        Ok(())
    }

    pub(super) async fn pull(&mut self) -> anyhow::Result<()> {
        let mirror = self.write().await?;
        let sparse = SparsePull {
            selection: self.settings.selection.clone(),
            filter: self.filter.clone(),
            client: self.place.client()?,
            bus: self.place.bus.clone(),
            run: Uuid::now_v7().to_string().parse()?,
        };
        let console = self.place.console.clone();
        let progress = move |line: &str| console.say(Level::Verbose, line);
        let pulled = mirror.pull(&sparse, self.place.stop.clone(), progress);
        let PullOutcome { pulled, failures, notes } = pulled.await?;
        for note in notes {
            self.place.console.say(Level::Normal, format_args!("note: {note}"));
        }
        if pulled.upgraded {
            self.place.console.say(Level::Normal, "Upgrade index to use \"working\" branch as HEAD");
        }
        if pulled.merge == Merge::Reconstructed {
            self.place.console.say(
                Level::Normal,
                "what is here could not be merged with upstream, so working follows upstream; config.json stays",
            );
        }
        if pulled.config_restored {
            self.place.console.say(Level::Normal, "Apply config.json adjustments");
        }
        for failure in &failures {
            self.place.console.say(Level::Error, format_args!("error: {failure}"));
        }
        if failures.is_empty() || self.settings.keep_going {
            return Ok(());
        }
        Err(anyhow::anyhow!("Aborting: {} crates of the index could not be had", failures.len()))
            .hint("what could be had was pulled; again, or `--keep-going` to go on without the rest")
    }

    pub(super) async fn mark(&mut self) -> anyhow::Result<()> {
        let mirror = self.write().await?;
        let refused = mirror.mark(&self.settings.end).await?;
        self.tell_refused(&refused);
        Ok(())
    }

    /// Names the branches that were not moved: an index that Python romt never pulled may be on one of them.
    fn tell_refused(&self, branches: &[&str]) {
        for branch in branches {
            let text =
                format_args!("branch {branch} is the current one and was not moved; `romt crate pull` changes that");
            self.place.console.say(Level::Normal, text);
        }
    }

    pub(super) async fn list(&mut self) -> anyhow::Result<()> {
        let mirror = self.look().await?;
        let listed = mirror.list(&self.range, self.filter.clone()).await?;
        let style = self.settings.show.style(mirror.layout().prefix);
        let console = self.place.console.clone();
        // Whoever reads may be slow, and Ctrl-C is to be heard meanwhile.
        let shown = self.place.blocking.spawn_blocking(move || {
            listed.crates.lines(style).try_for_each(|line| console.data(line))?;
            console.flush().map(|()| listed.problems)
        });
        let problems = shown.await.context("listing was cut short")??;
        for problem in &problems {
            self.place.console.say(Level::Error, format_args!("error: {problem}"));
        }
        anyhow::ensure!(problems.is_empty(), "parts of the index cannot be read");
        Ok(())
    }
}

/// Where relative paths begin.
pub(super) fn current_folder() -> anyhow::Result<PathBuf> {
    std::env::current_dir().context("cannot find the working directory")
}
