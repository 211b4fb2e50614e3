//! Steps on files of crates: `prune`, `download`, `verify`.

use romt_indexer::crates::{CrateCounts, CrateEvent, DownloadOptions};
use romt_runtime::Hint;
use romt_types::{CrateId, RunId};
use uuid::Uuid;

use super::Steps;
use super::log_files::LogFiles;
use crate::console::{Console, Level};

impl Steps<'_> {
    pub(super) async fn prune(&mut self) -> anyhow::Result<()> {
        let mirror = self.write().await?;
        let show = self.show_path(mirror.layout().prefix);
        let pruned = mirror
            .prune(&self.range, &self.filter, &mut |event| {
                if let CrateEvent::Pruned(id) = event {
                    self.place.console.say(Level::Verbose, format_args!("[prune] {}", show(id)));
                }
            })
            .await?;
        self.place.console.say(Level::Verbose, format_args!("{pruned} pruned crates"));
        Ok(())
    }

    pub(super) async fn download(&mut self) -> anyhow::Result<()> {
        let mirror = self.write().await?;
        self.place.start_fetcher(self.settings.num_jobs, mirror.storage())?;
        let mut logs = self.log_files(&mirror)?;
        let run: RunId = Uuid::now_v7().to_string().parse()?;
        let show = self.show_path(mirror.layout().prefix);
        let url = |id: &CrateId, cksum: &romt_types::Digest| self.settings.crates_url.url(id, cksum);
        let options = DownloadOptions {
            range: &self.range,
            filter: &self.filter,
            assume_ok: self.settings.assume_ok,
            max_size: self.settings.max_crate_size,
            url: &url,
            run,
        };
        let mut on = |event: CrateEvent<'_>| {
            tell(self.place.console, event, &show);
            logs.note(event);
        };
        let counts = mirror.download(self.place.bus.clone(), &options, &mut on).await?;
        logs.close()?;
        self.judge(counts, "`romt crate download --keep-going` goes on without them, and the next run tries them again")
    }

    pub(super) async fn verify(&mut self) -> anyhow::Result<()> {
        let mirror = self.write().await?;
        let mut logs = self.log_files(&mirror)?;
        let show = self.show_path(mirror.layout().prefix);
        let mut on = |event: CrateEvent<'_>| {
            tell(self.place.console, event, &show);
            logs.note(event);
        };
        let counts = mirror.verify(&self.range, &self.filter, &self.seen, &mut on).await?;
        logs.close()?;
        self.judge(counts, "`romt crate download` brings what is bad again; `--keep-going` goes on without it")
    }

    fn log_files(&self, mirror: &romt_indexer::crates::CrateMirror) -> anyhow::Result<LogFiles> {
        let settings = self.settings;
        let style = settings.show.style(mirror.layout().prefix);
        LogFiles::create(settings.good_crates.as_deref(), settings.bad_crates.as_deref(), style)
    }

    /// How a version's file is named to people.
    fn show_path(&self, prefix: romt_types::PrefixStyle) -> impl Fn(&CrateId) -> String + Send + Sync + use<> {
        let crates = self.settings.crates.clone();
        move |id| crates.join(id.path(prefix)).display().to_string()
    }

    /// Tells the counts; bad crates end the call unless it is to go on.
    fn judge(&self, counts: CrateCounts, hint: &str) -> anyhow::Result<()> {
        let CrateCounts { good, bad } = counts;
        self.place.console.say(Level::Normal, format_args!("{bad} bad_crates, {good} good_crates"));
        if bad == 0 || self.settings.keep_going {
            return Ok(());
        }
        Err(anyhow::anyhow!("Aborting: {bad} bad crates")).hint(hint)
    }
}

fn tell(console: &Console, event: CrateEvent<'_>, show: &(dyn Fn(&CrateId) -> String + Send + Sync)) {
    let (level, tag, id) = match event {
        CrateEvent::Downloaded(id, _) => (Level::Verbose, "downloading", id),
        CrateEvent::Cached(id, _) => (Level::Verbose, "cached file", id),
        CrateEvent::AssumedOk(id, _) => (Level::VeryVerbose, "assuming OK", id),
        CrateEvent::Verified(id, _) => (Level::Verbose, "verify", id),
        CrateEvent::Pruned(id) => (Level::Verbose, "prune", id),
        CrateEvent::Bad { id, reason, .. } => {
            return console.say(Level::Error, format_args!("error: {id}: {reason}"));
        }
        CrateEvent::BadIndex(problem) => return console.say(Level::Error, format_args!("error: {problem}")),
    };
    if console.says(level) {
        console.say(level, format_args!("[{tag}] {}", show(id)));
    }
}
