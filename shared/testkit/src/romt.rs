//! The real romt.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::process::{Outcome, Process, WAY_OUT, inherited};
use crate::{Audit, RomtFolder, Upstream, http};

/// The romt binary with a folder to work in and settings for a test: quick to give up, never content with what it asked
/// a moment ago.
#[derive(Debug)]
pub struct Romt {
    binary: PathBuf,
    folder: TempDir,
    variables: BTreeMap<OsString, OsString>,
}

/// What the tests' default is, where it is not romt's.
pub(crate) const SETTINGS: [(&str, &str); 4] =
    [("ROMT_TIMEOUT", "5"), ("ROMT_RETRIES", "3"), ("ROMT_RETRY_BUDGET", "20s"), ("ROMT_INDEX_MAX_AGE", "1ms")];

impl Romt {
    /// romt mirroring from `upstream`.
    ///
    /// # Panics
    /// When the binary was not built.
    pub fn with(upstream: &Upstream) -> Self {
        Self::with_index(&upstream.index_url())
    }

    /// romt mirroring from the index at `url`.
    pub fn with_index(url: &str) -> Self {
        let mut romt = Self::bare();
        romt.set("ROMT_INDEX_URL", url);
        romt
    }

    /// romt with its own defaults and a way to the real world.
    pub fn with_the_world() -> Self {
        let mut romt = Self::bare();
        romt.variables = inherited(&WAY_OUT).collect();
        romt
    }

    fn bare() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let variables = SETTINGS.iter().map(|&(name, value)| (name.into(), value.into()));
        Self { binary: binary(), folder, variables: variables.collect() }
    }

    /// Sets an environment variable for the calls that follow.
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.into(), value.into());
    }

    /// Where it works.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its mirror, `./mirror`.
    pub fn mirror(&self) -> PathBuf {
        self.folder().join("mirror")
    }

    /// Writes a file into the folder where it works, and returns its path.
    pub fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.folder().join(name);
        std::fs::write(&path, content).expect("a file in a temporary folder");
        path
    }

    /// Copies a file into the folder where it works, under the same name.
    pub fn take(&self, file: &Path) {
        let name = file.file_name().expect("a file's name");
        std::fs::copy(file, self.folder().join(name)).expect("a file in a temporary folder");
    }

    /// The versions that its mirror publishes, in order, after everything in the mirror was checked.
    ///
    /// # Panics
    /// When anything is wrong with the mirror.
    #[track_caller]
    pub fn audit(&self, upstream: &Upstream) -> Vec<String> {
        Audit::against(&self.mirror(), upstream).clean()
    }

    /// Starts `romt ARGS…`.
    pub fn spawn(&self, args: &[&str]) -> Process {
        let mut command = Command::new(&self.binary);
        command.args(args).current_dir(self.folder()).env_clear().env("HOME", self.folder()).envs(&self.variables);
        Process::spawn(command)
    }

    /// Runs `romt ARGS…` to its end.
    pub fn run(&self, args: &[&str]) -> Outcome {
        self.spawn(args).wait()
    }

    /// Runs `romt up --once ARGS…` to its end.
    pub fn up_once(&self, args: &[&str]) -> Outcome {
        self.run(&[&["up", "--once"], args].concat())
    }

    /// Starts `romt up --port 0 ARGS…` and waits until it serves.
    pub fn up(&self, args: &[&str]) -> Serving {
        Serving::wait_for(self.spawn(&[&["up", "--port", "0"], args].concat()))
    }

    /// Starts `romt server --port 0 ARGS…` and waits until it serves.
    pub fn server(&self, args: &[&str]) -> Serving {
        Serving::wait_for(self.spawn(&[&["server", "--port", "0"], args].concat()))
    }

    /// Starts `romt serve --port 0 ARGS…` in the mirror and waits until it serves.
    pub fn serve(&self, args: &[&str]) -> Serving {
        let mirror = self.mirror();
        let mirror = mirror.to_str().expect("a path in UTF-8");
        Serving::wait_for(self.spawn(&[&["serve", "--port", "0", "--mirror", mirror], args].concat()))
    }
}

/// A romt that serves.
#[derive(Debug)]
pub struct Serving {
    process: Process,
    base: String,
}

impl Serving {
    /// Starts our `romt serve --port 0` in a folder and waits until it serves.
    pub fn of(folder: &RomtFolder) -> Self {
        Self::wait_for(Process::spawn(folder.command(&["serve", "--port", "0", "--mirror", "."])))
    }

    fn wait_for(process: Process) -> Self {
        let base = process.wait_for_line(served_address);
        Self { process, base }
    }

    /// The address it serves at, without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.base
    }

    /// The sparse index, as cargo takes it.
    pub fn index_url(&self) -> String {
        format!("sparse+{}/crates-index/", self.base)
    }

    /// GETs a path: `/healthz`.
    pub fn get(&self, path: &str) -> http::HttpAnswer {
        http::get(&format!("{}{path}", self.base)).unwrap_or_else(|error| panic!("GET {path}: {error}"))
    }

    /// The process.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// The process, to end it.
    pub fn into_process(self) -> Process {
        self.process
    }
}

/// The address in a line that tells where romt serves.
fn served_address(line: &str) -> Option<String> {
    let address = line.split_once("serving")?.1.split_once("http://")?.1;
    let end = address.find(|c: char| !(c.is_ascii_alphanumeric() || ".:[]-".contains(c)));
    Some(format!("http://{}", &address[..end.unwrap_or(address.len())]))
}

/// The binary: `ROMT_BIN`, or what cargo built beside the running test.
pub(crate) fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("ROMT_BIN") {
        return path.into();
    }
    let test = std::env::current_exe().expect("the running test's path");
    let beside = test.ancestors().skip(1).map(|folder| folder.join("romt")).find(|path| path.is_file());
    beside.unwrap_or_else(|| panic!("there is no romt beside {}: run `cargo build -p romt` first", test.display()))
}
