//! A real nats-server, which can be stopped, started again, and robbed of its files.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

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

/// How often it is looked whether a server still runs.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// A nats-server with JetStream on a port of its own. It is killed when this is dropped, and its files are gone then.
///
/// One that ends though nobody asked it to is started again, as service managers do, and said: old ones die of their own
/// mistakes once in a while.
#[derive(Debug)]
pub struct NatsServer {
    place: Arc<Place>,
    /// Gone with it.
    _files: TempDir,
}

/// A server, and how it is started.
#[derive(Debug)]
struct Place {
    program: NatsProgram,
    store: PathBuf,
    options: Vec<String>,
    /// 0 until it has one.
    port: u16,
    process: Mutex<Option<Process>>,
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
        let (program, store) = (program.clone(), files.path().join("store"));
        let mut place = Place { program, store, options, port: 0, process: Mutex::default() };
        let (process, port) = place.spawn();
        (place.port, place.process) = (port, Mutex::new(Some(process)));
        let place = Arc::new(place);
        let watched = Arc::downgrade(&place);
        std::thread::spawn(move || {
            while let Some(place) = watched.upgrade() {
                place.look_after();
                drop(place);
                std::thread::sleep(LOOK_EVERY);
            }
        });
        Self { place, _files: files }
    }

    /// Where it is, as an address without a deployment.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.place.port)
    }

    /// Its process, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.place.lock().as_ref().map(Process::id)
    }

    /// Kills it: `kill -9`.
    pub fn kill(&mut self) {
        if let Some(process) = self.place.lock().take() {
            process.kill();
        }
    }

    /// Asks it to stop, and waits until it has.
    pub fn stop(&mut self) {
        if let Some(process) = self.place.lock().take() {
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
        assert!(self.pid().is_none(), "it runs");
        fs::remove_dir_all(&self.place.store).expect("files to lose");
    }

    /// Starts it again, on the same port, with the files that it has.
    pub fn start_again(&mut self) {
        let mut process = self.place.lock();
        assert!(process.is_none(), "it runs");
        *process = Some(self.place.spawn().0);
    }
}

impl Place {
    fn lock(&self) -> MutexGuard<'_, Option<Process>> {
        self.process.lock().expect("a server that could be started again")
    }

    /// A server that is ready, and its port.
    fn spawn(&self) -> (Process, u16) {
        let mut command = Command::new(&self.program.path);
        // -1: any port that is free.
        let port = if self.port == 0 { "-1".to_owned() } else { self.port.to_string() };
        command.args(["--addr", "127.0.0.1", "--port", &port, "--store_dir"]).arg(&self.store).args(&self.options);
        let process = Process::spawn(command);
        let port = process.wait_for_line(|line| {
            let (_, port) = line.split_once("Listening for client connections on 127.0.0.1:")?;
            port.trim().parse().ok()
        });
        process.wait_for_line(|line| line.contains("Server is ready").then_some(()));
        (process, port)
    }

    /// Starts the server again if it has ended by itself.
    fn look_after(&self) {
        let mut process = self.lock();
        let Some(ended) = process.take_if(|process| !process.is_running()) else { return };
        // Past the test harness: `tests/run` looks for these words.
        let said = ended.wait();
        let _ = writeln!(
            std::io::stderr(),
            "NATS-SERVER ENDED: {} by itself; starting it again\n{said}",
            self.program.version
        );
        *process = Some(self.spawn().0);
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        // Before its files go.
        self.kill();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::not_run;

    #[test]
    fn a_server_that_ends_by_itself_comes_back_where_it_was() {
        let programs = NatsProgram::all();
        if programs.is_empty() {
            not_run("a_server_that_ends_by_itself", "nats-server is not installed");
        }
        for program in programs {
            let server = NatsServer::start(&program);
            let (pid, url) = (server.pid().expect("it runs"), server.url());
            let number = Pid::from_raw(i32::try_from(pid).expect("a pid")).expect("a pid");
            kill_process(number, Signal::KILL).expect("a process to kill");
            while server.pid() == Some(pid) {
                std::thread::sleep(LOOK_EVERY / 4);
            }
            assert!(server.pid().is_some(), "it is taken and put back under one lock");
            assert_eq!(server.url(), url);
        }
    }
}
