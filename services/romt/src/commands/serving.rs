//! The server in this process, and what people are told of it.

use std::path::{Path, PathBuf};

use romt_bus::BusHandle;
use romt_runtime::{Hint, Metrics, Readiness};
use romt_server::{BindError, RustupParts};
use romt_storage::{Storage, StorageKey};
use serde_json::json;

use crate::screen::{Screen, Style};

/// Binds the sockets.
pub(super) async fn build(
    config: romt_server::Config,
    repository: PathBuf,
    storage: Storage,
    bus: Option<BusHandle>,
) -> anyhow::Result<romt_server::Service> {
    let context = romt_server::Context {
        config,
        storage,
        repository,
        bus,
        metrics: Metrics::new(env!("CARGO_PKG_VERSION")),
        readiness: Readiness::default(),
    };
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
    mirror: &Path,
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
    screen.say(format_args!("serving `{}` at {base}/\n", mirror.display()));
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
