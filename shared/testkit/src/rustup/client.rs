//! The real rustup, as a client that knows one server and nothing else.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::process::{Outcome, Process};

/// rustup with homes of its own, for which a server of ours stands for Rust's.
#[derive(Debug)]
pub struct RustupClient {
    folder: TempDir,
    server: String,
}

/// A proxy that is not there: whoever asks another host than ours gets an error, not an answer.
const NO_WAY_OUT: &str = "http://127.0.0.1:1";
/// Where the programs are that a compiler needs, like `cc`: not where this machine has its own rustup.
const SYSTEM_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

impl RustupClient {
    /// rustup's program on this machine; `None` where there is none.
    pub fn program() -> Option<PathBuf> {
        let homes = [
            std::env::var_os("CARGO_HOME").map(PathBuf::from),
            std::env::var_os("HOME").map(|home| Path::new(&home).join(".cargo")),
        ];
        homes.into_iter().flatten().map(|home| home.join("bin/rustup")).find(|path| path.is_file())
    }

    /// A machine with rustup and no toolchain, that asks `server`, an address without a slash at the end; `None` where
    /// there is no rustup to copy.
    pub fn new(server: &str) -> Option<Self> {
        let program = Self::program()?;
        let client = Self::without_rustup(server);
        fs::create_dir_all(client.cargo_home().join("bin")).expect("a folder in a temporary folder");
        fs::copy(program, client.own_rustup()).expect("a copy of rustup");
        for proxy in ["cargo", "rustc", "rustdoc"] {
            symlink("rustup", client.own_rustup().with_file_name(proxy)).expect("a link in a temporary folder");
        }
        Some(client)
    }

    /// A machine on which rustup was never installed.
    pub fn without_rustup(server: &str) -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder"), server: server.to_owned() }
    }

    /// Asks another server from now on.
    pub fn use_server(&mut self, server: &str) {
        server.clone_into(&mut self.server);
    }

    /// Its home folder.
    pub fn home(&self) -> &Path {
        self.folder.path()
    }

    /// Its `CARGO_HOME`.
    pub fn cargo_home(&self) -> PathBuf {
        self.home().join("cargo")
    }

    /// The rustup that is installed in its homes.
    pub fn own_rustup(&self) -> PathBuf {
        self.cargo_home().join("bin/rustup")
    }

    /// The folders of the toolchains that are installed, by name.
    pub fn toolchains(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.home().join("rustup/toolchains")) else { return Vec::new() };
        let name = |entry: std::io::Result<fs::DirEntry>| entry.expect("a folder that is read").file_name();
        let mut names: Vec<_> = entries.map(|entry| name(entry).to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// Starts a program with this client's homes and nothing of the world but the server.
    pub fn spawn(&self, program: impl AsRef<OsStr>, args: &[&str], folder: &Path) -> Process {
        let mut command = Command::new(program);
        command.args(args).current_dir(folder).env_clear();
        let path = format!("{}:{SYSTEM_PATH}", self.cargo_home().join("bin").display());
        command.env("PATH", path).env("HOME", self.home());
        command.env("CARGO_HOME", self.cargo_home()).env("RUSTUP_HOME", self.home().join("rustup"));
        // Both: without either one, rustup asks a public host.
        command.env("RUSTUP_DIST_SERVER", &self.server).env("RUSTUP_UPDATE_ROOT", format!("{}/rustup", self.server));
        for scheme in ["http", "https", "all"] {
            command
                .env(format!("{scheme}_proxy"), NO_WAY_OUT)
                .env(format!("{scheme}_proxy").to_uppercase(), NO_WAY_OUT);
        }
        command.env("no_proxy", "127.0.0.1,localhost").env("NO_PROXY", "127.0.0.1,localhost");
        command.env("RUSTUP_INIT_SKIP_PATH_CHECK", "yes").env("RUSTUP_TERM_COLOR", "never");
        command.env("RUSTUP_MAX_RETRIES", "0").env("CARGO_NET_RETRY", "0").env("CARGO_TERM_COLOR", "never");
        Process::spawn(command)
    }

    /// Runs `rustup ARGS…` to its end.
    pub fn rustup(&self, args: &[&str]) -> Outcome {
        self.spawn(self.own_rustup(), args, self.home()).wait()
    }

    /// Runs a program of a toolchain, in `folder`: `rustup run TOOLCHAIN ARGS…`.
    pub fn run_in(&self, folder: &Path, toolchain: &str, args: &[&str]) -> Outcome {
        self.spawn(self.own_rustup(), &[&["run", toolchain], args].concat(), folder).wait()
    }

    /// What the `rustc` of a toolchain says of itself: `rustc 1.95.0 (59807616e 2026-04-14)`.
    pub fn rustc_version(&self, toolchain: &str) -> String {
        self.run_in(self.home(), toolchain, &["rustc", "--version"]).succeeds().stdout.trim().to_owned()
    }

    /// Installs rustup by `rustup-init`, as its installer does: the program decides by its name what it is.
    pub fn init(&self, program: &[u8], args: &[&str]) -> Outcome {
        let path = self.home().join("rustup-init");
        // Not over one that may be running.
        let _ = fs::remove_file(&path);
        let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o755).open(&path);
        file.and_then(|mut file| file.write_all(program)).expect("a program in a temporary folder");
        self.spawn(&path, &[&["-y", "--no-modify-path"], args].concat(), self.home()).wait()
    }
}
