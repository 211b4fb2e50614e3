//! What an upstream can do wrong, and where.

use std::sync::Mutex;
use std::time::Duration;

use romt_types::CrateId;
use tokio::sync::watch;

use super::Resource;

/// Something that goes wrong upstream, or between upstream and us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mischief {
    /// An error instead of the file: 403, 404, 500.
    Status(u16),
    /// 429 with a Retry-After header, in seconds.
    TooManyRequests {
        /// How long to stay away.
        retry_after: u64,
    },
    /// 503 without a hint when to come back.
    Unavailable,
    /// The connection breaks within the body.
    CutBody {
        /// So many bytes come before.
        after_bytes: usize,
    },
    /// Other bytes, as many as there should be.
    WrongBytes,
    /// A body that does not end.
    EndlessBody,
    /// A body in drops.
    SlowBody {
        /// How fast they come.
        bytes_per_second: usize,
    },
    /// The answer is late.
    SlowAnswer {
        /// How late.
        by: Duration,
    },
    /// No answer until upstream [behaves](super::Upstream::behave) again.
    Hold,
    /// The same path at another address.
    Redirect {
        /// The address, without a slash at the end: scheme, host, port, and a path to put before.
        to: String,
    },
    /// A line in the middle of an index file is cut off. As if damaged on the way, it comes with the right file's tag and
    /// date; so do those of the next three.
    IndexNotJson,
    /// An index file has one more line, whose name leads out of the mirror.
    IndexNameTraversal,
    /// An index file has one more line, whose version leads out of the mirror.
    IndexVersionTraversal,
    /// An index file has one more line, of another crate.
    IndexOfAnotherCrate,
    /// The Content-Length is too large by so many bytes, then the connection is closed.
    LengthTooLarge {
        /// How many bytes never come.
        by: usize,
    },
    /// The Content-Length is too small by so many bytes.
    LengthTooSmall {
        /// How many bytes are not announced.
        by: usize,
    },
    /// 200 with a page for people, as proxies and captive portals send it.
    HtmlPage,
    /// The right body, compressed on the way.
    Gzip,
    /// 200 and nothing.
    EmptyBody,
    /// The connection is reset before the answer.
    Reset,
    /// Range headers are ignored: 200 and the whole body.
    NoRanges,
}

/// Where upstream misbehaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Whatever is asked for.
    Everything,
    /// `config.json`.
    Config,
    /// Every index file.
    Index,
    /// One crate's index file, by its name in lower case.
    IndexFile(String),
    /// Every crate file.
    Downloads,
    /// One crate's file.
    Download(CrateId),
    /// One file below `/dist/` or `/rustup/`, by its path.
    File(String),
    /// Every file there whose path ends so: `.tar.xz`.
    FilesLike(String),
}

impl Place {
    /// One crate's index file.
    pub fn index_file(name: &str) -> Self {
        Self::IndexFile(name.to_ascii_lowercase())
    }

    /// One crate's file: `serde@1.0.0`.
    pub fn download(id: &str) -> Self {
        Self::Download(id.parse().expect("NAME@VERSION"))
    }

    /// One file below `/dist/` or `/rustup/`: `/dist/channel-rust-stable.toml`.
    pub fn file(path: &str) -> Self {
        Self::File(path.to_owned())
    }

    /// Every file there whose path ends so: `.tar.xz`.
    pub fn files_like(end: &str) -> Self {
        Self::FilesLike(end.to_owned())
    }

    fn covers(&self, resource: &Resource) -> bool {
        match (self, resource) {
            (Self::Everything, _)
            | (Self::Config, Resource::Config)
            | (Self::Index, Resource::IndexFile(_))
            | (Self::Downloads, Resource::Download(_)) => true,
            (Self::IndexFile(name), Resource::IndexFile(other)) => name == other,
            (Self::Download(id), Resource::Download(other)) => id == other,
            (Self::File(path), Resource::File(other)) => path == other,
            (Self::FilesLike(end), Resource::File(path)) => path.ends_with(end),
            _ => false,
        }
    }
}

/// The rules of misbehaviour that are in force.
#[derive(Debug, Default)]
pub(super) struct Manners {
    rules: Mutex<Vec<Rule>>,
    /// Told when rules change, so that held answers look again.
    changes: watch::Sender<()>,
}

#[derive(Debug)]
struct Rule {
    place: Place,
    mischief: Mischief,
    left: Option<usize>,
}

impl Manners {
    pub(super) fn add(&self, place: Place, mischief: Mischief, times: Option<usize>) {
        self.rules.lock().expect("no panic while locked").push(Rule { place, mischief, left: times });
        self.changes.send_replace(());
    }

    pub(super) fn clear(&self) {
        self.rules.lock().expect("no panic while locked").clear();
        self.changes.send_replace(());
    }

    /// What to do with a request for `resource`; returns late if its answer is held.
    pub(super) async fn decide(&self, resource: &Resource) -> Option<Mischief> {
        let mut changes = self.changes.subscribe();
        loop {
            match self.take(resource) {
                // The sender lives as long as we do.
                Some(Mischief::Hold) => changes.changed().await.ok()?,
                decided => return decided,
            }
        }
    }

    fn take(&self, resource: &Resource) -> Option<Mischief> {
        let mut rules = self.rules.lock().expect("no panic while locked");
        let rule = rules.iter_mut().rev().find(|rule| rule.left != Some(0) && rule.place.covers(resource))?;
        if let Some(left) = &mut rule.left {
            *left -= 1;
        }
        Some(rule.mischief.clone())
    }
}
