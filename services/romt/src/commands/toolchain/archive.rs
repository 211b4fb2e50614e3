//! The COMMANDs on archives: `pack`, `unpack`.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::Context as _;
use romt_dist::{DistFile, DistKey, Part, TargetSelection, ToolchainSpec};
use romt_indexer::toolchains::SignaturePolicy;
use romt_packer::{
    FileEvent, PackToolchains, SignedFile, UnpackToolchains, UnpackedToolchains, pack_toolchains, unpack_toolchains,
};
use romt_storage::SeenFiles;

use super::steps::Steps;
use super::tell::Teller;
use crate::commands::workplace::{archive, tell_unpacked};
use crate::console::{Console, Level};

impl Steps<'_> {
    pub(super) async fn pack(&mut self) -> anyhow::Result<()> {
        let archive = archive(&self.settings.archive)?;
        // Of a manifest that is only known by a name that moves on, that of its day is made.
        self.write().await?;
        let (mirror, paths) = self.on_disk().await?;
        self.place.console.say(Level::Normal, format_args!("Packing archive: {}", archive.display()));
        let (targets, teller) = (self.held_targets(), self.teller("Pack"));
        let mut tell = |event: romt_indexer::toolchains::ToolchainEvent<'_>| teller.tell(event);
        let keys = mirror.plan_packing(&paths, &targets, &self.held_components(), &mut tell).await?;
        let (order, stop) = (PackToolchains { archive, dest: self.settings.dest.clone() }, self.place.stop.clone());
        let packed = self.place.blocking.spawn_blocking(move || {
            pack_toolchains(&order, keys, &mut |key| teller.file(Level::Verbose, "pack", key), &stop)
        });
        packed.await.context("packing was cut short")?.map(drop)
    }

    pub(super) async fn unpack(&mut self) -> anyhow::Result<()> {
        let archive = archive(&self.settings.archive)?;
        let mirror = self.write().await?;
        self.place.console.say(Level::Normal, format_args!("Unpacking archive: {}", archive.display()));
        let order = UnpackToolchains {
            archive,
            dest: self.settings.dest.clone(),
            state: mirror.roots().state(),
            limits: self.settings.limits,
        };
        let (teller, stop) = (self.teller("Unpack"), self.place.stop.clone());
        let signatures = self.settings.signatures.clone();
        let unpacked = self.place.blocking.spawn_blocking(move || {
            let mut seen = SeenFiles::default();
            let mut tell = |event: FileEvent<'_, DistKey>| tell_read(&teller, event);
            let console = teller.console.clone();
            let check = |file: SignedFile<'_>| check(&signatures, &console, file);
            unpack_toolchains(&order, &mut seen, &check, &mut tell, &stop).map(|unpacked| (unpacked, seen))
        });
        let (unpacked, seen) = unpacked.await.context("unpacking was cut short")??;
        let (members, seen) = (members(unpacked), Arc::new(seen));
        let toolchains = mirror.unpacked(&members).await?;
        let targets: BTreeSet<_> = toolchains.iter().flat_map(|toolchain| toolchain.targets.iter().cloned()).collect();
        tell_unpacked(self.place.console, toolchains.iter().map(|toolchain| toolchain.path.spec()), &targets);
        let teller = self.teller("Verify");
        mirror.verify_unpacked(&toolchains, &self.held_components(), &seen, &mut |event| teller.tell(event)).await?;
        let paths: Vec<_> = toolchains.iter().map(|toolchain| toolchain.path).collect();
        let teller = Teller { idents: Level::Verbose, ..self.teller("Fixup") };
        mirror.fixup(&paths, &mut |event| teller.tell(event)).await?;
        // What follows is about what the archive brought, which need not have the same targets throughout.
        self.specs = paths.into_iter().map(ToolchainSpec::Exact).collect();
        self.targets = Some(TargetSelection::Held);
        Ok(())
    }
}

fn tell_read(teller: &Teller, event: FileEvent<'_, DistKey>) {
    if let FileEvent::Read(key) = event {
        teller.file(Level::Verbose, "unpack", key);
    }
}

/// Checks the signature of a file that waits to be believed.
fn check(signatures: &SignaturePolicy, console: &Console, file: SignedFile<'_>) -> anyhow::Result<()> {
    let name = file.key.to_string();
    if let Some(warning) = signatures.check(&name, file.signature.as_deref(), file.content)? {
        console.say(Level::Error, format_args!("warning: {warning}"));
    }
    Ok(())
}

/// The manifests and packages of an archive.
fn members(unpacked: UnpackedToolchains) -> Vec<DistKey> {
    let manifests = unpacked.manifests.into_iter().map(DistFile::Manifest);
    let packages = unpacked.packages.into_iter().map(DistFile::Package);
    manifests.chain(packages).map(|file| file.part(Part::Content)).collect()
}
