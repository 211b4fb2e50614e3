//! Which releases of rustup `romt up` mirrors.

use std::path::Path;

use romt_bundle::FolderLimits;
use romt_dist::{RustupSpec, TargetSelection, is_rustup_target};
use romt_indexer::RustupConfig;
use romt_runtime::settings::keys::{RUSTUP, RUSTUP_TARGET, RUSTUP_URL};
use romt_runtime::settings::{Reader, Recorded};
use romt_upstream::defaults;

use super::toolchains::targets;
use super::upstream_folder::web_folder;

/// The releases that are selected, if any are; by default for the targets of the toolchains.
pub(super) fn rustup(
    reader: &mut Reader<'_>,
    of_toolchains: Result<Option<TargetSelection>, Recorded>,
    mirror: &Path,
    num_jobs: usize,
) -> Result<Option<RustupConfig>, Recorded> {
    let specs = reader.list(&RUSTUP, specs).map(|specs| specs.concat());
    let own = targets(reader, &RUSTUP_TARGET);
    let url = reader.value_or(&RUSTUP_URL, defaults::UPDATE_ROOT, web_folder);
    let (specs, own) = (specs?, own?);
    if specs.is_empty() {
        return url.map(|_| None);
    }
    let targets = match own {
        Some(targets) => Some(targets),
        None => of_toolchains?.and_then(hosts),
    };
    let Some(targets) = targets else {
        let reason = "it is not set, and no target of toolchains is one that rustup runs on";
        return Err(reader.refuse(&RUSTUP_TARGET, reason));
    };
    let (max_size, dest) = (FolderLimits::default().file_size, mirror.join("rustup"));
    Ok(Some(RustupConfig { specs, targets, url: url?, num_jobs, max_size, dest }))
}

fn specs(text: &str) -> Result<Vec<RustupSpec>, String> {
    let specs = RustupSpec::parse_list([text]).map_err(|error| error.to_string())?;
    RustupSpec::check_exact(&specs).map_err(|error| error.to_string())?;
    Ok(specs)
}

/// The targets that rustup runs on, of those that toolchains are for.
fn hosts(targets: TargetSelection) -> Option<TargetSelection> {
    let TargetSelection::These { all, mut named } = targets else { return None };
    named.retain(is_rustup_target);
    (all || !named.is_empty()).then_some(TargetSelection::These { all, named })
}
