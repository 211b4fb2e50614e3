//! The server in this process, and what people are told of it.

use std::fmt::Display;
use std::path::PathBuf;

use romt_bus::BusHandle;
use romt_replica::Replica;
use romt_runtime::{Hint, Metrics, Readiness};
use romt_server::{BindError, RustupParts};
use romt_storage::{Storage, StorageKey};
use serde_json::json;

use crate::screen::{Screen, Style};

/// What the server says of this process to those who run it.
pub(super) struct Page {
    pub(super) metrics: Metrics,
    pub(super) readiness: Readiness,
}

impl Default for Page {
    fn default() -> Self {
        Self { metrics: Metrics::new(env!("CARGO_PKG_VERSION")), readiness: Readiness::default() }
    }
}

/// Binds the sockets.
pub(super) async fn build(
    config: romt_server::Config,
    repository: PathBuf,
    replica: Option<Replica>,
    storage: Storage,
    bus: Option<BusHandle>,
    page: Page,
) -> anyhow::Result<romt_server::Service> {
    let Page { metrics, readiness } = page;
    let context = romt_server::Context { config, storage, repository, replica, bus, metrics, readiness };
    let error = match romt_server::build(context).await {
        Ok(service) => return Ok(service),
        Err(error) => error,
    };
    match error.downcast_ref() {
        Some(BindError::InUse { .. }) => Err(error).hint("choose another port with `--port N`, or stop who has it"),
        Some(BindError::Unknown { .. } | BindError::Failed { .. }) => {
            Err(error).hint("choose a name or address of this machine with `--bind ADDR`, a free port with `--port N`")
        }
        _ => Err(error),
    }
}

/// What the mirror will hold, whatever it holds now.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Parts {
    pub(super) crates: bool,
    pub(super) rust: RustupParts,
}

/// Says where the mirror is served, and what to tell cargo and rustup.
pub(super) async fn announce(
    mirror: impl Display,
    service: &romt_server::Service,
    storage: &Storage,
    to_come: Parts,
    screen: &Screen,
) -> anyhow::Result<()> {
    let base = service.base_url();
    if screen.style() == Style::Json {
        return screen.data(json!({ "event": "serving", "url": base.as_str() }));
    }
    let held = RustupParts::of(storage).await?;
    let rust = RustupParts {
        toolchains: held.toolchains || to_come.rust.toolchains,
        releases: held.releases || to_come.rust.releases,
    };
    // A mirror of toolchains alone has nothing for cargo; one that is empty will have something.
    let crates = to_come.crates || !rust.any() || storage.holds(StorageKey::CRATES).await?;
    screen.say(format_args!("serving `{mirror}` at {base}/\n"));
    if crates {
        let lines = romt_server::cargo_config(base);
        screen.say(format_args!(
            "To use it, put these lines into cargo's configuration (`.cargo/config.toml`):\n\n{lines}"
        ));
    }
    if rust.any() {
        let lines = romt_server::rustup_config(base, rust);
        screen.say(format_args!("For rustup, set these variables where it runs:\n\n{lines}"));
    }
    Ok(())
}
