//! Two deployments that never see each other, each with a bucket, and archives that are carried between them.

#![expect(clippy::unwrap_used, reason = "a test's set-up fails by failing the test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use romt_bus::messages::{RunKind, RunRequest};
use romt_testkit::{FaultyS3, Process, S3Kind, S3Server, Serving, Upstream, not_run};
use romt_tests::{Bucket, Deployment, IS_INDEXER, give_up_role, wait_until};
use romt_types::Digest;
use tokio::runtime::Runtime;

use crate::archives::WATCHES;

/// One side: a deployment with a bucket of its own.
pub(crate) struct Side {
    pub(crate) deployment: Deployment,
    bucket: Bucket,
    nats: String,
    boxes: &'static [&'static str],
    /// Where the service is, and where packers are told that it is.
    direct: String,
    endpoint: String,
}

/// Both sides, and what they share: nothing but the machine.
pub(crate) struct Sides {
    pub(crate) s3: S3Server,
    pub(crate) exporter: Side,
    pub(crate) importer: Side,
}

impl Sides {
    /// `None`, and it is said that `test` did not run, where something is not installed.
    pub(crate) fn start(test: &str, upstream: &Upstream) -> Option<Self> {
        let Some(s3) = S3Server::start(S3Kind::Moto) else {
            not_run(test, S3Kind::Moto.how_to_install());
            return None;
        };
        let exporter = Side::start(test, upstream, &s3, "export", &["--outbox", "outbox"])?;
        let mut importer = Side::start(test, upstream, &s3, "import", &["--inbox", "inbox"])?;
        for (name, value) in [
            ("ROMT_INDEX_URL", "sparse+http://127.0.0.1:1/"),
            ("ROMT_SETTLE_TIME", "1500ms"),
            ("ROMT_POLL_INTERVAL", "1s"),
        ] {
            importer.deployment.set(name, value);
        }
        fs::create_dir(importer.path("inbox")).unwrap();
        Some(Self { s3, exporter, importer })
    }

    /// Exports what is new; returns the names of all archives in the outbox, in order.
    pub(crate) fn export(&self, kinds: &[&str]) -> Vec<String> {
        let outbox = self.exporter.path("outbox");
        let of_kind = |kind: &str| names(&outbox).into_iter().filter(|name| name.starts_with(kind)).count();
        let before: Vec<usize> = kinds.iter().map(|kind| of_kind(kind)).collect();
        self.exporter.ask_for(RunKind::Export { full: false });
        // Its sum comes after it.
        wait_until("it is exported", || kinds.iter().zip(&before).all(|(kind, before)| of_kind(kind) == before + 2));
        names(&outbox).into_iter().filter(|name| !name.ends_with(".sha256")).collect()
    }

    /// Copies an archive to the inbox, as people do.
    pub(crate) fn carry(&self, archive: &str) {
        for name in [archive.to_owned(), format!("{archive}.sha256")] {
            let (from, to) = (self.exporter.path("outbox").join(&name), self.importer.path("inbox").join(&name));
            fs::copy(from, to).unwrap();
        }
    }
}

impl Side {
    fn start(
        test: &str,
        upstream: &Upstream,
        s3: &S3Server,
        prefix: &str,
        boxes: &'static [&'static str],
    ) -> Option<Self> {
        let mut deployment = Deployment::start_with_bucket(test, upstream, s3)?;
        deployment.set("ROMT_STORE", &Bucket::address(prefix));
        let bucket = Bucket::of(s3, prefix);
        deployment.set("ROMT_SIGNATURES", "off");
        let nats = deployment.nats.url();
        let (direct, endpoint) = (s3.endpoint(), s3.endpoint());
        Some(Self { deployment, bucket, nats, boxes, direct, endpoint })
    }

    /// A path in its folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.deployment.folder().join(name)
    }

    /// From now on its packers reach the service this way.
    pub(crate) fn reach_by(&mut self, endpoint: &str) {
        endpoint.clone_into(&mut self.endpoint);
    }

    /// An indexer with a volume of this name, that is the one.
    pub(crate) fn indexer(&mut self, volume: &str, selection: &[&str]) -> Process {
        self.deployment.set("ROMT_DATA", volume);
        let indexer = self.deployment.indexer(selection);
        indexer.wait_for_lines(1, IS_INDEXER);
        indexer
    }

    /// A server.
    pub(crate) fn server(&mut self) -> Serving {
        self.deployment.set("ROMT_DATA", "server");
        self.deployment.server(&[])
    }

    /// A packer, with an outbox or an inbox, that has its own things in `packer`.
    pub(crate) fn packer(&mut self) -> Process {
        self.deployment.set("ROMT_S3_ENDPOINT", &self.endpoint);
        self.deployment.set("ROMT_DATA", "packer");
        let packer = self.deployment.spawn(&[&["packer"], self.boxes].concat());
        self.deployment.set("ROMT_S3_ENDPOINT", &self.direct);
        packer
    }

    /// A packer that watches the inbox. One before it may have been killed, and would keep that role for a while: the bus is told
    /// that it has given it up.
    pub(crate) fn watching_packer(&mut self) -> Process {
        runtime().block_on(async {
            let bus = romt_bus::connect(&self.nats.parse().unwrap()).await.unwrap();
            give_up_role(&bus, "inbox").await;
        });
        let packer = self.packer();
        packer.wait_for_lines(1, WATCHES);
        packer
    }

    /// Waits until so many archives were admitted.
    pub(crate) fn wait_until_admitted(&self, count: usize) {
        wait_until("it is admitted", || self.admitted() == count);
    }

    /// How many archives its packer remembers to have admitted.
    pub(crate) fn admitted(&self) -> usize {
        let Ok(text) = fs::read(self.path("packer/.romt/inbox.json")) else { return 0 };
        let memory: serde_json::Value = serde_json::from_slice(&text).unwrap();
        memory["admitted"].as_array().map_or(0, Vec::len)
    }

    /// Asks its indexer for a run.
    fn ask_for(&self, kind: RunKind) {
        let request = RunRequest {
            run: Digest::of(format!("{:?}", Instant::now()).as_bytes()).to_string().parse().unwrap(),
            kind,
        };
        runtime().block_on(async {
            let bus = romt_bus::connect(&self.nats.parse().unwrap()).await.unwrap();
            bus.submit(&request).await.unwrap();
        });
    }

    /// What is in the bucket below `folder`: each key, and what changes with the bytes.
    pub(crate) fn stored(&self, folder: &str) -> BTreeMap<String, Option<String>> {
        self.bucket.keys(folder)
    }
}

fn runtime() -> Runtime {
    Runtime::new().unwrap()
}

/// The names in a folder, hidden ones left out, in order.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| !name.starts_with('.'));
    names.sort();
    names
}

/// Waits until so many requests more came, or no more come.
pub(crate) fn wait_for_requests(service: &FaultyS3, count: usize) {
    let (begun, until) = (Instant::now(), service.asked() + count);
    while service.asked() < until && begun.elapsed() < Duration::from_secs(4) {
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The versions of these crates that a server shows, after the file of each was found to be what its line says.
#[track_caller]
pub(crate) fn audit(server: &Serving, upstream: &Upstream, names: &[String]) -> Vec<String> {
    let known = upstream.all_lines_ever();
    let mut shown = Vec::new();
    for name in names {
        let answer =
            server.get(&format!("/crates-index/{}", name.parse::<romt_types::CrateName>().unwrap().index_path()));
        if answer.status == 404 {
            continue;
        }
        assert_eq!(answer.status, 200, "{name}");
        for line in answer.text().lines() {
            assert!(known.contains(line), "{line}");
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let version = line["vers"].as_str().unwrap();
            let file = server.get(&format!("/crates/{name}/{name}-{version}.crate"));
            assert_eq!(file.status, 200, "{name}@{version}");
            assert_eq!(Digest::of(&file.body).to_string(), line["cksum"].as_str().unwrap(), "{name}@{version}");
            shown.push(format!("{name}@{version}"));
        }
    }
    shown
}
