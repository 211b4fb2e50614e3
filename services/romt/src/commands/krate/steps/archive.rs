//! Steps on archives: `pack`, `unpack`.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use romt_bundle::{ArchiveFormat, CratesLimits};
use romt_index::{BundleRef, GitProgram, IndexRepository, OriginUrl};
use romt_packer::{PackEvent, PackOrder, UnpackEvent, UnpackOrder, Unpacked, pack, unpack};
use romt_runtime::Hint;
use romt_storage::SeenFiles;
use romt_types::{CrateId, PrefixStyle};

use super::Steps;
use super::index::current_folder;
use crate::console::{Console, Level};

/// The END under which an archive calls its index `master`; else it is `bundle/master`.
const MASTER: &str = "master";

impl Steps<'_> {
    pub(super) async fn pack(&mut self) -> anyhow::Result<()> {
        let mirror = self.write().await?;
        let mut packing = mirror.plan_packing(&self.range, &self.filter).await?;
        for problem in &packing.problems {
            self.place.console.say(Level::Error, format_args!("error: {problem}"));
        }
        anyhow::ensure!(
            packing.problems.is_empty() || self.settings.keep_going,
            "parts of the index cannot be read, so nothing was packed"
        );
        if packing.is_empty() {
            self.place.console.say(Level::Normal, "No crates to pack");
            return Ok(());
        }
        let bundle = self.settings.bundle();
        let name = if self.settings.end == MASTER { BundleRef::Master } else { BundleRef::BundleMaster };
        mirror.write_bundle(&packing, name, bundle.clone(), self.place.stop.clone()).await?;
        let layout = mirror.layout();
        let order = PackOrder {
            archive: self.settings.archive.clone(),
            format: match layout.archive_prefix {
                PrefixStyle::Lower => ArchiveFormat::Lower,
                PrefixStyle::Mixed => ArchiveFormat::Mixed,
            },
            bundle,
            crates_root: self.settings.crates.clone(),
            style: layout.prefix,
            keep_going: self.settings.keep_going,
        };
        let (console, stop) = (self.place.console.clone(), self.place.stop.clone());
        let packed = self.place.blocking.spawn_blocking(move || {
            let crates = std::mem::take(&mut packing.crates);
            let packed =
                pack(&order, crates.added().map(|(id, _)| id), &mut |event| tell_packed(&console, event), &stop);
            packing.crates = crates;
            packed.map(|packed| (packed, packing))
        });
        let (packed, packing) = packed.await.context("packing was cut short")??;
        let (good, bad) = (packed.packed, packed.left_out.len());
        mirror.packed(packing, packed.left_out).await?;
        self.place.console.say(Level::Normal, format_args!("{bad} bad crates, {good} good crates"));
        Ok(())
    }

    pub(super) async fn unpack(&mut self) -> anyhow::Result<()> {
        let mirror = self.write().await?;
        let order = UnpackOrder {
            archive: self.settings.archive.clone(),
            bundle: self.bundle_of_origin(mirror.origin().await?)?,
            crates_root: self.settings.crates.clone(),
            style: mirror.layout().prefix,
            state: self.roots.state(),
            keep_going: self.settings.keep_going,
            limits: CratesLimits::default(),
        };
        let (console, stop, index) = (self.place.console.clone(), self.place.stop.clone(), self.settings.index.clone());
        let unpacked = self.place.blocking.spawn_blocking(move || -> anyhow::Result<(Unpacked, SeenFiles)> {
            let repository = IndexRepository::open(&index)?;
            let repository = repository.with_context(|| format!("{} is gone", index.display()))?;
            let git = GitProgram::find();
            let mut seen = SeenFiles::default();
            let on = &mut |event: UnpackEvent<'_>| tell_unpacked(&console, event);
            unpack(&order, &repository, git.as_ref(), &mut seen, on, &stop).map(|unpacked| (unpacked, seen))
        });
        let (unpacked, seen) = unpacked.await.context("unpacking was cut short")??;
        // `verify` in the same call, under the same lock, need not read them again.
        self.seen = Arc::new(seen);
        self.place.console.say(Level::Normal, format_args!("{} extracted crates", unpacked.extracted));
        Ok(())
    }

    /// Where the index's bundle of an archive goes: the mirror pulls from there.
    fn bundle_of_origin(&self, origin: Option<OriginUrl>) -> anyhow::Result<PathBuf> {
        let Some(OriginUrl::Bundle(path)) = origin else {
            return Err(anyhow!("{} is not filled from archives", self.settings.index.display()))
                .hint("`romt crate init-import` makes a mirror that is");
        };
        if let Some(given) = &self.settings.bundle_path {
            let given = current_folder()?.join(given);
            let same = given == path
                || given.canonicalize().ok().is_some_and(|given| path.canonicalize().is_ok_and(|path| path == given));
            if !same {
                return Err(anyhow!("`--bundle-path` is not where the index is pulled from, `{}`", path.display()))
                    .hint("leave `--bundle-path` out, or give that path");
            }
        }
        Ok(path)
    }
}

fn tell_packed(console: &Console, event: PackEvent<'_>) {
    match event {
        PackEvent::Packed(id) => verbose(console, "pack", id),
        PackEvent::LeftOut(_, reason) => console.say(Level::Error, format_args!("error: {reason}")),
        _ => {}
    }
}

fn tell_unpacked(console: &Console, event: UnpackEvent<'_>) {
    match event {
        UnpackEvent::Extracted(id) => verbose(console, "unpack", id),
        UnpackEvent::Git(line) => console.say(Level::Verbose, line),
        UnpackEvent::Kept(id) => verbose(console, "kept newer", id),
        UnpackEvent::Bad(id, why) => console.say(Level::Error, format_args!("error: {id}: {why}")),
        _ => {}
    }
}

fn verbose(console: &Console, tag: &str, id: &CrateId) {
    if console.says(Level::Verbose) {
        console.say(Level::Verbose, format_args!("[{tag}] {}", id.file_name()));
    }
}
