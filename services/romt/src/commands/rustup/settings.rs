//! From the options of `romt rustup` to what its steps work with.

use std::path::PathBuf;

use romt_bundle::FolderLimits;
use romt_dist::{RustupSpec, TargetSelection};
use romt_upstream::ClientConfig;

use crate::cli::RustupOptions;
use crate::settings::{Transfers, UpstreamFolder, targets};

/// What the steps of `romt rustup` need to know.
#[derive(Debug)]
pub(super) struct RustupSettings {
    /// Which releases.
    pub(super) specs: Vec<RustupSpec>,
    /// For which targets; none were named.
    pub(super) targets: Option<TargetSelection>,
    /// The folder of releases.
    pub(super) dest: PathBuf,
    /// Where they are from.
    pub(super) upstream: UpstreamFolder,
    /// Downloads at once.
    pub(super) num_jobs: usize,
    /// How upstream is asked.
    pub(super) client: ClientConfig,
    /// How large programs and archives may be.
    pub(super) limits: FolderLimits,
    /// Whether files that are there are believed.
    pub(super) assume_ok: bool,
    /// The archive to pack or unpack; it may be empty.
    pub(super) archive: PathBuf,
}

impl RustupSettings {
    /// Reads the options, and what the environment says of upstream.
    pub(super) fn read(options: &RustupOptions) -> anyhow::Result<Self> {
        let Transfers { num_jobs, client } = Transfers::read(options.transfers)?;
        Ok(Self {
            specs: RustupSpec::parse_list(&options.select)?,
            targets: targets(&options.target)?,
            dest: options.dest.clone(),
            upstream: UpstreamFolder::of_rustup(options.url.as_deref(), |name| std::env::var(name).ok()),
            num_jobs,
            client,
            limits: FolderLimits::default(),
            assume_ok: options.assume_ok,
            archive: options.archive.clone().into(),
        })
    }
}
