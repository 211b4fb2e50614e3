//! Sessions of `romt crate` in a folder, by our romt or by Python's.

mod archive;
mod program;
mod state;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::process::{Outcome, Process, inherited};
use crate::romt::SETTINGS;
use crate::{GitUpstream, Mischief, Place};

pub use archive::{CratesArchive, Member, MemberKind};
pub use program::RomtProgram;
pub use state::IndexState;

/// A folder in which a program with romt's command line keeps a mirror of crates, under the names that romt chooses.
///
/// The program sees an empty home folder, git's own settings and `git` on its `PATH`.
#[derive(Debug)]
pub struct CrateMirror {
    program: RomtProgram,
    folder: TempDir,
    options: Vec<String>,
    variables: BTreeMap<OsString, OsString>,
}

impl CrateMirror {
    /// A mirror without an upstream: it imports.
    pub fn importer(program: &RomtProgram) -> Self {
        let mut variables: BTreeMap<OsString, OsString> = inherited(&["PATH"]).collect();
        variables.extend(SETTINGS.iter().map(|&(name, value)| (name.into(), value.into())));
        variables.insert("GIT_CONFIG_NOSYSTEM".into(), "1".into());
        // An address that would be asked by mistake is none of the world's.
        let options = ["--crates-url", "http://127.0.0.1:1/{crate}-{version}"].map(str::to_owned).to_vec();
        Self { program: program.clone(), folder: tempfile::tempdir().expect("a temporary folder"), options, variables }
    }

    /// A mirror of `upstream`, whose index and crates it gets from their folder.
    pub fn of(upstream: &GitUpstream, program: &RomtProgram) -> Self {
        let mut mirror = Self::importer(program);
        mirror.use_upstream(&upstream.index().display().to_string(), &upstream.crates_path());
        mirror
    }

    /// The same, but it gets the crates over HTTP.
    pub fn over_http(upstream: &GitUpstream, program: &RomtProgram) -> Self {
        let mut mirror = Self::importer(program);
        mirror.use_upstream(&upstream.index().display().to_string(), &upstream.crates_url());
        mirror
    }

    /// The same mirror once more, in a folder of its own. An importer's index keeps the bundle of the first.
    #[must_use]
    pub fn copied(&self) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut copy = Command::new("cp");
        copy.arg("--archive").arg(self.folder().join(".")).arg(folder.path());
        Process::spawn(copy).wait().succeeds();
        let (options, variables) = (self.options.clone(), self.variables.clone());
        Self { program: self.program.clone(), folder, options, variables }
    }

    /// Asks another upstream from now on; an index that is there keeps its own.
    pub fn use_upstream(&mut self, index_url: &str, crates_url: &str) {
        self.options = ["--index-url", index_url, "--crates-url", crates_url].map(str::to_owned).to_vec();
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

    /// Hides `git`, and everything else, from the calls that follow.
    pub fn hide_git(&mut self) {
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

    /// Starts `romt crate ARGS…` with the upstream that was set.
    pub fn spawn(&self, args: &[&str]) -> Process {
        Process::spawn(self.command(&self.arguments(args)))
    }

    /// Runs `romt crate ARGS…` to its end, with the upstream that was set.
    pub fn run(&self, args: &[&str]) -> Outcome {
        self.spawn(args).wait()
    }

    /// `crate`, the options of the upstream, and `args`.
    pub fn arguments<'a>(&'a self, args: &[&'a str]) -> Vec<&'a str> {
        let options = self.options.iter().map(String::as_str);
        std::iter::once("crate").chain(options).chain(args.iter().copied()).collect()
    }

    /// The lines of `romt crate -q ARGS… list`.
    ///
    /// # Panics
    /// When it fails.
    #[track_caller]
    pub fn list(&self, args: &[&str]) -> Vec<String> {
        let outcome = self.run(&[&["-q"], args, &["list"]].concat()).succeeds();
        outcome.stdout.lines().map(str::to_owned).collect()
    }

    /// Reads the archive at its usual place.
    pub fn archive(&self) -> CratesArchive {
        CratesArchive::read(&self.path("crates.tar.gz"))
    }

    /// Takes the archive of another mirror, over whatever network there is.
    pub fn take_archive_of(&self, other: &Self) {
        fs::copy(other.path("crates.tar.gz"), self.path("crates.tar.gz")).expect("an archive");
    }
}

impl GitUpstream {
    /// A version cannot be had any more, neither over HTTP nor from the folder; its line stays.
    pub fn withhold(&self, id: &str) {
        self.lose_file(id);
        self.http().misbehave(Place::download(id), Mischief::Status(404));
    }

    /// What was withheld can be had.
    pub fn give(&self, id: &str) {
        self.find_file(id);
        self.http().behave();
    }
}
