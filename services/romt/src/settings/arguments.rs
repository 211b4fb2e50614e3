//! Which option sets which key.

use romt_runtime::settings::Arguments;
use romt_runtime::settings::keys::{
    ADMIN, BIND, BUS, COMPONENTS, CONSUME, CRATE, DATA, DIST_URL, EVERY, EXPORT_EVERY, INBOX, INDEX_URL, KEEP,
    LOCKFILE, MANIFEST, MIRROR, NATS_CA, NATS_CERT, NATS_CREDS, NATS_KEY, NATS_NKEY, NATS_PASSWORD_FILE,
    NATS_TOKEN_FILE, NATS_USER, NUM_JOBS, OUTBOX, PORT, PROFILE, RUSTUP, RUSTUP_TARGET, RUSTUP_URL, S3_ENDPOINT,
    S3_PATH_STYLE, S3_REGION, SERVER_URL, STORE, TARGET, TIMEOUT, TOOLCHAIN, VERSIONS,
};

use crate::cli::{
    AdminOption, ArchiveOptions, BoxOptions, BusOption, ExplainOptions, FetchOptions, FetcherOptions,
    HealthcheckOptions, IndexerOptions, KeepOption, MirrorOption, NatsOptions, PackerOptions, PruneOptions,
    RustOptions, SelectionOptions, ServeHereOptions, ServeOptions, ServerOptions, ServiceOptions, UpOptions,
};

impl From<&UpOptions> for Arguments {
    fn from(options: &UpOptions) -> Self {
        let run = run(&options.selection, &options.mirror, &options.fetch).with(&EVERY, options.every.clone());
        archives(serve(rust(run, &options.rust), &options.serve), &options.archives)
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

fn archives(arguments: Arguments, options: &ArchiveOptions) -> Arguments {
    let ArchiveOptions { export, export_every, export_all: _, import, consume } = options;
    arguments
        .with(&OUTBOX, named(export.as_deref()))
        .with(&EXPORT_EVERY, export_every.clone())
        .with(&INBOX, named(import.as_deref()))
        .with(&CONSUME, consume.then(|| "true".to_owned()))
}

impl From<&FetcherOptions> for Arguments {
    fn from(options: &FetcherOptions) -> Self {
        service(Self::default(), &options.service)
            .with(&NUM_JOBS, options.num_jobs.clone())
            .with(&TIMEOUT, options.timeout.clone())
    }
}

impl From<&IndexerOptions> for Arguments {
    fn from(options: &IndexerOptions) -> Self {
        let run = upstream(Self::from(&options.selection), &options.fetch);
        let run = service(rust(run, &options.rust), &options.service).with(&EVERY, options.every.clone());
        boxes(run, &options.boxes).with(&EXPORT_EVERY, options.export_every.clone())
    }
}

impl From<&PackerOptions> for Arguments {
    fn from(options: &PackerOptions) -> Self {
        boxes(service(Self::default(), &options.service), &options.boxes)
            .with(&CONSUME, options.consume.then(|| "true".to_owned()))
    }
}

impl From<&ServerOptions> for Arguments {
    fn from(options: &ServerOptions) -> Self {
        serve(service(Self::default(), &options.service), &options.serve)
    }
}

impl From<&HealthcheckOptions> for Arguments {
    fn from(options: &HealthcheckOptions) -> Self {
        Self::default().with(&ADMIN, options.admin.admin.clone())
    }
}

fn boxes(arguments: Arguments, options: &BoxOptions) -> Arguments {
    let BoxOptions { outbox, inbox } = options;
    arguments.with(&OUTBOX, outbox.clone()).with(&INBOX, inbox.clone())
}

fn service(arguments: Arguments, options: &ServiceOptions) -> Arguments {
    let ServiceOptions { bus, store, s3_endpoint, s3_region, s3_path_style, data, admin, common: _ } = options;
    let AdminOption { admin } = admin;
    add_bus(arguments, bus)
        .with(&STORE, store.clone())
        .with(&S3_ENDPOINT, s3_endpoint.clone())
        .with(&S3_REGION, s3_region.clone())
        .with(&S3_PATH_STYLE, s3_path_style.clone())
        .with(&DATA, data.clone())
        .with(&ADMIN, admin.clone())
}

impl From<&BusOption> for Arguments {
    fn from(options: &BusOption) -> Self {
        add_bus(Self::default(), options)
    }
}

fn add_bus(arguments: Arguments, options: &BusOption) -> Arguments {
    let BusOption {
        bus,
        nats:
            NatsOptions {
                nats_creds,
                nats_nkey,
                nats_user,
                nats_password_file,
                nats_token_file,
                nats_ca,
                nats_cert,
                nats_key,
            },
    } = options;
    arguments
        .with(&BUS, bus.clone())
        .with(&NATS_CREDS, nats_creds.clone())
        .with(&NATS_NKEY, nats_nkey.clone())
        .with(&NATS_USER, nats_user.clone())
        .with(&NATS_PASSWORD_FILE, nats_password_file.clone())
        .with(&NATS_TOKEN_FILE, nats_token_file.clone())
        .with(&NATS_CA, nats_ca.clone())
        .with(&NATS_CERT, nats_cert.clone())
        .with(&NATS_KEY, nats_key.clone())
}

fn rust(arguments: Arguments, options: &RustOptions) -> Arguments {
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
    } = options;
    arguments
        .with(&TOOLCHAIN, toolchain.clone())
        .with(&TARGET, target.clone())
        .with(&PROFILE, profile.clone())
        .with(&COMPONENTS, components.clone())
        .with(&KEEP, keep.clone())
        .with(&DIST_URL, dist_url.clone())
        .with(&RUSTUP, rustup.clone())
        .with(&RUSTUP_TARGET, rustup_target.clone())
        .with(&RUSTUP_URL, rustup_url.clone())
}

fn serve(arguments: Arguments, options: &ServeOptions) -> Arguments {
    let ServeOptions { bind, port, server_url } = options;
    arguments.with(&BIND, bind.clone()).with(&PORT, port.clone()).with(&SERVER_URL, server_url.clone())
}

fn run(selection: &SelectionOptions, mirror: &MirrorOption, fetch: &FetchOptions) -> Arguments {
    upstream(Arguments::from(selection), fetch).with(&MIRROR, mirror.mirror.clone())
}

fn upstream(arguments: Arguments, fetch: &FetchOptions) -> Arguments {
    let FetchOptions { index_url, num_jobs, timeout } = fetch;
    arguments.with(&INDEX_URL, index_url.clone()).with(&NUM_JOBS, num_jobs.clone()).with(&TIMEOUT, timeout.clone())
}
