//! A deployment to test with.

use std::io::Write;
use std::ops::Deref;

use romt_testkit::{NatsProgram, NatsServer, Process, Romt, S3Server, Upstream, not_run};

/// Services around a NATS server, with settings for a test.
pub(crate) struct Deployment {
    pub(crate) nats: NatsServer,
    romt: Romt,
}

impl Deployment {
    /// One that mirrors from `upstream` into a folder; `None`, and it is said that `test` did not run, where there is no
    /// nats-server.
    pub(crate) fn start(test: &str, upstream: &Upstream) -> Option<Self> {
        let Some(program) = NatsProgram::all().into_iter().next() else {
            not_run(test, "nats-server is not installed");
            return None;
        };
        Some(Self::start_on(&program, upstream))
    }

    /// The same on a nats-server of this version.
    pub(crate) fn start_on(program: &NatsProgram, upstream: &Upstream) -> Self {
        let nats = NatsServer::start(program);
        let mut romt = Romt::with(upstream);
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
    pub(crate) fn start_with_bucket(test: &str, upstream: &Upstream, s3: &S3Server) -> Option<Self> {
        let mut deployment = Self::start(test, upstream)?;
        for (name, value) in [
            ("ROMT_STORE", &*format!("s3://{}/mirror", S3Server::BUCKET)),
            ("ROMT_S3_ENDPOINT", &*s3.endpoint()),
            ("AWS_ACCESS_KEY_ID", S3Server::ACCESS_KEY),
            ("AWS_SECRET_ACCESS_KEY", S3Server::SECRET_KEY),
        ] {
            deployment.set(name, value);
        }
        Some(deployment)
    }

    /// Sets an environment variable for the calls that follow.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.romt.set(name, value);
    }

    /// An indexer that is the one, or will be.
    pub(crate) fn indexer(&self, selection: &[&str]) -> Process {
        self.spawn(&[&["indexer"], selection].concat())
    }

    /// A fetcher.
    pub(crate) fn fetcher(&self) -> Process {
        self.spawn(&["fetcher"])
    }

    /// What `romt sync` has done when it was complete.
    pub(crate) fn sync(&self) {
        self.run(&["sync"]).succeeds();
    }
}

impl Deref for Deployment {
    type Target = Romt;

    fn deref(&self) -> &Romt {
        &self.romt
    }
}

/// What an indexer says when it has begun its work.
pub(crate) const IS_INDEXER: &str = "this is the indexer now";
/// What it says after a sync of its own.
pub(crate) const SYNCED: &str = ": synced";

/// Past the test harness, which would keep it until the test fails.
pub(crate) fn tell(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
