//! The tables `[export]` and `[import]`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use romt_bundle::{CratesLimits, FolderLimits};
use romt_indexer::toolchains::SignaturePolicy;
use romt_packer::{CheckSignature, InboxConfig, SignedFile};
use romt_runtime::settings::keys::{
    CONSUME, EXPORT_EVERY, INBOX, INOTIFY, OUTBOX, POLL_INTERVAL, QUARANTINE, SETTLE_TIME,
};
use romt_runtime::settings::{Key, Reader, Recorded, values};

use super::{STATE, repository};
use crate::cli::ArchiveOptions;

/// Where archives are written to, and when.
#[derive(Debug, Clone)]
pub(crate) struct ExportSettings {
    pub(crate) outbox: PathBuf,
    /// The pause between two exports; none: one after every sync.
    pub(crate) every: Option<Duration>,
    /// Whether the first export is to carry everything that is here.
    pub(crate) all: bool,
}

pub(super) fn export(reader: &mut Reader<'_>, options: &ArchiveOptions) -> Result<Option<ExportSettings>, Recorded> {
    let outbox = folder(reader, &OUTBOX, options.export.is_some(), "./outbox");
    let every = reader.optional(&EXPORT_EVERY, values::duration);
    let (outbox, every) = (outbox?, every?);
    Ok(outbox.map(|outbox| ExportSettings { outbox, every, all: options.export_all }))
}

/// What of an inbox is found in the folder `home`: the mirror, or what a service keeps for itself. Where it is `wanted`
/// without being named it is `./inbox`.
pub(super) fn import(
    reader: &mut Reader<'_>,
    wanted: bool,
    home: &Path,
    crate_size: u64,
) -> Result<Option<InboxConfig>, Recorded> {
    let inbox = folder(reader, &INBOX, wanted, "./inbox");
    let consume = reader.value(&CONSUME, values::flag);
    let quarantine = reader.optional_path(&QUARANTINE);
    let settle = reader.value(&SETTLE_TIME, values::duration);
    let poll = reader.value(&POLL_INTERVAL, values::duration);
    let notify = reader.value(&INOTIFY, values::flag);
    let (consume, quarantine, settle, poll, notify) = (consume?, quarantine?, settle?, poll?, notify?);
    let crates = CratesLimits { crate_size, ..CratesLimits::default() };
    Ok(inbox?.map(|inbox| InboxConfig {
        inbox,
        consume,
        quarantine: quarantine.unwrap_or_else(|| home.join("quarantine")),
        settle,
        poll,
        notify,
        repository: repository(home),
        state: home.join(STATE),
        crates,
        folders: FolderLimits::default(),
    }))
}

/// The folder that a key names; `fallback` where it is wanted and not named.
fn folder(
    reader: &mut Reader<'_>,
    key: &'static Key,
    wanted: bool,
    fallback: &str,
) -> Result<Option<PathBuf>, Recorded> {
    if wanted { reader.path_or(key, fallback).map(Some) } else { reader.optional_path(key) }
}

/// How the packer checks the signatures of an archive.
pub(crate) fn check_signature(policy: &SignaturePolicy) -> CheckSignature {
    let policy = policy.clone();
    Arc::new(move |file: SignedFile<'_>| {
        let name = file.key.to_string();
        if let Some(warning) = policy.check(&name, file.signature.as_deref(), file.content)? {
            tracing::warn!("{warning}");
        }
        Ok(())
    })
}
