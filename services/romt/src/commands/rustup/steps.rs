//! What each COMMAND of `romt rustup` does: the services' work, and what people see of it.

use anyhow::anyhow;
use romt_dist::{RustupSpec, TargetError, TargetSelection, rustup_targets};
use romt_indexer::rustup::{DownloadRustup, RustupCounts, RustupEvent, RustupMirror, RustupRoots};
use romt_runtime::{Hint, Lifecycle};

use super::command::RustupCommand;
use super::settings::RustupSettings;
use super::tell::Teller;
use crate::commands::workplace::{Call, Workplace};
use crate::console::{Console, Level};

/// The steps of one call.
pub(super) struct Steps<'a> {
    commands: &'a [RustupCommand],
    pub(super) settings: &'a RustupSettings,
    /// Which releases: those of the options, or what the last archive brought.
    pub(super) specs: Vec<RustupSpec>,
    /// For which targets, likewise.
    pub(super) targets: Option<TargetSelection>,
    pub(super) place: Workplace<'a>,
}

impl<'a> Call<'a> for Steps<'a> {
    async fn work(&mut self) -> anyhow::Result<()> {
        for command in self.commands {
            let done = self.run(*command).await;
            self.place.close_step(done)?;
        }
        Ok(())
    }

    fn workplace(self) -> Workplace<'a> {
        self.place
    }
}

impl<'a> Steps<'a> {
    /// Before the first step: nothing is opened or locked yet.
    pub(super) fn begin(
        commands: &'a [RustupCommand],
        settings: &'a RustupSettings,
        console: &'a Console,
        lifecycle: &mut Lifecycle,
    ) -> Self {
        Self {
            commands,
            settings,
            specs: settings.specs.clone(),
            targets: settings.targets.clone(),
            place: Workplace::new("romt rustup", &settings.client, console, lifecycle),
        }
    }

    async fn run(&mut self, command: RustupCommand) -> anyhow::Result<()> {
        match command {
            RustupCommand::Download => self.download().await,
            RustupCommand::Verify => self.verify().await,
            RustupCommand::List => self.list().await,
            RustupCommand::AllTargets => self.all_targets(),
            RustupCommand::Pack => self.pack().await,
            RustupCommand::Unpack => self.unpack().await,
            RustupCommand::Fixup => self.fixup().await,
        }
    }

    async fn download(&mut self) -> anyhow::Result<()> {
        RustupSpec::check_exact(&self.specs)?;
        let targets = self.targets.clone().ok_or(TargetError::Missing)?;
        self.warn_of(&targets);
        let base = self.settings.upstream.url()?;
        let mirror = self.write().await?;
        self.place.start_fetcher(self.settings.num_jobs, mirror.storage()?)?;
        let client = self.place.client()?;
        let order = DownloadRustup {
            client: &client,
            base: &base,
            fetches: self.place.fetch_run()?,
            specs: &self.specs,
            targets: &targets,
            assume_ok: self.settings.assume_ok,
            num_jobs: self.settings.num_jobs,
            max_size: self.settings.limits.file_size,
        };
        let teller = self.teller("Download");
        let mut tell = |event: RustupEvent<'_>| teller.tell(event);
        let done = self.place.with_bar(mirror.download(&order, &mut tell)).await?;
        judge(done.counts, "could not be had", "nothing of it was published; the next download keeps what came")?;
        mirror.fixup(&done.releases, &mut |event| teller.tell(event)).await
    }

    async fn verify(&mut self) -> anyhow::Result<()> {
        let mirror = self.look()?;
        let releases = self.planned(&mirror).await?;
        let teller = self.teller("Verify");
        let counts = mirror.verify(&releases, &mut |event| teller.tell(event)).await?;
        judge(counts, "are missing or wrong", "`romt rustup download` with the same SPEC and TARGET repairs them")
    }

    async fn list(&mut self) -> anyhow::Result<()> {
        let console = self.place.console;
        for release in self.look()?.list(&self.specs).await? {
            if !console.says(Level::Normal) {
                console.data(release.version)?;
                continue;
            }
            console.data(format_args!("T.List: {}", release.spec))?;
            let version = release.version.to_string();
            console.data(format_args!("{version:8} targets[{}]", release.targets.len()))?;
            for target in &release.targets {
                console.data(format_args!("  {target}"))?;
            }
        }
        Ok(())
    }

    fn all_targets(&self) -> anyhow::Result<()> {
        self.place.console.data_at(Level::Normal, "All known targets:")?;
        rustup_targets().try_for_each(|target| self.place.console.data(target))
    }

    async fn fixup(&mut self) -> anyhow::Result<()> {
        let mirror = self.write().await?;
        let releases = mirror.expand(&self.specs).await?;
        for release in &releases {
            self.place.console.say(Level::Normal, format_args!("Fixup: {}", release.spec));
        }
        let teller = self.teller("Fixup");
        mirror.fixup(&releases, &mut |event| teller.tell(event)).await
    }

    /// The releases and targets that `verify` and `pack` work on.
    pub(super) async fn planned(
        &self,
        mirror: &RustupMirror,
    ) -> anyhow::Result<Vec<romt_indexer::rustup::ReleaseTargets>> {
        let targets = self.targets.clone().unwrap_or(TargetSelection::Held);
        self.warn_of(&targets);
        mirror.plan(&mirror.expand(&self.specs).await?, &targets).await
    }

    /// Warns of names that may be misspelled.
    fn warn_of(&self, targets: &TargetSelection) {
        for target in targets.unknown_to_rustup() {
            self.place.console.say(Level::Error, format_args!("warning: unknown target '{target}'"));
        }
    }

    /// The mirror, to look at.
    pub(super) fn look(&self) -> anyhow::Result<RustupMirror> {
        RustupMirror::open(RustupRoots::new(self.settings.dest.clone()))
    }

    /// The mirror, to write to: locked, and what a killed process left swept up.
    pub(super) async fn write(&mut self) -> anyhow::Result<RustupMirror> {
        let mirror = self.look()?;
        if self.place.lock(mirror.roots().lock_folders(), "`--dest`").await? {
            mirror.recover().await?;
        }
        Ok(mirror)
    }

    pub(super) fn teller(&self, work: &'static str) -> Teller {
        Teller { console: self.place.console.clone(), dest: self.settings.dest.clone(), work }
    }
}

/// Fails if anything is bad.
pub(super) fn judge(counts: RustupCounts, what: &str, hint: &str) -> anyhow::Result<()> {
    match counts.bad {
        0 => Ok(()),
        bad => Err(anyhow!("Aborting: {bad} of {} programs {what}", bad + counts.good)).hint(hint),
    }
}
