//! Where archives go that were dealt with, and where it is said why one is bad.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Context as _;
use romt_bus::messages::QuarantineStatus;
use romt_runtime::Report;

/// The folder in the inbox for what was admitted.
const DONE: &str = "done";
/// What the name of a file ends with that says why an archive is bad.
const REASON: &str = ".reason";
/// More names than this are not looked at.
const MOST: usize = 100_000;

/// The folders of an inbox.
#[derive(Debug, Clone)]
pub(super) struct Shelf {
    inbox: PathBuf,
    quarantine: PathBuf,
    /// Whether archives are moved; else the inbox is left as it is.
    consume: bool,
}

impl Shelf {
    pub(super) fn new(inbox: PathBuf, quarantine: PathBuf, consume: bool) -> Self {
        Self { inbox, quarantine, consume }
    }

    /// An archive was admitted: what was said against an earlier one of its name is void, and it is moved if it is to be.
    pub(super) fn admitted(&self, name: &str) -> anyhow::Result<()> {
        remove(&self.reason_file(name)).context("an old reason cannot be removed")?;
        if self.consume { self.move_to(&self.inbox.join(DONE), name) } else { Ok(()) }
    }

    /// An archive is bad: says so in a file, and moves it beside that if it is to be moved. Returns the file.
    pub(super) fn bad(&self, name: &str, report: &Report) -> anyhow::Result<PathBuf> {
        let file = self.reason_file(name);
        let failed = || format!("cannot write `{}`", file.display());
        fs::create_dir_all(&self.quarantine).with_context(failed)?;
        let stays = if self.consume { &self.quarantine } else { &self.inbox };
        let time = humantime::format_rfc3339_seconds(SystemTime::now());
        let text =
            format!("`{name}` was refused at {time}.\n\n{report}\n\nThe archive: {}\n", stays.join(name).display());
        let staged = self.quarantine.join(format!(".{name}.reason.tmp"));
        let write = || {
            let mut out = File::create(&staged)?;
            out.write_all(text.as_bytes())?;
            out.sync_all()?;
            fs::rename(&staged, &file)
        };
        write().with_context(failed)?;
        if self.consume {
            self.move_to(&self.quarantine, name)?;
        }
        Ok(file)
    }

    /// What lies in the quarantine. One that cannot be read says so when something is to be put there.
    pub(super) fn in_quarantine(&self) -> QuarantineStatus {
        let folder = self.quarantine.display().to_string();
        let mut status = QuarantineStatus { folder, ..QuarantineStatus::default() };
        let Ok(entries) = fs::read_dir(&self.quarantine) else { return status };
        for entry in entries.take(MOST).flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with('.') || !name.ends_with(REASON) {
                continue;
            }
            status.refused += 1;
            let written = entry.metadata().and_then(|metadata| metadata.modified()).ok();
            let Some(written) = written.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok()) else {
                continue;
            };
            let then = written.as_secs();
            status.oldest = Some(status.oldest.map_or(then, |oldest| oldest.min(then)));
            status.newest = Some(status.newest.map_or(then, |newest| newest.max(then)));
        }
        status
    }

    fn reason_file(&self, name: &str) -> PathBuf {
        self.quarantine.join(format!("{name}{REASON}"))
    }

    /// Moves an archive, and its `.sha256` after it. One that is gone meanwhile was moved by somebody else.
    fn move_to(&self, folder: &Path, name: &str) -> anyhow::Result<()> {
        let moved = || -> io::Result<()> {
            fs::create_dir_all(folder)?;
            let free = free_name(folder, name)?;
            for suffix in ["", ".sha256"] {
                let from = self.inbox.join(format!("{name}{suffix}"));
                match rename(&from, &folder.join(format!("{free}{suffix}"))) {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    moved => moved?,
                }
            }
            Ok(())
        };
        moved().with_context(|| format!("cannot move `{name}` from the inbox to `{}`", folder.display()))
    }
}

/// Renames, and where that is another file system copies: what is not whole there never has the name.
fn rename(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            let name = to.file_name().unwrap_or_default().to_string_lossy();
            let staged = to.with_file_name(format!(".{name}.tmp"));
            let mut copy = File::create(&staged)?;
            io::copy(&mut File::open(from)?, &mut copy)?;
            copy.sync_all()?;
            fs::rename(&staged, to)?;
            fs::remove_file(from)
        }
        renamed => renamed,
    }
}

/// A name that nothing in the folder has.
fn free_name(folder: &Path, name: &str) -> io::Result<String> {
    for number in 0..10_000 {
        let free = if number == 0 { name.to_owned() } else { format!("{name}.{number}") };
        match fs::symlink_metadata(folder.join(&free)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(free),
            Err(error) => return Err(error),
            Ok(_) => {}
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn nothing_is_moved_unless_it_is_asked_for() {
        for consume in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let (inbox, quarantine) = (folder.path().join("inbox"), folder.path().join("quarantine"));
            let shelf = Shelf::new(inbox.clone(), quarantine.clone(), consume);
            fs::create_dir(&inbox).unwrap();
            let put = || {
                fs::write(inbox.join("a.tar.gz"), "x").unwrap();
                fs::write(inbox.join("a.tar.gz.sha256"), "y").unwrap();
            };
            put();
            let report = Report { lines: vec!["it is bad".into(), "very".into()], hint: Some("ask".into()) };
            let reason = shelf.bad("a.tar.gz", &report).unwrap();
            let text = fs::read_to_string(&reason).unwrap();
            assert!(text.contains("error: it is bad\n  caused by: very\nhint: ask"), "{text}");
            let both = ["a.tar.gz", "a.tar.gz.reason", "a.tar.gz.sha256"];
            assert_eq!(names(&quarantine), if consume { &both[..] } else { &both[1..2] });
            assert_eq!(names(&inbox).len(), if consume { 0 } else { 2 });
            for _ in 0..2 {
                put();
                shelf.admitted("a.tar.gz").unwrap();
            }
            assert!(!reason.exists());
            let done = ["a.tar.gz", "a.tar.gz.1", "a.tar.gz.1.sha256", "a.tar.gz.sha256"];
            assert_eq!(names(&inbox.join(DONE)), if consume { &done[..] } else { &[] });
            shelf.admitted("gone.tar.gz").unwrap();
        }
    }
}
