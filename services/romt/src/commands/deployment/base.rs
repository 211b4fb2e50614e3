//! What every service of a deployment stands on: bus, store, and a page for those who run it.

use std::collections::BTreeMap;
use std::future::pending;
use std::path::PathBuf;
use std::time::Duration;

use romt_bus::{BusAddress, BusHandle, ConnectError, Queue};
use romt_runtime::{AdminServer, Hint, Lifecycle, Metrics, Readiness, Signals};
use romt_storage::{Storage, StorageError, StorageKey, StoreAddress};
use tokio::sync::watch;
use tokio::time::Instant;

use super::super::outcome::{Outcome, Usage};
use super::roll_call::Present;
use crate::settings::ServiceSettings;

/// How long a store that cannot be reached is waited for at the start.
const STORE_PATIENCE: Duration = Duration::from_mins(2);
/// The pause between two tries.
const STORE_PAUSE: Duration = Duration::from_secs(3);
/// How long a deployment that nobody has made is waited for by those who ask it.
const DEPLOYMENT_PATIENCE: Duration = Duration::from_secs(5);
/// The pause between two looks.
const DEPLOYMENT_PAUSE: Duration = Duration::from_millis(500);

/// What every service stands on.
pub(super) struct Base {
    pub(super) bus: BusHandle,
    pub(super) storage: Storage,
    pub(super) readiness: Readiness,
    pub(super) metrics: Metrics,
    pub(super) lifecycle: Lifecycle,
    /// What it has of what only some of its kind have.
    pub(super) parts: Vec<&'static str>,
    /// Which folder is a part, where that is one.
    pub(super) folders: BTreeMap<&'static str, PathBuf>,
}

impl Base {
    /// Reaches bus and store, and starts the admin page. It answers before they are there, and says then that the service is
    /// not ready. `None`: a signal came first.
    pub(super) async fn build(settings: &ServiceSettings) -> anyhow::Result<Result<Self, Outcome>> {
        refuse_memory(settings)?;
        let mut lifecycle = Lifecycle::new(Signals::listen()?);
        let (readiness, metrics) = (Readiness::default(), Metrics::new(env!("CARGO_PKG_VERSION")));
        let admin = AdminServer::bind(&settings.admin).await.map_err(|error| {
            anyhow::Error::from(error).context(format!("cannot listen on `{}` for the admin page", settings.admin))
        });
        let admin = admin.hint("choose another address with `--admin ADDR:PORT`")?;
        tracing::info!(address = %admin.address()?, "the admin page is there");
        lifecycle.spawn("admin page", admin.run(readiness.clone(), metrics.clone(), lifecycle.token()));
        let reached = async { tokio::try_join!(connect(&settings.bus), open(settings)) };
        let (bus, storage) = match lifecycle.wait_for(reached).await? {
            Ok(reached) => reached,
            Err(signal) => return Ok(Err(Outcome::Stopped(signal))),
        };
        require_store(&readiness, &storage);
        Ok(Ok(Self { bus, storage, readiness, metrics, lifecycle, parts: Vec::new(), folders: BTreeMap::new() }))
    }

    /// Makes the service ready only while the bus answers.
    pub(super) fn require_bus(&self) {
        let bus = self.bus.clone();
        self.readiness.require("bus", move || {
            let bus = bus.clone();
            async move { bus.port().pending(Queue::Runs).await.map(drop).map_err(said) }
        });
    }

    /// Answers as `service` when somebody asks which there are, and works until a signal comes. `note` says what it is doing.
    pub(super) async fn run(
        mut self,
        service: &'static str,
        note: watch::Receiver<Option<&'static str>>,
    ) -> anyhow::Result<Outcome> {
        let (bus, readiness) = (self.bus.clone(), self.readiness.clone());
        let (parts, folders) = (std::mem::take(&mut self.parts), std::mem::take(&mut self.folders));
        let present = Present { service, bus, readiness, parts, folders, note };
        self.lifecycle.spawn("roll call", present.run(self.lifecycle.token()));
        let ended = self.lifecycle.run(pending::<anyhow::Result<()>>()).await?;
        Ok(Outcome::of_ended(&ended))
    }
}

/// What the role that a service has is called, as often as that changes.
pub(super) fn note_of<S: Copy + Send + Sync + 'static>(
    mut standing: watch::Receiver<S>,
    called: fn(S) -> &'static str,
) -> watch::Receiver<Option<&'static str>> {
    let (told, note) = watch::channel(None);
    tokio::spawn(async move {
        loop {
            // Not held while it is told.
            let now = *standing.borrow_and_update();
            told.send_replace(Some(called(now)));
            if standing.changed().await.is_err() {
                return;
            }
        }
    });
    note
}

/// Nothing to say.
pub(super) fn no_note() -> watch::Receiver<Option<&'static str>> {
    watch::Sender::new(None).subscribe()
}

fn said(error: impl Into<anyhow::Error>) -> String {
    format!("{:#}", error.into())
}

fn require_store(readiness: &Readiness, storage: &Storage) {
    let storage = storage.clone();
    readiness.require("store", move || {
        let storage = storage.clone();
        async move {
            // A folder that is gone looks like an empty one to the store.
            if let Some(folder) = storage.as_folder() {
                let found = tokio::fs::metadata(folder).await;
                found.map_err(|error| format!("`{}` cannot be read: {error}", folder.display()))?;
            }
            storage.info(&StorageKey::CratesConfig).await.map(drop).map_err(said)
        }
    });
}

fn refuse_memory(settings: &ServiceSettings) -> anyhow::Result<()> {
    refuse_memory_bus(&settings.bus)?;
    if settings.store == StoreAddress::Memory {
        let error = Usage("`memory:` is a store of one process, and a service shares its store with others".to_owned());
        return Err(error).hint("name a folder or `s3://BUCKET/PREFIX` with `--store`");
    }
    Ok(())
}

fn refuse_memory_bus(address: &BusAddress) -> anyhow::Result<()> {
    if *address == BusAddress::Memory {
        let error = Usage("`memory:` is a bus of one process, and nobody else would be on it".to_owned());
        return Err(error)
            .hint("name a NATS server with `--bus nats://HOST:PORT`; `romt up` is all services in one process");
    }
    Ok(())
}

/// The bus at an address; waits a while for a server that is not there yet.
pub(super) async fn connect(address: &BusAddress) -> anyhow::Result<BusHandle> {
    refuse_memory_bus(address)?;
    with_hint(romt_bus::connect(address).await)
}

/// The bus of a deployment that is there already, for a verb that only asks. Its first service may be starting just now, or
/// NATS have come back without its files: so it is waited for a little.
pub(super) async fn find(address: &BusAddress) -> anyhow::Result<BusHandle> {
    refuse_memory_bus(address)?;
    let begun = Instant::now();
    loop {
        match romt_bus::find(address).await {
            Err(ConnectError::NoDeployment { .. }) if begun.elapsed() < DEPLOYMENT_PATIENCE => {}
            found => return with_hint(found),
        }
        tokio::time::sleep(DEPLOYMENT_PAUSE).await;
    }
}

fn with_hint(bus: Result<BusHandle, ConnectError>) -> anyhow::Result<BusHandle> {
    bus.or_else(|error| {
        let hint = error.hint();
        Err(error).hint(hint)
    })
}

/// The store; waits a while for a service that is not there yet.
async fn open(settings: &ServiceSettings) -> anyhow::Result<Storage> {
    let options = settings.s3.options(|name| std::env::var(name).ok());
    let options = options.hint("see `s3-endpoint`, `s3-region`, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")?;
    let begun = Instant::now();
    loop {
        let error = match Storage::connect(&settings.store, &options).await {
            Ok(storage) => return Ok(storage),
            Err(error) => error,
        };
        if !matches!(settings.store, StoreAddress::S3(_)) || begun.elapsed() >= STORE_PATIENCE {
            return Err(error).hint(store_hint(&settings.store));
        }
        let error: &StorageError = &error;
        tracing::warn!(store = %settings.store, error = romt_runtime::one_line(error), "the store cannot be used; trying again");
        tokio::time::sleep(STORE_PAUSE).await;
    }
}

fn store_hint(store: &StoreAddress) -> &'static str {
    match store {
        StoreAddress::S3(_) => {
            "check `--store`, `--s3-endpoint` and `--s3-region`, that the bucket is there, and the keys in \
             AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        }
        _ => "choose a folder that this process may write to with `--store DIR`",
    }
}
