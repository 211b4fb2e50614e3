//! Which option sets which key.

use romt_runtime::settings::Arguments;
use romt_runtime::settings::keys::{
    BIND, COMPONENTS, CONSUME, CRATE, DIST_URL, EVERY, EXPORT_EVERY, INBOX, INDEX_URL, KEEP, LOCKFILE, MANIFEST,
    MIRROR, NUM_JOBS, OUTBOX, PORT, PROFILE, RUSTUP, RUSTUP_TARGET, RUSTUP_URL, SERVER_URL, TARGET, TIMEOUT, TOOLCHAIN,
    VERSIONS,
};

use crate::cli::{
    ExplainOptions, FetchOptions, KeepOption, MirrorOption, PruneOptions, RustOptions, SelectionOptions,
    ServeHereOptions, ServeOptions, UpOptions,
};

impl From<&UpOptions> for Arguments {
    fn from(options: &UpOptions) -> Self {
        let ServeOptions { bind, port, server_url } = &options.serve;
        let RustOptions {
            toolchain,
            target,
            profile,
            components,
            rustup,
            rustup_target,
            keep: KeepOption { keep },
            dist_url,
            rustup_url,
        } = &options.rust;
        run(&options.selection, &options.mirror, &options.fetch)
            .with(&TOOLCHAIN, toolchain.clone())
            .with(&TARGET, target.clone())
            .with(&PROFILE, profile.clone())
            .with(&COMPONENTS, components.clone())
            .with(&KEEP, keep.clone())
            .with(&DIST_URL, dist_url.clone())
            .with(&RUSTUP, rustup.clone())
            .with(&RUSTUP_TARGET, rustup_target.clone())
            .with(&RUSTUP_URL, rustup_url.clone())
            .with(&EVERY, options.every.clone())
            .with(&OUTBOX, named(options.archives.export.as_deref()))
            .with(&EXPORT_EVERY, options.archives.export_every.clone())
            .with(&INBOX, named(options.archives.import.as_deref()))
            .with(&CONSUME, options.archives.consume.then(|| "true".to_owned()))
            .with(&BIND, bind.clone())
            .with(&PORT, port.clone())
            .with(&SERVER_URL, server_url.clone())
    }
}

impl From<&PruneOptions> for Arguments {
    fn from(options: &PruneOptions) -> Self {
        run(&options.selection, &options.mirror, &options.fetch).with(&KEEP, options.keep.keep.clone())
    }
}

impl From<&ExplainOptions> for Arguments {
    fn from(options: &ExplainOptions) -> Self {
        run(&options.selection, &options.mirror, &options.fetch)
    }
}

impl From<&ServeHereOptions> for Arguments {
    fn from(options: &ServeHereOptions) -> Self {
        let ServeHereOptions { mirror, bind, port, server_url, common: _ } = options;
        Self::default()
            .with(&MIRROR, mirror.clone())
            .with(&BIND, bind.clone())
            .with(&PORT, port.clone())
            .with(&SERVER_URL, server_url.clone())
    }
}

impl From<&SelectionOptions> for Arguments {
    fn from(options: &SelectionOptions) -> Self {
        let SelectionOptions { lockfile, manifest, krate, versions } = options;
        Self::default()
            .with(&LOCKFILE, lockfile.clone())
            .with(&MANIFEST, manifest.clone())
            .with(&CRATE, krate.clone())
            .with(&VERSIONS, versions.clone())
    }
}

/// The folder that an option names which may stand without one.
fn named(folder: Option<&str>) -> Option<String> {
    folder.filter(|folder| !folder.is_empty()).map(str::to_owned)
}

fn run(selection: &SelectionOptions, mirror: &MirrorOption, fetch: &FetchOptions) -> Arguments {
    let FetchOptions { index_url, num_jobs, timeout } = fetch;
    Arguments::from(selection)
        .with(&MIRROR, mirror.mirror.clone())
        .with(&INDEX_URL, index_url.clone())
        .with(&NUM_JOBS, num_jobs.clone())
        .with(&TIMEOUT, timeout.clone())
}
