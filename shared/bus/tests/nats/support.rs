//! Servers of two versions, and buses on them.

use std::sync::Arc;
use std::time::Duration;

use romt_bus::{BusAddress, NatsBus, NatsConfig};
use romt_testkit::{NatsProgram, NatsServer, not_run};

/// Debian 12's, and the line after it.
pub(crate) const OLD: &str = "2.9.";
pub(crate) const NEW: &str = "2.10.";

/// A server of a version; where it is not installed, says that the test did not run.
pub(crate) fn server(test: &str, version: &str) -> Option<NatsServer> {
    let program = program(test, version)?;
    Some(NatsServer::start(&program))
}

pub(crate) fn program(test: &str, version: &str) -> Option<NatsProgram> {
    let program = NatsProgram::of_version(version);
    if program.is_none() {
        not_run(test, &format!("nats-server {version}x is not installed; `tests/run services` installs it"));
    }
    program
}

/// A deployment's configuration, with limits that fit a test's time.
pub(crate) fn config(server: &NatsServer, deployment: &str) -> NatsConfig {
    let Ok(BusAddress::Nats(config)) = format!("{}/{deployment}", server.url()).parse() else { panic!("an address") };
    NatsConfig { ack_wait: Duration::from_secs(2), patience: Duration::from_secs(20), ..config }
}

pub(crate) async fn connect(server: &NatsServer, deployment: &str) -> Arc<NatsBus> {
    Arc::new(NatsBus::connect(config(server, deployment)).await.expect("a bus"))
}

/// Writes the same tests for both versions.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod debians {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(crate::support::OLD).await;
            })+
        }
        mod current {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(crate::support::NEW).await;
            })+
        }
    };
}
pub(crate) use on_both;
