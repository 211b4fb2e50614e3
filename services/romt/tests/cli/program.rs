//! Calling the program in a folder of its own.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// The program, in a fresh folder and without settings.
pub(crate) struct Program {
    folder: TempDir,
    variables: Vec<(&'static str, &'static str)>,
}

impl Program {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), variables: Vec::new() }
    }

    /// Sets an environment variable.
    pub(crate) fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.variables.push((name, value));
        self
    }

    /// The folder it is called in.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file into that folder.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Calls it and waits: its exit status, and all it said.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        self.shown(&self.command(arguments).output().unwrap())
    }

    /// Calls it with a standard output that nobody reads, and waits.
    pub(crate) fn run_unread(&self, arguments: &[&str]) -> String {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        self.shown(&self.command(arguments).stdout(writer).output().unwrap())
    }

    /// Starts it and waits until it serves.
    pub(crate) fn serve(&self, arguments: &[&str]) -> Serving {
        let mut command = self.command(arguments);
        let mut child = command.arg("--json").stdout(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let mut serving = Serving { child, out };
        let mut line = String::new();
        serving.out.read_line(&mut line).unwrap();
        assert!(line.starts_with(r#"{"event":"serving","url":"http://127.0.0.1:"#), "{line}");
        serving
    }

    /// Starts it; what it says on standard error can be read.
    pub(crate) fn spawn(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_romt"));
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("ROMT_") || name.starts_with("RUSTUP_") {
                command.env_remove(&*name);
            }
        }
        command.env_remove("RUST_LOG").env_remove("COLUMNS").stdin(Stdio::null());
        command.current_dir(self.folder()).args(arguments).envs(self.variables.iter().copied());
        command
    }

    /// Exit status and words, without what differs between two calls.
    fn shown(&self, output: &Output) -> String {
        let mut shown = format!("status {}\n", output.status.code().map_or("none".to_owned(), |code| code.to_string()));
        for (name, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
            let text = String::from_utf8(bytes.clone()).unwrap();
            let text = text.replace(&*self.folder().to_string_lossy(), "[FOLDER]");
            if !text.is_empty() {
                write!(shown, "--- {name}\n{}\n", text.trim_end()).unwrap();
            }
        }
        shown
    }
}

/// The program while it serves. Killed when it is dropped.
pub(crate) struct Serving {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Serving {
    pub(crate) fn signal(&self, signal: Signal) {
        let id = self.child.id().try_into().unwrap();
        kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
    }

    /// The exit status, once it has ended by itself.
    pub(crate) fn wait(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Compares with a snapshot after replacing what differs between two calls.
macro_rules! assert_shown {
    ($shown:expr, @$snapshot:literal) => {
        insta::with_settings!({ filters => vec![
            (r"process \d+", "process [ID]"),
            (r"127\.0\.0\.1:\d{2,}", "127.0.0.1:[PORT]"),
            (r"(?m)([,;]) \d+(\.\d+)?s$", "$1 [TIME]"),
            // That of manifests as large as real ones, which the sample may change.
            (r"files(\)?), \d+(\.\d+)? [kM]B", "files$1, [SIZE]"),
            (concat!("romt ", env!("CARGO_PKG_VERSION")), "romt [VERSION]"),
        ] }, { insta::assert_snapshot!($shown, @$snapshot) })
    };
}
pub(crate) use assert_shown;
