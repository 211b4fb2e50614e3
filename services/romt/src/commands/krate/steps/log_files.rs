//! The logs of good and bad crates: `--good-crates FILE`, `--bad-crates FILE`.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use romt_index::ListStyle;
use romt_indexer::crates::CrateEvent;
use romt_types::{CrateId, Digest};

/// Both logs; each may be left out. They are begun anew, and every line is there as soon as it is known.
pub(super) struct LogFiles {
    good: Option<LogFile>,
    bad: Option<LogFile>,
    style: ListStyle,
}

struct LogFile {
    path: PathBuf,
    file: File,
    /// The first error; what is lost with it is told at the end.
    failed: Option<io::Error>,
}

impl LogFiles {
    pub(super) fn create(good: Option<&Path>, bad: Option<&Path>, style: ListStyle) -> anyhow::Result<Self> {
        Ok(Self { good: good.map(LogFile::create).transpose()?, bad: bad.map(LogFile::create).transpose()?, style })
    }

    /// Writes the line of a version, if it has one.
    pub(super) fn note(&mut self, event: CrateEvent<'_>) {
        let (log, id, cksum) = match event {
            CrateEvent::Downloaded(id, cksum)
            | CrateEvent::Cached(id, cksum)
            | CrateEvent::AssumedOk(id, cksum)
            | CrateEvent::Verified(id, cksum) => (&mut self.good, id, cksum),
            CrateEvent::Bad { id, cksum, .. } => (&mut self.bad, id, cksum),
            CrateEvent::BadIndex(_) | CrateEvent::Pruned(_) => return,
        };
        if let Some(log) = log {
            log.write(self.style, id, cksum);
        }
    }

    /// Says whether all lines were written.
    pub(super) fn close(self) -> anyhow::Result<()> {
        for log in [self.good, self.bad].into_iter().flatten() {
            if let Some(error) = log.failed {
                return Err(error).with_context(|| format!("cannot write `{}`", log.path.display()));
            }
        }
        Ok(())
    }
}

impl LogFile {
    fn create(path: &Path) -> anyhow::Result<Self> {
        let file = File::create(path).with_context(|| format!("cannot write `{}`", path.display()))?;
        Ok(Self { path: path.to_owned(), file, failed: None })
    }

    fn write(&mut self, style: ListStyle, id: &CrateId, cksum: &Digest) {
        if self.failed.is_none() {
            let line = style.line(id, cksum) + "\n";
            self.failed = self.file.write_all(line.as_bytes()).err();
        }
    }
}
