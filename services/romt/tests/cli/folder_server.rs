//! A folder over HTTP, as simple as can be: each request on a connection and a thread of its own.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Serves until the process ends.
pub(crate) struct FolderServer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    folder: PathBuf,
    asked: Mutex<Vec<String>>,
    /// How long packages take.
    pause: Mutex<Duration>,
}

impl FolderServer {
    pub(crate) fn start(folder: &Path) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Shared { folder: folder.to_owned(), asked: Mutex::default(), pause: Mutex::default() };
        let shared = Arc::new(shared);
        let serving = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let serving = Arc::clone(&serving);
                // A client that is killed is no concern of this.
                std::thread::spawn(move || drop(serving.answer(stream.unwrap())));
            }
        });
        Self { address, shared }
    }

    /// The address of a folder in it.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    /// What was asked for since the last call.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.shared.asked.lock().unwrap())
    }

    /// From now on each package takes that long.
    pub(crate) fn slow_down(&self, pause: Duration) {
        *self.shared.pause.lock().unwrap() = pause;
    }

    /// Waits until so many packages were asked for.
    pub(crate) fn wait_for_packages(&self, count: usize) {
        let begin = Instant::now();
        let packages = || self.shared.asked.lock().unwrap().iter().filter(|path| path.ends_with(".tar.xz")).count();
        while packages() < count {
            assert!(begin.elapsed() < Duration::from_secs(30), "{count} packages are not asked for");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Shared {
    fn answer(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(&stream);
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let path = line.split(' ').nth(1).unwrap_or_default().trim_start_matches('/').to_owned();
        while line.trim_end() != "" {
            line.clear();
            reader.read_line(&mut line)?;
        }
        self.asked.lock().unwrap().push(path.clone());
        if path.ends_with(".tar.xz") {
            std::thread::sleep(*self.pause.lock().unwrap());
        }
        let (status, body) = match std::fs::read(self.folder.join(&path)) {
            Ok(body) => ("200 OK", body),
            Err(_) => ("404 Not Found", Vec::new()),
        };
        let mut stream = &stream;
        write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len())?;
        stream.write_all(&body)
    }
}
