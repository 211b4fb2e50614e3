//! A deployment to test with.

#![expect(clippy::expect_used, reason = "a test's tools fail by failing the test")]

use std::io::Write;
use std::ops::Deref;

use romt_bus::BusHandle;
use romt_testkit::{NatsProgram, NatsServer, Process, Romt, S3Server, Upstream, not_run};

use crate::Bucket;

/// Services around a NATS server, with settings for a test.
#[derive(Debug)]
pub struct Deployment {
    /// What they talk over.
    pub nats: NatsServer,
    romt: Romt,
}

impl Deployment {
    /// One that mirrors from `upstream` into a folder; `None`, and it is said that `test` did not run, where there is no
    /// nats-server.
    pub fn start(test: &str, upstream: &Upstream) -> Option<Self> {
        let Some(program) = NatsProgram::all().into_iter().next() else {
            not_run(test, "nats-server is not installed");
            return None;
        };
        Some(Self::start_on(&program, upstream))
    }

    /// The same on a nats-server of this version.
    pub fn start_on(program: &NatsProgram, upstream: &Upstream) -> Self {
        Self::of(program, Romt::with(upstream))
    }

    /// The same with these settings.
    pub fn of(program: &NatsProgram, romt: Romt) -> Self {
        Self::around(NatsServer::start(program), romt)
    }

    /// The same around this server.
    pub fn start_around(nats: NatsServer, upstream: &Upstream) -> Self {
        Self::around(nats, Romt::with(upstream))
    }

    fn around(nats: NatsServer, mut romt: Romt) -> Self {
        romt.set("ROMT_BUS", &nats.url());
        romt.set("ROMT_STORE", "mirror");
        romt.set("ROMT_ADMIN", "127.0.0.1:0");
        // To see more of a failed test.
        if let Ok(filter) = std::env::var("RUST_LOG") {
            romt.set("RUST_LOG", &filter);
        }
        Self { nats, romt }
    }

    /// The same with a bucket.
    pub fn start_with_bucket(test: &str, upstream: &Upstream, s3: &S3Server) -> Option<Self> {
        let mut deployment = Self::start(test, upstream)?;
        deployment.use_bucket(s3);
        Some(deployment)
    }

    /// Has it keep the mirror in the bucket of an S3 service, below [`Bucket::PREFIX`].
    pub fn use_bucket(&mut self, s3: &S3Server) {
        for (name, value) in [
            ("ROMT_STORE", &*Bucket::address(Bucket::PREFIX)),
            ("ROMT_S3_ENDPOINT", &*s3.endpoint()),
            ("AWS_ACCESS_KEY_ID", S3Server::ACCESS_KEY),
            ("AWS_SECRET_ACCESS_KEY", S3Server::SECRET_KEY),
        ] {
            self.set(name, value);
        }
    }

    /// Sets an environment variable for the calls that follow.
    pub fn set(&mut self, name: &str, value: &str) {
        self.romt.set(name, value);
    }

    /// An indexer that is the one, or will be.
    pub fn indexer(&self, selection: &[&str]) -> Process {
        self.spawn(&[&["indexer"], selection].concat())
    }

    /// A fetcher.
    pub fn fetcher(&self) -> Process {
        self.spawn(&["fetcher"])
    }

    /// What `romt sync` has done when it was complete.
    pub fn sync(&self) {
        self.run(&["sync"]).succeeds();
    }
}

impl Deref for Deployment {
    type Target = Romt;

    fn deref(&self) -> &Romt {
        &self.romt
    }
}

/// Tells the bus that whoever has a role has given it up: after a kill it would be kept for a while.
///
/// # Panics
/// When the bus does not answer.
pub async fn give_up_role(bus: &BusHandle, role: &str) {
    let key = format!("leases/{role}");
    let Some(entry) = bus.port().state(&key).await.expect("a bus that answers") else { return };
    let mut lease: serde_json::Value = serde_json::from_slice(&entry.value).expect("JSON");
    lease["released"] = true.into();
    bus.port().set_state(&key, lease.to_string().into(), Some(entry.revision)).await.expect("a bus that answers");
}

/// What an indexer says when it has begun its work.
pub const IS_INDEXER: &str = "this is the indexer now";
/// What it says after a sync of its own.
pub const SYNCED: &str = ": synced";

/// Past the test harness, which would keep it until the test fails.
pub fn tell(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
