//! A real nats-server, which can be stopped, started again, and robbed of its files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::Process;

/// Where `tests/run` puts a newer one than Debian's, below cargo's target folder.
const NEWER: &str = "tools/nats-server-2.10/usr/sbin/nats-server";

/// A nats-server that is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NatsProgram {
    path: PathBuf,
    version: String,
}

impl NatsProgram {
    /// Every one that is there: those that `ROMT_NATS_SERVER` lists, like `PATH`, or Debian's and what `tests/run` has
    /// installed.
    pub fn all() -> Vec<Self> {
        let listed = std::env::var_os("ROMT_NATS_SERVER");
        let paths: Vec<_> = match listed {
            Some(listed) => std::env::split_paths(&listed).collect(),
            None => installed(),
        };
        paths.iter().filter_map(|path| Self::at(path)).collect()
    }

    /// One whose version begins with `version`, if there is one.
    pub fn of_version(version: &str) -> Option<Self> {
        Self::all().into_iter().find(|program| program.version.starts_with(version))
    }

    /// Its version, like `2.9.10`.
    pub fn version(&self) -> &str {
        &self.version
    }

    fn at(path: &Path) -> Option<Self> {
        let said = Command::new(path).arg("--version").output().ok()?;
        let said = String::from_utf8_lossy(&said.stdout).into_owned();
        let version = said.trim().rsplit_once('v')?.1.to_owned();
        Some(Self { path: path.to_owned(), version })
    }
}

fn installed() -> Vec<PathBuf> {
    let folders = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    // Servers are not on everybody's path.
    let folders = folders.unwrap_or_default().into_iter().chain(["/usr/sbin".into()]);
    let system = folders.map(|folder| folder.join("nats-server")).find(|path| path.is_file());
    let test = std::env::current_exe().expect("the running test's path");
    let newer = test.ancestors().map(|folder| folder.join(NEWER)).find(|path| path.is_file());
    system.into_iter().chain(newer).collect()
}

/// A nats-server with JetStream on a port of its own. It is killed when this is dropped, and its files are gone then.
#[derive(Debug)]
pub struct NatsServer {
    program: NatsProgram,
    files: TempDir,
    options: Vec<String>,
    port: u16,
    process: Option<Process>,
}

impl NatsServer {
    /// Starts one.
    pub fn start(program: &NatsProgram) -> Self {
        Self::start_with(program, &["--jetstream"])
    }

    /// Starts one with these options.
    pub fn start_with(program: &NatsProgram, options: &[&str]) -> Self {
        let files = tempfile::Builder::new().prefix("romt-nats-").tempdir().expect("a folder for files");
        let options = options.iter().map(|&option| option.to_owned()).collect();
        let mut server = Self { program: program.clone(), files, options, port: 0, process: None };
        server.start_again();
        server
    }

    /// Where it is, as an address without a deployment.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Its process, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Process::id)
    }

    /// Kills it: `kill -9`.
    pub fn kill(&mut self) {
        if let Some(process) = self.process.take() {
            process.kill();
        }
    }

    /// Asks it to stop, and waits until it has.
    pub fn stop(&mut self) {
        if let Some(process) = self.process.take() {
            process.terminate();
        }
    }

    /// Holds it, or lets it go on: it is there and does not answer.
    pub fn pause(&self, paused: bool) {
        let pid = self.pid().and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?)).expect("it runs");
        kill_process(pid, if paused { Signal::STOP } else { Signal::CONT }).expect("a process to signal");
    }

    /// Takes its files away, while it does not run.
    pub fn lose_files(&mut self) {
        assert!(self.process.is_none(), "it runs");
        fs::remove_dir_all(self.store()).expect("files to lose");
    }

    /// Starts it again, on the same port, with the files that it has.
    pub fn start_again(&mut self) {
        assert!(self.process.is_none(), "it runs");
        let mut command = Command::new(&self.program.path);
        // -1: any port that is free.
        let port = if self.port == 0 { "-1".to_owned() } else { self.port.to_string() };
        command.args(["--addr", "127.0.0.1", "--port", &port, "--store_dir"]).arg(self.store()).args(&self.options);
        let process = Process::spawn(command);
        self.port = process.wait_for_line(|line| {
            let (_, port) = line.split_once("Listening for client connections on 127.0.0.1:")?;
            port.trim().parse().ok()
        });
        process.wait_for_line(|line| line.contains("Server is ready").then_some(()));
        self.process = Some(process);
    }

    fn store(&self) -> PathBuf {
        self.files.path().join("store")
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        // Before its files go.
        self.kill();
    }
}
