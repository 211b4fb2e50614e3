//! The folder that archives are carried away from.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use romt_types::Digest;
use tokio_util::sync::CancellationToken;

use crate::Stopped;

/// A folder for archives. One archive at a time is written to it, whoever writes: so what is unfinished was left by somebody
/// who was killed.
#[derive(Debug)]
pub(crate) struct Outbox {
    folder: PathBuf,
}

/// The lock of the one who writes. Hidden, as unfinished archives are: who carries `*` away does not carry them.
const LOCK: &str = ".romt.lock";
/// How often it is looked whether another one still writes.
const OTHERS: Duration = Duration::from_millis(100);

impl Outbox {
    /// The folder at `path`, which is made if it is not there. One that cannot be written to is an error.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        let failed = || format!("cannot use `{}` as the outbox", path.display());
        fs::create_dir_all(path).with_context(failed)?;
        let outbox = Self { folder: path.to_owned() };
        outbox.lock_file().with_context(failed)?;
        Ok(outbox)
    }

    /// Waits until nobody else writes, and removes what was left unfinished. Another packer may write for long.
    pub(super) fn take(&self, stop: &CancellationToken) -> anyhow::Result<Turn<'_>> {
        let failed = || format!("cannot write to the outbox `{}`", self.folder.display());
        let lock = self.lock_file().with_context(failed)?;
        loop {
            Stopped::check(stop)?;
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) => thread::sleep(OTHERS),
                Err(TryLockError::Error(error)) => return Err(error).with_context(failed),
            }
        }
        let turn = Turn { outbox: self, _lock: lock };
        turn.sweep().with_context(failed)?;
        Ok(turn)
    }

    fn lock_file(&self) -> io::Result<File> {
        File::options().write(true).create(true).truncate(false).open(self.folder.join(LOCK))
    }
}

/// The right to write to the outbox.
pub(super) struct Turn<'a> {
    outbox: &'a Outbox,
    /// Given back when it is closed.
    _lock: File,
}

impl Turn<'_> {
    /// Where an archive goes. A name that is no plain one is refused.
    pub(super) fn path(&self, archive: &str) -> anyhow::Result<PathBuf> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if archive.is_empty() || archive.starts_with('.') || archive.len() > 200 || !archive.bytes().all(plain) {
            return Err(anyhow!("`{}` cannot be the name of an archive", archive.escape_debug()));
        }
        Ok(self.outbox.folder.join(archive))
    }

    /// Writes the `.sha256` of an archive that is in its place, as `sha256sum` does.
    pub(super) fn write_sum(&self, archive: &str, digest: Digest) -> anyhow::Result<()> {
        let path = self.path(&format!("{archive}.sha256"))?;
        let staged = self.outbox.folder.join(format!(".{archive}.sha256.tmp"));
        let write = || {
            let mut file = File::create(&staged)?;
            file.write_all(format!("{digest}  {archive}\n").as_bytes())?;
            file.sync_all()?;
            fs::rename(&staged, &path)?;
            File::open(&self.outbox.folder)?.sync_all()
        };
        write().with_context(|| format!("cannot write `{}`", path.display()))
    }

    /// Removes what was being written when its writer was killed: `.NAME.tmp`.
    fn sweep(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.outbox.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            let ours = name.strip_prefix('.').and_then(|name| name.strip_suffix(".tmp")).is_some_and(is_export);
            if ours && entry.file_type()?.is_file() {
                tracing::info!(file = name, "removed an unfinished archive that was left in the outbox");
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

/// Whether an archive, or its `.sha256`, is called as exports are.
fn is_export(name: &str) -> bool {
    ["crates-", "toolchain-", "rustup-"].iter().any(|kind| name.starts_with(kind))
        && (name.ends_with(".tar.gz") || name.ends_with(".tar.gz.sha256"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_goes_and_a_sum_is_read_by_sha256sum() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/outbox");
        let outbox = Outbox::open(&path).unwrap();
        for (name, text) in [
            (".crates-1.tar.gz.tmp", "half"),
            (".rustup-1.tar.gz.sha256.tmp", "half"),
            (".other.tmp", "not ours"),
            ("crates-0.tar.gz", "whole"),
        ] {
            fs::write(path.join(name), text).unwrap();
        }
        let turn = outbox.take(&CancellationToken::new()).unwrap();
        turn.write_sum("crates-0.tar.gz", Digest::of(b"whole")).unwrap();
        let mut names: Vec<_> =
            fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        assert_eq!(names, [".other.tmp", LOCK, "crates-0.tar.gz", "crates-0.tar.gz.sha256"]);
        let checked = std::process::Command::new("sha256sum")
            .args(["-c", "--strict", "crates-0.tar.gz.sha256"])
            .current_dir(&path)
            .output()
            .unwrap();
        assert!(checked.status.success(), "{checked:?}");
    }

    #[test]
    fn a_name_leads_nowhere_else() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::open(folder.path()).unwrap();
        let turn = outbox.take(&CancellationToken::new()).unwrap();
        for bad in ["", ".", "..", "../x", "a/b", ".hidden", "a\nb", "a b"] {
            assert!(turn.path(bad).is_err(), "{bad}");
        }
        assert!(turn.path("crates-20260416T120000Z.tar.gz").is_ok());
        fs::write(folder.path().join("file"), "").unwrap();
        assert!(Outbox::open(&folder.path().join("file")).is_err());
    }
}
