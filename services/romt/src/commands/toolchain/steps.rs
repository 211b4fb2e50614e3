//! What each COMMAND of `romt toolchain` does: the services' work, and what people see of it.

use romt_dist::{ComponentChoice, Download, ManifestPath, SignatureError, TargetError, TargetSelection, ToolchainSpec};
use romt_indexer::toolchains::{
    DownloadToolchains, ToolchainCounts, ToolchainEvent, ToolchainMirror, ToolchainRoots, Trust,
};
use romt_runtime::{Hint, Lifecycle};
use romt_types::ByteSize;

use super::command::ToolchainCommand;
use super::settings::ToolchainSettings;
use super::tell::Teller;
use crate::commands::outcome::Usage;
use crate::commands::workplace::{Call, Workplace};
use crate::console::{Console, Level};

/// The steps of one call.
pub(super) struct Steps<'a> {
    commands: &'a [ToolchainCommand],
    pub(super) settings: &'a ToolchainSettings,
    /// Which toolchains: those of the options, or what the last archive brought.
    pub(super) specs: Vec<ToolchainSpec>,
    /// For which targets, likewise.
    pub(super) targets: Option<TargetSelection>,
    mirror: Option<ToolchainMirror>,
    pub(super) place: Workplace<'a>,
}

impl<'a> Call<'a> for Steps<'a> {
    async fn work(&mut self) -> anyhow::Result<()> {
        for command in self.commands {
            let done = self.run(*command).await.or_else(advise);
            self.place.close_step(done)?;
        }
        Ok(())
    }

    fn workplace(self) -> Workplace<'a> {
        self.place
    }
}

/// Says what may be done about a signature that is not believed.
fn advise(error: anyhow::Error) -> anyhow::Result<()> {
    let hint = match error.chain().find_map(|cause| cause.downcast_ref()) {
        Some(SignatureError::WeakHash { .. }) => "`--accept-sha1` is for releases 1.8 to 1.21, which have no better",
        Some(SignatureError::UnknownKey(_)) => "`--keyring FILE` has other keys believed beside Rust's own",
        _ => return Err(error),
    };
    Err(error).hint(hint)
}

impl<'a> Steps<'a> {
    /// Before the first step: nothing is opened or locked yet.
    pub(super) fn begin(
        commands: &'a [ToolchainCommand],
        settings: &'a ToolchainSettings,
        console: &'a Console,
        lifecycle: &mut Lifecycle,
    ) -> Self {
        Self {
            commands,
            settings,
            specs: settings.specs.clone(),
            targets: settings.targets.clone(),
            mirror: None,
            place: Workplace::new("romt toolchain", &settings.client, console, lifecycle),
        }
    }

    async fn run(&mut self, command: ToolchainCommand) -> anyhow::Result<()> {
        match command {
            ToolchainCommand::FetchManifest => self.fetch_manifest().await,
            ToolchainCommand::Download => self.download().await,
            ToolchainCommand::Verify => self.verify().await,
            ToolchainCommand::List => self.list().await,
            ToolchainCommand::AllTargets => self.all_targets().await,
            ToolchainCommand::AllComponents => self.all_components().await,
            ToolchainCommand::Pack => self.pack().await,
            ToolchainCommand::Unpack => self.unpack().await,
            ToolchainCommand::Fixup => self.fixup().await,
            ToolchainCommand::Prune => self.prune().await,
        }
    }

    async fn fetch_manifest(&mut self) -> anyhow::Result<()> {
        let paths = ToolchainSpec::exact(&self.specs)?;
        let base = self.settings.upstream.url()?;
        let mirror = self.write().await?;
        let (client, teller) = (self.place.client()?, self.teller("Fetch manifest"));
        for path in paths {
            mirror.fetch_manifest(&client, &base, path, &mut |event| teller.tell(event)).await?;
        }
        Ok(())
    }

    async fn download(&mut self) -> anyhow::Result<()> {
        let settings = self.settings;
        let paths = ToolchainSpec::exact(&self.specs)?;
        let targets = self.targets.clone().ok_or(TargetError::Missing)?;
        let base = settings.upstream.url()?;
        let mirror = if settings.dry_run { self.look().await? } else { self.write().await? };
        self.place.start_fetcher(settings.num_jobs, mirror.storage())?;
        let client = self.place.client()?;
        let order = DownloadToolchains {
            client: &client,
            base: &base,
            fetches: self.place.fetch_run()?,
            paths,
            wanted: Download {
                targets,
                components: settings.components.clone(),
                profile: settings.profile,
                cross: settings.cross,
            },
            trust: if settings.assume_ok { Trust::Everything } else { Trust::Nothing },
            dry_run: settings.dry_run,
            max_size: settings.limits.file_size,
            num_jobs: settings.num_jobs,
        };
        let teller = self.teller("Download");
        let mut tell = |event: ToolchainEvent<'_>| teller.tell(event);
        let counts = self.place.with_bar(mirror.download(&order, &mut tell)).await?;
        let ToolchainCounts { downloaded, bytes, unknown, present } = counts;
        let size = ByteSize(bytes);
        let text = match (settings.dry_run, unknown) {
            (false, _) => format!("{downloaded} files downloaded ({size}), {present} were here"),
            (true, 0) => format!("{downloaded} files to download ({size}), {present} are here"),
            (true, _) => {
                format!("{downloaded} files to download ({size}, and {unknown} of unknown size), {present} are here")
            }
        };
        // What was asked for of a dry run is data.
        if settings.dry_run {
            return self.place.console.data(text);
        }
        self.place.console.say(Level::Normal, text);
        Ok(())
    }

    async fn verify(&mut self) -> anyhow::Result<()> {
        let (mirror, paths) = self.on_disk().await?;
        let (targets, teller) = (self.held_targets(), self.teller("Verify"));
        mirror.verify(&paths, &targets, &self.held_components(), &mut |event| teller.tell(event)).await.map(drop)
    }

    async fn fixup(&mut self) -> anyhow::Result<()> {
        self.write().await?;
        let (mirror, paths) = self.on_disk().await?;
        let teller = Teller { idents: Level::Verbose, ..self.teller("Fixup") };
        mirror.fixup(&paths, &mut |event| teller.tell(event)).await
    }

    async fn prune(&mut self) -> anyhow::Result<()> {
        let settings = self.settings;
        let Some(keep) = &settings.keep else {
            return Err(Usage("missing what to keep; try --keep".to_owned()))
                .hint("`--keep nightly=14,beta=4,stable=6,versions=6` keeps so many of the newest days of each channel, and versions");
        };
        let mirror = if settings.dry_run { self.look().await? } else { self.write().await? };
        let teller = self.teller("Prune");
        let pruned = mirror.prune(keep, &[], settings.dry_run, &mut |event| teller.tell(event)).await?;
        if let Some(remark) = pruned.remark() {
            self.place.console.say(Level::Normal, format_args!("note: {remark}"));
        }
        let (size, days, files) = (ByteSize(pruned.bytes), pruned.days.len(), pruned.files);
        if settings.dry_run {
            return self.place.console.data(format_args!("{days} days to delete ({files} files, {size})"));
        }
        self.place.console.say(Level::Normal, format_args!("{days} days deleted ({files} files), {size} freed"));
        Ok(())
    }

    /// The mirror, to look at, and the toolchains that the SPECs stand for.
    pub(super) async fn on_disk(&mut self) -> anyhow::Result<(ToolchainMirror, Vec<ManifestPath>)> {
        let mirror = self.look().await?;
        let paths = mirror.expand(&self.specs).await?;
        Ok((mirror, paths))
    }

    /// The targets that `verify` and `pack` work on.
    pub(super) fn held_targets(&self) -> TargetSelection {
        self.targets.clone().unwrap_or(TargetSelection::Held)
    }

    /// The packages that they work on. Beside a profile, names came in addition to it, so that they limit nothing.
    pub(super) fn held_components(&self) -> ComponentChoice {
        let components = self.settings.components.clone();
        if self.settings.profile.is_some() { components.only_excluding() } else { components }
    }

    /// The mirror, to look at.
    async fn look(&mut self) -> anyhow::Result<ToolchainMirror> {
        if let Some(mirror) = &self.mirror {
            return Ok(mirror.clone());
        }
        let roots = ToolchainRoots::new(self.settings.dest.clone());
        let mirror = ToolchainMirror::open(roots, self.settings.signatures.clone()).await?;
        Ok(self.mirror.insert(mirror).clone())
    }

    /// The mirror, to write to: locked, and what a killed process left swept up.
    pub(super) async fn write(&mut self) -> anyhow::Result<ToolchainMirror> {
        let mirror = self.look().await?;
        if self.place.lock(mirror.roots().lock_folders(), "`--dest`").await? {
            mirror.recover().await?;
        }
        Ok(mirror)
    }

    pub(super) fn teller(&self, work: &'static str) -> Teller {
        let (console, dest) = (self.place.console.clone(), self.settings.dest.clone());
        Teller { console, dest, work, idents: Level::Normal }
    }
}
