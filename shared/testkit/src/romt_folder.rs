//! A folder in which a program with romt's command line works.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use romt_types::Digest;
use tempfile::TempDir;

use crate::process::{Outcome, Process, inherited};
use crate::romt::SETTINGS;
use crate::stored::all_files;
use crate::{RomtArchive, RomtProgram};

/// A folder in which our romt, or Python's, works: what every kind of mirror has.
///
/// The program sees an empty home folder, and `PATH`.
#[derive(Debug)]
pub struct RomtFolder {
    program: RomtProgram,
    folder: TempDir,
    variables: BTreeMap<OsString, OsString>,
}

impl RomtFolder {
    /// An empty folder.
    pub fn new(program: &RomtProgram) -> Self {
        let mut variables: BTreeMap<OsString, OsString> = inherited(&["PATH"]).collect();
        variables.extend(SETTINGS.iter().map(|&(name, value)| (name.into(), value.into())));
        Self { program: program.clone(), folder: tempfile::tempdir().expect("a temporary folder"), variables }
    }

    /// The same once more, in a folder of its own.
    #[must_use]
    pub fn copied(&self) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut copy = Command::new("cp");
        copy.arg("--archive").arg(self.folder().join(".")).arg(folder.path());
        Process::spawn(copy).wait().succeeds();
        Self { program: self.program.clone(), folder, variables: self.variables.clone() }
    }

    /// Has another program continue.
    pub fn continue_with(&mut self, program: &RomtProgram) {
        self.program = program.clone();
    }

    /// The program.
    pub fn program(&self) -> &RomtProgram {
        &self.program
    }

    /// Whether the program is the one written in Python.
    pub fn is_python(&self) -> bool {
        self.program.is_python()
    }

    /// Sets an environment variable for the calls that follow.
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.into(), value.into());
    }

    /// Hides every other program from the calls that follow.
    pub fn hide_programs(&mut self) {
        let empty = self.path("nothing");
        fs::create_dir_all(&empty).expect("a folder in a temporary folder");
        self.variables.insert("PATH".into(), empty.into());
    }

    /// Where it works.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A path below the folder where it works.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    /// Writes a file below the folder where it works, and returns its path.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder in a temporary folder");
        fs::write(&path, content).expect("a file in a temporary folder");
        path
    }

    /// Reads a file below the folder where it works.
    ///
    /// # Panics
    /// When it is not there.
    #[track_caller]
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Every file below a folder of it, and its hash.
    pub fn files_below(&self, folder: &str) -> BTreeMap<String, Digest> {
        hashes(&self.path(folder))
    }

    /// Every file that it holds and its hash, but for those that romt keeps for itself in `.romt`.
    pub fn everything(&self) -> BTreeMap<String, Digest> {
        let mut files = self.files_below(".");
        files.retain(|path, _| !path.split('/').any(|part| part == ".romt"));
        files
    }

    /// Files that should have been gone.
    pub fn leftovers(&self) -> Vec<String> {
        crate::leftovers(self.folder())
    }

    /// Reads an archive that is there.
    #[track_caller]
    pub fn archive_at(&self, name: &str) -> RomtArchive {
        RomtArchive::read(&self.path(name))
    }

    /// Takes a file of another folder, over whatever network there is.
    pub fn take(&self, other: &Self, name: &str) {
        fs::copy(other.path(name), self.path(name)).expect("a file in a temporary folder");
    }

    /// The program with these arguments and no others, ready to run.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(self.program.path());
        command.args(args).current_dir(self.folder()).env_clear().env("HOME", self.folder()).envs(&self.variables);
        command
    }

    /// Runs the program with these arguments and no others to its end.
    pub fn call(&self, args: &[&str]) -> Outcome {
        Process::spawn(self.command(args)).wait()
    }
}

fn hashes(folder: &Path) -> BTreeMap<String, Digest> {
    let files = all_files(folder).into_iter();
    files
        .map(|file| {
            let bytes = fs::read(folder.join(&file)).unwrap_or_else(|error| panic!("{file}: {error}"));
            (file, Digest::of(&bytes))
        })
        .collect()
}
