//! A mirror to test with, whose services run either way: all in one process, or each in one of its own.
//!
//! What a test says here is true of both. [`both!`](crate::both) makes two tests of it.

#![expect(clippy::expect_used, clippy::missing_panics_doc, reason = "a test's tools fail by failing the test")]

mod kind;
mod services;
mod staying;
mod syncing;

use std::fs;
use std::path::{Path, PathBuf};

use romt_testkit::{Audit, Outcome, Romt, Serving, Upstream, leftovers, stored_files};

pub use kind::SiteKind;
use services::Services;
pub use staying::Staying;
pub use syncing::Syncing;

/// A mirror and the services that fill and serve it.
#[derive(Debug)]
pub struct Site(Inner);

#[derive(Debug)]
enum Inner {
    OneProcess(Box<Romt>),
    Deployment(Box<Services>),
}

impl Site {
    /// Where archives come from, in the folder where it works.
    pub const INBOX: &str = "inbox";
    /// Where it puts archives.
    pub const OUTBOX: &str = "outbox";

    /// One that mirrors from `upstream`.
    pub fn new(kind: &SiteKind, upstream: &Upstream) -> Self {
        Self::of(kind, Romt::with(upstream))
    }

    /// One that asks nobody: it is filled from archives, which are put into [`Site::INBOX`].
    pub fn that_imports(kind: &SiteKind) -> Self {
        let site = Self::of(kind, Romt::with_index("sparse+http://127.0.0.1:1/"));
        fs::create_dir(site.folder().join(Self::INBOX)).expect("an inbox");
        site
    }

    fn of(kind: &SiteKind, romt: Romt) -> Self {
        Self(match kind {
            SiteKind::OneProcess => Inner::OneProcess(Box::new(romt)),
            SiteKind::Deployment(nats) => Inner::Deployment(Box::new(Services::new(nats, romt))),
        })
    }

    /// Sets an environment variable for what is started from now on. Services that run are started anew.
    pub fn set(&mut self, name: &str, value: &str) {
        match &mut self.0 {
            Inner::OneProcess(romt) => romt.set(name, value),
            Inner::Deployment(services) => services.set(name, value),
        }
    }

    /// Has the services that stay when a sync is over start anew: what they remember of upstream is forgotten then.
    pub fn restart(&self) {
        match &self.0 {
            Inner::OneProcess(_) => {}
            Inner::Deployment(services) => services.stop_fetchers(),
        }
    }

    /// Where it works.
    pub fn folder(&self) -> &Path {
        self.romt().folder()
    }

    /// Writes a file into the folder where it works, and returns its path.
    pub fn write(&self, name: &str, content: &str) -> PathBuf {
        self.romt().write(name, content)
    }

    /// Copies a file into the folder where it works, under the same name.
    pub fn take(&self, file: &Path) {
        self.romt().take(file);
    }

    /// Brings what is selected up to date, once: `romt up --once SELECTION…`, or an indexer that selects that and `romt sync`.
    /// How it ended is what whoever asked for it was told; where an indexer refused to begin, what that said.
    pub fn sync(&self, selection: &[&str]) -> Outcome {
        self.begin_sync(selection).wait()
    }

    /// The same, and index files that were asked about a moment ago are asked about again.
    pub fn sync_anew(&self, selection: &[&str]) -> Outcome {
        match &self.0 {
            Inner::OneProcess(romt) => romt.up_once(&[selection, &["--refresh"]].concat()),
            Inner::Deployment(services) => services.begin_sync(selection, &["--refresh"]).wait(),
        }
    }

    /// Begins a sync.
    pub fn begin_sync(&self, selection: &[&str]) -> Syncing<'_> {
        match &self.0 {
            Inner::OneProcess(romt) => {
                Syncing(syncing::By::OneProcess(romt.spawn(&[&["up", "--once"], selection].concat())))
            }
            Inner::Deployment(services) => services.begin_sync(selection, &[]),
        }
    }

    /// Serves the mirror, and does nothing else: `romt serve`, or a server beside whatever else runs.
    pub fn serve(&self) -> Serving {
        match &self.0 {
            Inner::OneProcess(romt) => romt.serve(&[]),
            Inner::Deployment(services) => services.serve(),
        }
    }

    /// Serves the mirror and syncs what is selected at the start, and again if there is an `--every` among the options:
    /// `romt up`, or an indexer and a server that stay.
    pub fn stay(&self, options: &[&str]) -> Staying<'_> {
        match &self.0 {
            Inner::OneProcess(romt) => Staying::one_process(romt, options),
            Inner::Deployment(services) => services.stay(options),
        }
    }

    /// Brings what is selected up to date, if anything is, and writes archives of what is new since the last export into
    /// [`Site::OUTBOX`]: `romt up --once --export`, or a packer beside an indexer, `romt sync` and `romt export`.
    pub fn export(&self, selection: &[&str]) -> Outcome {
        match &self.0 {
            Inner::OneProcess(romt) => romt.up_once(&[&["--export"], selection].concat()),
            Inner::Deployment(services) => services.export(selection, &[]),
        }
    }

    /// The same with archives of everything.
    pub fn export_all(&self, selection: &[&str]) -> Outcome {
        match &self.0 {
            Inner::OneProcess(romt) => romt.up_once(&[&["--export", "--export-all"], selection].concat()),
            Inner::Deployment(services) => services.export(selection, &["--all"]),
        }
    }

    /// Takes in the archives of the inbox, and serves: `romt up --import OPTIONS…`, or an indexer, a packer with these options
    /// and a server.
    pub fn import(&self, options: &[&str]) -> Staying<'_> {
        match &self.0 {
            Inner::OneProcess(romt) => Staying::importing(romt, options),
            Inner::Deployment(services) => services.import(options),
        }
    }

    /// The versions that it publishes, in order, after everything in the mirror was checked.
    ///
    /// # Panics
    /// When anything is wrong with the mirror, or was left behind.
    #[track_caller]
    pub fn audit(&self, upstream: &Upstream) -> Vec<String> {
        self.look_through(upstream).clean()
    }

    /// What it publishes, and what is wrong with that.
    pub fn look_through(&self, upstream: &Upstream) -> Audit {
        match &self.0 {
            Inner::OneProcess(romt) => Audit::against(&romt.mirror(), upstream),
            Inner::Deployment(services) => {
                let mut audit = services.bucket.audit(upstream);
                audit.leftovers.extend([self.home(), self.packing_room()].iter().flat_map(|volume| leftovers(volume)));
                audit
            }
        }
    }

    /// The files that clients may see or that romt keeps, in order; the index and what is romt's own left out.
    pub fn stored(&self) -> Vec<String> {
        match &self.0 {
            Inner::OneProcess(romt) => stored_files(&romt.mirror()),
            Inner::Deployment(services) => services.bucket.stored(),
        }
    }

    /// Takes a file of the mirror away, as only accidents do.
    pub fn lose(&self, key: &str) {
        match &self.0 {
            Inner::OneProcess(romt) => fs::remove_file(romt.mirror().join(key)).expect("a file of the mirror"),
            Inner::Deployment(services) => services.bucket.remove(key),
        }
    }

    /// Puts something in place of a file of the mirror, or where none is, as only accidents do.
    pub fn spoil(&self, key: &str, bytes: &[u8]) {
        match &self.0 {
            Inner::OneProcess(romt) => fs::write(romt.mirror().join(key), bytes).expect("a file of the mirror"),
            Inner::Deployment(services) => services.bucket.put(key, bytes),
        }
    }

    /// Reads a file of the mirror.
    pub fn read(&self, key: &str) -> Vec<u8> {
        match &self.0 {
            Inner::OneProcess(romt) => fs::read(romt.mirror().join(key)).expect("a file of the mirror"),
            Inner::Deployment(services) => services.bucket.read(key),
        }
    }

    /// Where the index is, and what the indexer remembers: the mirror, or the indexer's own volume.
    pub fn home(&self) -> PathBuf {
        match &self.0 {
            Inner::OneProcess(romt) => romt.mirror(),
            Inner::Deployment(_) => self.folder().join(Services::INDEXER),
        }
    }

    /// Where the packer keeps what is its own: the mirror, or a volume.
    pub fn packing_room(&self) -> PathBuf {
        match &self.0 {
            Inner::OneProcess(romt) => romt.mirror(),
            Inner::Deployment(_) => self.folder().join(Services::PACKER),
        }
    }

    /// The names of what lies in the folder where it works and is none of its services' folders.
    pub fn beside(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder()).expect("a folder");
        let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
        let own = |name: &String| match &self.0 {
            Inner::OneProcess(_) => name == "mirror",
            Inner::Deployment(_) => Services::is_own(name),
        };
        names.filter(|name| !own(name)).collect()
    }

    /// The binary in the folder where it works, for what is said of one kind alone.
    pub fn romt(&self) -> &Romt {
        match &self.0 {
            Inner::OneProcess(romt) => romt,
            Inner::Deployment(services) => services.romt(),
        }
    }
}
