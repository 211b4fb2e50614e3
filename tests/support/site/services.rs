//! The services of a deployment, each a process, with a bucket.

use std::cell::{Cell, RefCell};

use romt_bus::{BusHandle, Queue};
use romt_testkit::{NatsProgram, Outcome, Process, Romt, S3Kind, S3Server, Serving};
use tokio::runtime::Runtime;

use super::{Site, Staying, Syncing, staying, syncing};
use crate::{Bucket, Deployment, give_up_role, wait_until};

/// Fetchers and servers of a site, and the indexer that is there while something is to be decided.
///
/// In the order in which they go: services before what they stand on.
#[derive(Debug)]
pub(crate) struct Services {
    fetchers: RefCell<Vec<Process>>,
    /// How many servers there were: each has a folder of its own.
    servers: Cell<usize>,
    /// The last indexer, for whoever reads why a test failed.
    last: RefCell<Option<Outcome>>,
    pub(super) bucket: Bucket,
    bus: BusHandle,
    deployment: Deployment,
    _s3: S3Server,
    runtime: Runtime,
}

/// So many share the work.
const FETCHERS: usize = 2;

impl Services {
    /// What the indexer keeps for itself.
    pub(super) const INDEXER: &str = "indexer";
    /// What the packer keeps for itself.
    pub(super) const PACKER: &str = "packer";

    pub(super) fn new(nats: &NatsProgram, romt: Romt) -> Self {
        let s3 = S3Server::start(S3Kind::Moto).expect("moto was there a moment ago");
        let mut deployment = Deployment::of(nats, romt);
        deployment.use_bucket(&s3);
        let runtime = Runtime::new().expect("a runtime");
        let address = deployment.nats.url().parse().expect("an address");
        let bus = runtime.block_on(romt_bus::connect(&address)).expect("a bus");
        let bucket = Bucket::of(&s3, Bucket::PREFIX);
        let (fetchers, servers, last) = (RefCell::default(), Cell::new(0), RefCell::default());
        Self { fetchers, servers, last, bucket, bus, deployment, _s3: s3, runtime }
    }

    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.deployment.set(name, value);
        self.stop_fetchers();
    }

    /// Stops the fetchers; others come with the next sync.
    pub(super) fn stop_fetchers(&self) {
        for fetcher in self.fetchers.take() {
            fetcher.terminate().succeeds();
        }
    }

    /// Whether a folder of that name belongs to one of the services.
    pub(super) fn is_own(name: &str) -> bool {
        [Self::INDEXER, Self::PACKER].contains(&name) || name.starts_with("server-")
    }

    pub(super) fn romt(&self) -> &Romt {
        &self.deployment
    }

    /// How many runs were asked for and have not come to an end.
    pub(super) fn asked(&self) -> u64 {
        self.runtime.block_on(self.bus.port().pending(Queue::Runs)).expect("a bus that answers")
    }

    /// A sync is asked for and then an indexer comes that selects something: it is the sync with which it begins.
    pub(super) fn begin_sync(&self, selection: &[&str], options: &[&str]) -> Syncing<'_> {
        self.start_fetchers();
        let before = self.asked();
        let asking = self.deployment.spawn(&[&["sync"], options].concat());
        wait_until("it is asked for", || self.asked() > before || !asking.is_running());
        Syncing(syncing::By::Indexer { services: self, asking, indexer: self.indexer(selection), before })
    }

    pub(super) fn serve(&self) -> Serving {
        let number = self.servers.replace(self.servers.get() + 1);
        self.deployment.server(&["--data", &format!("server-{number}")])
    }

    pub(super) fn stay(&self, options: &[&str]) -> Staying<'_> {
        self.start_fetchers();
        let serving = self.serve();
        Staying(staying::By::Services { services: self, serving, indexer: self.indexer(options), packer: None })
    }

    /// What is selected is synced first. How it ended is what `romt sync` and `romt export` were told, one after the other; where
    /// an indexer or a packer refused to begin, what that said.
    pub(super) fn export(&self, selection: &[&str], options: &[&str]) -> Outcome {
        // The indexer is not told of the outbox, or it would export by itself.
        let packer = self.packer(&["--outbox", Site::OUTBOX]);
        let (synced, indexer) = if selection.is_empty() {
            (None, self.indexer(selection))
        } else {
            match self.begin_sync(selection, &[]).finish() {
                (told, Some(indexer)) => (Some(told), indexer),
                (refused, None) => return refused,
            }
        };
        let before = self.asked();
        let asking = self.deployment.spawn(&[&["export"], options].concat());
        wait_until("it is exported", || !asking.is_running() || !packer.is_running());
        if !packer.is_running() {
            return packer.wait();
        }
        let exported = asking.wait();
        wait_until("it is settled", || self.asked() <= before);
        self.note(indexer.terminate().succeeds());
        packer.terminate().succeeds();
        match synced {
            Some(synced) => both_of(synced, exported),
            None => exported,
        }
    }

    pub(super) fn import(&self, options: &[&str]) -> Staying<'_> {
        let (serving, indexer) = (self.serve(), self.indexer(&["--inbox", Site::INBOX]));
        let packer = Some(self.packer(&[&["--inbox", Site::INBOX], options].concat()));
        Staying(staying::By::Services { services: self, serving, indexer, packer })
    }

    /// Lets another indexer begin at once where one was killed.
    pub(super) fn free_role(&self) {
        self.runtime.block_on(give_up_role(&self.bus, "indexer"));
    }

    /// Keeps what an indexer has said, should the test fail.
    pub(super) fn note(&self, indexer: Outcome) {
        self.last.replace(Some(indexer));
    }

    fn indexer(&self, options: &[&str]) -> Process {
        self.deployment.indexer(&[&["--data", Self::INDEXER], options].concat())
    }

    fn packer(&self, options: &[&str]) -> Process {
        self.deployment.spawn(&[&["packer", "--data", Self::PACKER], options].concat())
    }

    fn start_fetchers(&self) {
        let mut fetchers = self.fetchers.borrow_mut();
        while fetchers.len() < FETCHERS {
            fetchers.push(self.deployment.fetcher());
        }
    }
}

/// What two that came one after the other come to.
fn both_of(first: Outcome, second: Outcome) -> Outcome {
    let status = if first.status == Some(0) { second.status } else { first.status };
    Outcome {
        command: format!("{} && {}", first.command, second.command),
        status,
        stdout: first.stdout + &second.stdout,
        stderr: first.stderr + &second.stderr,
        took: first.took + second.took,
    }
}

impl Drop for Services {
    #[expect(clippy::print_stderr, reason = "it is for the one who reads why a test failed")]
    fn drop(&mut self) {
        if let Some(last) = self.last.take().filter(|_| std::thread::panicking()) {
            eprintln!("{last}");
        }
    }
}
