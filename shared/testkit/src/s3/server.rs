//! S3 services that a test starts.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::Process;

/// Which service: they differ in what they are strict about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum S3Kind {
    /// moto's server: wide, keeps everything in memory, checks no signature. `tests/run` installs it.
    Moto,
    /// s3s-fs: checks every signature, keeps files. Takes minutes to build, so `tests/run --full` installs it.
    S3sFs,
}

/// An S3 service on a port of its own. It is killed when this is dropped.
#[derive(Debug)]
pub struct S3Server {
    kind: S3Kind,
    address: String,
    // Killed before its folder goes.
    _process: Process,
    folder: TempDir,
}

impl S3Kind {
    /// The variable that names its program, and where `tests/run` puts it, below cargo's target folder.
    fn places(self) -> (&'static str, &'static str) {
        match self {
            Self::Moto => ("ROMT_MOTO", "tools/moto-5.2.5/bin/moto_server"),
            Self::S3sFs => ("ROMT_S3S_FS", "tools/s3s-fs-0.14.1/bin/s3s-fs"),
        }
    }

    /// Its program, if it is installed.
    pub fn program(self) -> Option<PathBuf> {
        let (variable, place) = self.places();
        let installed = || {
            let test = std::env::current_exe().expect("the running test's path");
            test.ancestors().map(|folder| folder.join(place)).find(|path| path.is_file())
        };
        std::env::var_os(variable).map(PathBuf::from).or_else(installed)
    }

    /// What to say where it is not installed.
    pub fn how_to_install(self) -> &'static str {
        match self {
            Self::Moto => "moto is not installed; `tests/run s3` installs it",
            Self::S3sFs => "s3s-fs is not installed; `tests/run --full s3` builds it, which takes minutes",
        }
    }
}

/// Longer than any service takes to be ready.
const PATIENCE: Duration = Duration::from_mins(1);

impl S3Server {
    /// Who may ask.
    pub const ACCESS_KEY: &str = "AKIAEXAMPLE";
    /// What requests are signed with.
    pub const SECRET_KEY: &str = "secretsecret";
    /// The bucket that is there.
    pub const BUCKET: &str = "romt";

    /// Starts a service with an empty bucket; `None` if it is not installed.
    pub fn start(kind: S3Kind) -> Option<Self> {
        let program = kind.program()?;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (process, address) = match kind {
            S3Kind::Moto => start_moto(&program, folder.path()),
            S3Kind::S3sFs => start_s3s(&program, folder.path()),
        };
        Some(Self { kind, address, _process: process, folder })
    }

    /// Which it is.
    pub fn kind(&self) -> S3Kind {
        self.kind
    }

    /// Its address: `HOST:PORT`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Its endpoint, as clients take it.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it keeps what it has, if it does so in files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

fn start_moto(program: &Path, home: &Path) -> (Process, String) {
    let mut command = Command::new(program);
    command.args(["-H", "127.0.0.1", "-p", "0"]).env("HOME", home).env("PYTHONUNBUFFERED", "1");
    let process = Process::spawn(command);
    let address = process.wait_for_line(|line| Some(line.split_once("http://")?.1.trim().to_owned()));
    let bucket = S3Server::BUCKET;
    let status = ask(&address, &format!("PUT /{bucket} HTTP/1.1")).expect("moto answers");
    assert_eq!(status, 200, "moto makes no bucket");
    (process, address)
}

/// How often another port is tried, should somebody take the one that was free.
const PORTS: u32 = 5;

fn start_s3s(program: &Path, folder: &Path) -> (Process, String) {
    let data = folder.join("data");
    std::fs::create_dir_all(data.join(S3Server::BUCKET)).expect("a folder for the bucket");
    for _ in 0..PORTS {
        // It does not say which port it has, so it is told one.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        let mut command = Command::new(program);
        command.args(["--host", "127.0.0.1", "--port", &port.to_string()]);
        command.args(["--access-key", S3Server::ACCESS_KEY, "--secret-key", S3Server::SECRET_KEY]).arg(&data);
        let process = Process::spawn(command);
        let address = format!("127.0.0.1:{port}");
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE && process.is_running() {
            if ask(&address, "GET / HTTP/1.1").is_ok() && process.is_running() {
                return (process, address);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    panic!("s3s-fs does not start");
}

/// Sends a request without a body, and returns the status of the answer.
fn ask(address: &str, request: &str) -> std::io::Result<u16> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(stream, "{request}\r\nHost: {address}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(4096).read_to_string(&mut answer)?;
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(|| std::io::Error::other("no status"))
}
