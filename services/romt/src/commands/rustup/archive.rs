//! The COMMANDs on archives: `pack`, `unpack`.

use std::collections::BTreeSet;

use anyhow::Context as _;
use romt_dist::{RustupSpec, TargetSelection};
use romt_indexer::rustup::{ChosenRelease, unpacked_rustup};
use romt_packer::{FileEvent, PackRustup, UnpackRustup, pack_rustup, unpack_rustup};

use super::steps::{Steps, judge};
use crate::commands::workplace::{archive, tell_unpacked};
use crate::console::Level;

impl Steps<'_> {
    pub(super) async fn pack(&mut self) -> anyhow::Result<()> {
        let archive = archive(&self.settings.archive)?;
        let mirror = self.look()?;
        self.place.console.say(Level::Normal, format_args!("Packing archive: {}", archive.display()));
        let releases = self.planned(&mirror).await?;
        let teller = self.teller("Pack");
        for release in &releases {
            teller.begun(release);
        }
        let keys = mirror.plan_packing(&releases).await?;
        let (order, stop) = (PackRustup { archive, dest: self.settings.dest.clone() }, self.place.stop.clone());
        let packed = self.place.blocking.spawn_blocking(move || {
            pack_rustup(&order, keys, &mut |key| teller.file(Level::Verbose, "pack", key), &stop)
        });
        packed.await.context("packing was cut short")?.map(drop)
    }

    pub(super) async fn unpack(&mut self) -> anyhow::Result<()> {
        let archive = archive(&self.settings.archive)?;
        let mirror = self.write().await?;
        self.place.console.say(Level::Normal, format_args!("Unpacking archive: {}", archive.display()));
        let order = UnpackRustup {
            archive,
            dest: self.settings.dest.clone(),
            state: mirror.roots().state(),
            limits: self.settings.limits,
        };
        let (teller, stop) = (self.teller("Unpack"), self.place.stop.clone());
        let unpacked = self.place.blocking.spawn_blocking(move || {
            let mut tell = |event: FileEvent<'_, _>| {
                if let FileEvent::Read(key) = event {
                    teller.file(Level::Verbose, "unpack", key);
                }
            };
            unpack_rustup(&order, &mut tell, &stop)
        });
        let programs = unpacked.await.context("unpacking was cut short")??.programs;
        let releases = unpacked_rustup(programs);
        let targets: BTreeSet<_> = releases.iter().flat_map(|release| release.targets.iter().cloned()).collect();
        tell_unpacked(self.place.console, releases.iter().map(|release| release.version), &targets);
        let teller = self.teller("Verify");
        let counts = mirror.verify(&releases, &mut |event| teller.tell(event)).await?;
        judge(counts, "are missing or wrong", "the disk or another program has spoilt them; unpack again")?;
        let chosen: Vec<_> = releases.iter().map(|release| ChosenRelease::of(release.version)).collect();
        mirror.fixup(&chosen, &mut |event| teller.tell(event)).await?;
        // What follows is about what the archive brought; which need not have the same targets throughout.
        self.specs = releases.iter().map(|release| RustupSpec::Version(release.version)).collect();
        self.targets = Some(TargetSelection::Held);
        Ok(())
    }
}
