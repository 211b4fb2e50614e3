//! What the services of a deployment need to know.

use std::path::PathBuf;
use std::time::Duration;

use romt_bus::BusAddress;
use romt_indexer::toolchains::SignaturePolicy;
use romt_indexer::{Exports, Schedule, Syncs};
use romt_runtime::settings::keys::{
    ADMIN, DATA, EVERY, EXPORT_EVERY, INBOX, MAX_CRATE_SIZE, MIRROR, NUM_JOBS, OUTBOX, S3_ENDPOINT, S3_PATH_STYLE,
    S3_REGION, STORE, TIMEOUT,
};
use romt_runtime::settings::{Reader, Recorded, SettingsError, values};
use romt_storage::{S3Options, S3OptionsError, StoreAddress};
use romt_types::ByteSize;
use romt_upstream::ClientConfig;

use super::{archives, client, indexer, read, repository, server, toolchains};
use crate::cli::{FetcherOptions, HealthcheckOptions, IndexerOptions, PackerOptions, ServerOptions};

/// What every service needs to know.
#[derive(Debug)]
pub(crate) struct ServiceSettings {
    pub(crate) bus: BusAddress,
    pub(crate) store: StoreAddress,
    pub(crate) s3: S3Settings,
    pub(crate) data: PathBuf,
    pub(crate) admin: String,
}

/// What the settings say of an S3 service; the keys to it are in the environment.
#[derive(Debug)]
pub(crate) struct S3Settings {
    endpoint: Option<url::Url>,
    region: String,
    path_style: bool,
}

/// What `romt fetcher` needs to know.
#[derive(Debug)]
pub(crate) struct FetcherSettings {
    pub(crate) service: ServiceSettings,
    pub(crate) client: ClientConfig,
    pub(crate) fetcher: romt_fetcher::Config,
}

/// What `romt indexer` needs to know.
#[derive(Debug)]
pub(crate) struct IndexerSettings {
    pub(crate) service: ServiceSettings,
    pub(crate) client: ClientConfig,
    pub(crate) indexer: romt_indexer::Config,
    /// Nothing is to be synced by itself where nothing is selected, and nothing exported where there is no outbox.
    pub(crate) schedule: Schedule,
}

/// What `romt packer` needs to know.
#[derive(Debug)]
pub(crate) struct PackerSettings {
    pub(crate) service: ServiceSettings,
    pub(crate) packer: romt_packer::Config,
    /// How much the signatures of toolchains count.
    pub(crate) signatures: SignaturePolicy,
}

/// What `romt server` needs to know.
#[derive(Debug)]
pub(crate) struct ServerSettings {
    pub(crate) service: ServiceSettings,
    pub(crate) server: romt_server::Config,
}

impl FetcherSettings {
    pub(crate) fn read(options: &FetcherOptions) -> Result<Self, SettingsError> {
        read(options.into(), &options.service.common, |reader| {
            let service = service(reader);
            let jobs = reader.value(&NUM_JOBS, values::count);
            let timeout = reader.value(&TIMEOUT, values::seconds);
            let client = client(reader, jobs, timeout);
            let (jobs, client) = (jobs?.get(), client?);
            let fetcher = romt_fetcher::Config { num_jobs: jobs, shared_host_limit: Some(client.host_limit) };
            Ok(Self { service: service?, client, fetcher })
        })
    }
}

impl IndexerSettings {
    pub(crate) fn read(options: &IndexerOptions) -> Result<Self, SettingsError> {
        read(options.into(), &options.service.common, |reader| {
            let service = service(reader);
            let jobs = reader.value(&NUM_JOBS, values::count);
            let timeout = reader.value(&TIMEOUT, values::seconds);
            let client = client(reader, jobs, timeout);
            let every = reader.optional(&EVERY, values::duration);
            let folder = service.as_ref().map_or_else(|_| PathBuf::new(), ServiceSettings::home);
            let indexer = indexer(reader, &folder, jobs.map_or(1, usize::from));
            let outbox = reader.optional_path(&OUTBOX);
            let export_every = reader.optional(&EXPORT_EVERY, values::duration);
            let inbox = reader.optional_path(&INBOX);
            let (mut indexer, every, export_every): (_, Option<Duration>, _) = (indexer?, every?, export_every?);
            indexer.import = inbox?.is_some();
            let schedule = Schedule {
                sync: indexer.selects_anything().then(|| every.map_or(Syncs::AtStart, Syncs::Every)),
                export: outbox?.map(|_| export_every.map_or(Exports::AfterEach, Exports::Every)),
            };
            Ok(Self { service: service?, client: client?, indexer, schedule })
        })
    }
}

impl PackerSettings {
    pub(crate) fn read(options: &PackerOptions) -> Result<Self, SettingsError> {
        read(options.into(), &options.service.common, |reader| {
            let service = service(reader);
            let outbox = reader.optional_path(&OUTBOX);
            let signatures = toolchains::signatures(reader);
            let crate_size = reader.value(&MAX_CRATE_SIZE, str::parse::<ByteSize>);
            let home = service.as_ref().map_or_else(|_| PathBuf::new(), ServiceSettings::home);
            let inbox = archives::import(reader, false, &home, crate_size.map_or(0, |size| size.0));
            crate_size?;
            let packer = romt_packer::Config { outbox: outbox?, inbox: inbox? };
            Ok(Self { service: service?, packer, signatures: signatures? })
        })
    }
}

impl ServerSettings {
    pub(crate) fn read(options: &ServerOptions) -> Result<Self, SettingsError> {
        read(options.into(), &options.service.common, |reader| {
            let service = service(reader);
            let server = server(reader, None);
            Ok(Self { service: service?, server: server? })
        })
    }
}

impl ServiceSettings {
    /// Where the index and the indexer's memory are: the store where it is a folder, else the indexer's own.
    pub(crate) fn home(&self) -> PathBuf {
        match &self.store {
            StoreAddress::Folder(folder) => folder.clone(),
            StoreAddress::S3(_) | StoreAddress::Memory => self.data.clone(),
        }
    }

    /// Where the index is for who reads it from the store; `None` where it must be copied first.
    pub(crate) fn shared_repository(&self) -> Option<PathBuf> {
        match &self.store {
            StoreAddress::Folder(folder) => Some(repository(folder)),
            StoreAddress::S3(_) | StoreAddress::Memory => None,
        }
    }
}

impl S3Settings {
    /// How the service is reached, with the keys that `variable` knows: `AWS_ACCESS_KEY_ID`, or the file that
    /// `AWS_ACCESS_KEY_ID_FILE` names, and so on.
    pub(crate) fn options(&self, variable: impl Fn(&str) -> Option<String>) -> Result<S3Options, S3OptionsError> {
        let secret = |name: &str| {
            variable(name).or_else(|| {
                let file = variable(&format!("{name}_FILE")).filter(|file| !file.is_empty())?;
                let read = std::fs::read_to_string(&file);
                let read = read.inspect_err(|error| tracing::warn!(%error, file, "cannot read the file of a key"));
                read.ok().map(|text| text.trim().to_owned())
            })
        };
        let options = S3Options::from_variables(secret)?;
        Ok(S3Options {
            endpoint: self.endpoint.clone().or(options.endpoint),
            region: self.region.clone(),
            virtual_host: !self.path_style,
            ..options
        })
    }
}

/// The address of the admin page of the service on this machine.
pub(crate) fn admin(options: &HealthcheckOptions) -> Result<String, SettingsError> {
    read(options.into(), &options.common, |reader| reader.value(&ADMIN, values::text))
}

fn service(reader: &mut Reader<'_>) -> Result<ServiceSettings, Recorded> {
    let bus = super::bus::bus(reader);
    let mirror = reader.path(&MIRROR);
    let store = reader.optional_and_folder(&STORE, str::parse::<StoreAddress>);
    let endpoint = reader.optional(&S3_ENDPOINT, S3Options::parse_endpoint);
    let region = reader.value(&S3_REGION, values::text);
    let path_style = reader.value(&S3_PATH_STYLE, values::flag);
    let data = reader.path(&DATA);
    let admin = reader.value(&ADMIN, values::text);
    let store = match store? {
        Some((StoreAddress::Folder(path), folder)) => StoreAddress::Folder(folder.join(path)),
        Some((address, _)) => address,
        None => StoreAddress::Folder(mirror?),
    };
    let s3 = S3Settings { endpoint: endpoint?, region: region?, path_style: path_style? };
    Ok(ServiceSettings { bus: bus?, store, s3, data: data?, admin: admin? })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use clap::{Args, Command};
    use romt_runtime::settings::{Arguments, SettingsFile};

    use super::*;

    fn of_file(text: &str) -> ServiceSettings {
        let nothing = |_: &str| None;
        let file = SettingsFile::parse(Path::new("/etc/romt/romt.toml"), text);
        let mut reader = Reader::new(Arguments::default(), &nothing, file);
        let settings = service(&mut reader);
        reader.finish(settings).unwrap()
    }

    /// The options of a service that reads a settings file of the deployment that comes with romt.
    fn options<T: Args>(file: &str) -> T {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/config").join(file);
        let command = T::augment_args(Command::new("service"));
        T::from_arg_matches(&command.get_matches_from(["service", "--config", path.to_str().unwrap()])).unwrap()
    }

    /// What is the same for every service of both sides.
    fn check_service(service: &ServiceSettings) {
        assert_eq!(service.store, StoreAddress::Folder("/srv/mirror".into()));
        assert_eq!(service.data, Path::new("/var/lib/romt"));
        assert_eq!(service.admin, "0.0.0.0:9090");
        assert!(matches!(service.bus, BusAddress::Nats(_)));
    }

    #[test]
    fn the_export_side_of_the_deployment_can_be_read_as_it_is() {
        let file = "export.toml";
        let indexer = IndexerSettings::read(&options(file)).unwrap();
        let [sync, export] = [6, 24].map(Duration::from_hours);
        let schedule = Schedule { sync: Some(Syncs::Every(sync)), export: Some(Exports::Every(export)) };
        assert_eq!(indexer.schedule, schedule);
        assert!(indexer.indexer.selects_anything() && !indexer.indexer.import);
        let packer = PackerSettings::read(&options(file)).unwrap();
        assert_eq!(packer.packer.outbox.as_deref(), Some(Path::new("/outbox")));
        assert!(packer.packer.inbox.is_none());
        let server = ServerSettings::read(&options(file)).unwrap();
        assert_eq!((&*server.server.bind, server.server.port), ("0.0.0.0", 8000));
        let fetcher = FetcherSettings::read(&options(file)).unwrap();
        for service in [&indexer.service, &packer.service, &server.service, &fetcher.service] {
            check_service(service);
        }
    }

    #[test]
    fn the_import_side_of_the_deployment_can_be_read_as_it_is() {
        let file = "import.toml";
        let indexer = IndexerSettings::read(&options(file)).unwrap();
        assert_eq!(indexer.schedule, Schedule::default());
        assert!(indexer.indexer.import && !indexer.indexer.selects_anything());
        let packer = PackerSettings::read(&options(file)).unwrap();
        assert!(packer.packer.outbox.is_none());
        let inbox = packer.packer.inbox.unwrap();
        assert_eq!((&*inbox.inbox, inbox.consume), (Path::new("/inbox"), false));
        assert_eq!(inbox.quarantine, Path::new("/var/lib/romt/quarantine"));
        // Beside what it unpacks, so that files need only be renamed.
        assert_eq!((inbox.repository, inbox.state), (indexer.indexer.repository, indexer.indexer.state));
        assert_eq!(inbox.crates.crate_size, 512_000_000);
        let server = ServerSettings::read(&options(file)).unwrap();
        let fetcher = FetcherSettings::read(&options(file)).unwrap();
        for service in [&indexer.service, &packer.service, &server.service, &fetcher.service] {
            check_service(service);
        }
    }

    #[test]
    fn the_index_is_in_the_store_or_beside_it() {
        let folder = of_file("bus = 'nats://nats'\nstore = 'mirror'");
        assert_eq!(folder.home(), Path::new("/etc/romt/mirror"), "relative to the file");
        assert_eq!(folder.shared_repository().unwrap(), Path::new("/etc/romt/mirror/git/crates.io-index"));
        let bucket = of_file("bus = 'nats://nats'\nstore = 's3://romt/mirror'\ndata = '/var/lib/romt'");
        assert_eq!(bucket.home(), Path::new("/var/lib/romt"));
        assert_eq!(bucket.shared_repository(), None);
        let plain = of_file("bus = 'nats://nats'\nmirror = '/srv/m'");
        assert_eq!(plain.store, StoreAddress::Folder("/srv/m".into()));
    }

    #[test]
    fn keys_come_from_variables_or_from_files() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        std::fs::write(&file, "hush\n").unwrap();
        let settings = of_file("bus = 'nats://nats'\ns3-path-style = 'false'\ns3-endpoint = 'http://s3:9000'");
        let options = settings.s3.options(|name| match name {
            "AWS_ACCESS_KEY_ID" => Some("id".to_owned()),
            "AWS_SECRET_ACCESS_KEY_FILE" => Some(file.to_str().unwrap().to_owned()),
            _ => None,
        });
        let options = options.unwrap();
        assert_eq!(options.access_key.as_deref(), Some("id"));
        assert_eq!(options.secret_key, Some(romt_storage::Secret::new("hush")));
        assert!(options.virtual_host && options.endpoint.unwrap().as_str() == "http://s3:9000/");
    }
}
