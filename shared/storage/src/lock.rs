//! One writer at a time.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// The right to write to a mirror's folder, held by one process: a lock on `.romt/lock`.
///
/// The kernel gives the lock back when the process ends, however it ends. The file says who holds it; who ends well
/// [releases](Self::release) it and empties the file, so that the next one knows whether there may be something to
/// sweep up.
#[derive(Debug)]
pub struct MirrorLock {
    file: File,
    path: PathBuf,
    unclean: bool,
}

/// Why the right to write was not given.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// Somebody else has it.
    #[error("the mirror `{}` is in use by {holder}", mirror.display())]
    Held {
        /// The mirror's folder.
        mirror: PathBuf,
        /// Who holds it: what and which process.
        holder: String,
    },
    /// The folder cannot be written.
    #[error("the mirror `{}` is not writable", mirror.display())]
    NotWritable {
        /// The mirror's folder.
        mirror: PathBuf,
        /// The operating system's error.
        #[source]
        source: io::Error,
    },
}

/// A holder's line is cut after this many bytes: the file may hold anything.
const HOLDER_LIMIT: u64 = 200;

impl MirrorLock {
    /// Takes the right to write to `mirror` for `holder` ("romt up"), without waiting.
    pub fn acquire(mirror: &Path, holder: &str) -> Result<Self, LockError> {
        let error = |source| LockError::NotWritable { mirror: mirror.to_owned(), source };
        let folder = mirror.join(".romt");
        fs::create_dir_all(&folder).map_err(error)?;
        let path = folder.join("lock");
        let mut file =
            File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(error)?;
        let locked = file.try_lock();
        let mut previous = String::new();
        // Not text: as good as a holder that ended badly.
        if (&file).take(HOLDER_LIMIT).read_to_string(&mut previous).is_err() {
            "an unknown process".clone_into(&mut previous);
        }
        let previous = previous.trim();
        match locked {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let holder = if previous.is_empty() { "another process" } else { previous };
                return Err(LockError::Held { mirror: mirror.to_owned(), holder: holder.to_owned() });
            }
            Err(TryLockError::Error(source)) => return Err(error(source)),
        }
        let unclean = !previous.is_empty();
        write_whole(&mut file, &format!("{holder}, process {}\n", std::process::id())).map_err(error)?;
        Ok(Self { file, path, unclean })
    }

    /// Whether the last holder ended without releasing the lock: killed, or the power was cut.
    pub fn was_unclean(&self) -> bool {
        self.unclean
    }

    /// Gives the right back after everything was tidied.
    pub fn release(mut self) -> Result<(), io::Error> {
        write_whole(&mut self.file, "")
            .map_err(|e| io::Error::new(e.kind(), format!("cannot empty `{}`: {e}", self.path.display())))
    }
}

fn write_whole(file: &mut File, text: &str) -> io::Result<()> {
    file.rewind()?;
    file.set_len(0)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holder_at_a_time_and_an_unclean_end_is_seen() {
        let mirror = tempfile::tempdir().unwrap();
        let first = MirrorLock::acquire(mirror.path(), "romt up").unwrap();
        assert!(!first.was_unclean());
        let second = MirrorLock::acquire(mirror.path(), "romt prune").unwrap_err();
        assert!(second.to_string().contains("romt up, process "), "{second}");
        drop(first);
        let third = MirrorLock::acquire(mirror.path(), "romt up").unwrap();
        assert!(third.was_unclean());
        third.release().unwrap();
        assert!(!MirrorLock::acquire(mirror.path(), "romt up").unwrap().was_unclean());
    }
}
