//! Which option sets which key.

use romt_runtime::settings::Arguments;
use romt_runtime::settings::keys::{
    BIND, CRATE, EVERY, INDEX_URL, LOCKFILE, MANIFEST, MIRROR, NUM_JOBS, PORT, SERVER_URL, TIMEOUT, VERSIONS,
};

use crate::cli::{
    ExplainOptions, FetchOptions, MirrorOption, PruneOptions, SelectionOptions, ServeHereOptions, ServeOptions,
    UpOptions,
};

impl From<&UpOptions> for Arguments {
    fn from(options: &UpOptions) -> Self {
        let ServeOptions { bind, port, server_url } = &options.serve;
        run(&options.selection, &options.mirror, &options.fetch)
            .with(&EVERY, options.every.clone())
            .with(&BIND, bind.clone())
            .with(&PORT, port.clone())
            .with(&SERVER_URL, server_url.clone())
    }
}

impl From<&PruneOptions> for Arguments {
    fn from(options: &PruneOptions) -> Self {
        run(&options.selection, &options.mirror, &options.fetch)
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

fn run(selection: &SelectionOptions, mirror: &MirrorOption, fetch: &FetchOptions) -> Arguments {
    let FetchOptions { index_url, num_jobs, timeout } = fetch;
    Arguments::from(selection)
        .with(&MIRROR, mirror.mirror.clone())
        .with(&INDEX_URL, index_url.clone())
        .with(&NUM_JOBS, num_jobs.clone())
        .with(&TIMEOUT, timeout.clone())
}
