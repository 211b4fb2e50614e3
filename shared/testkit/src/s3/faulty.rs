//! What stands between a client and its service, and fails.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::listening::serve_each;

/// A request that is about to be passed on.
#[derive(Debug, Clone)]
pub struct S3Request {
    /// How many came before.
    pub number: usize,
    /// Its method.
    pub method: String,
    /// The path and the query.
    pub target: String,
}

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum S3Fault {
    /// Nothing: it is passed on, and so is the answer.
    None,
    /// It is answered with this status, and the service never hears of it.
    Status(u16),
    /// The connection is cut before the service hears of it.
    LostRequest,
    /// The service does what it is asked to, and the connection is cut instead of an answer.
    LostAnswer,
    /// The connection is cut in the middle of the answer's body.
    CutAnswer,
    /// The service does what it is asked to, and the answer is this status all the same.
    WrongStatus(u16),
    /// It takes this long.
    Slow(Duration),
}

type Choose = dyn Fn(&S3Request) -> S3Fault + Send + Sync;

/// A service that fails as it is told to: it stands before a real one. It serves until the test ends.
#[derive(Clone)]
pub struct FaultyS3 {
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    service: String,
    choose: Mutex<Arc<Choose>>,
    asked: AtomicUsize,
    failed: AtomicUsize,
}

impl FaultyS3 {
    /// Stands before the service at `service` (`HOST:PORT`) and does to each request what `choose` says.
    pub fn start(service: &str, choose: impl Fn(&S3Request) -> S3Fault + Send + Sync + 'static) -> Self {
        let state = Arc::new(State {
            service: service.to_owned(),
            choose: Mutex::new(Arc::new(choose)),
            asked: AtomicUsize::new(0),
            failed: AtomicUsize::new(0),
        });
        let address = serve_each(&state, serve);
        Self { address, state }
    }

    /// From now on something else happens to requests.
    pub fn change(&self, choose: impl Fn(&S3Request) -> S3Fault + Send + Sync + 'static) {
        *self.state.choose.lock().expect("no panic while locked") = Arc::new(choose);
    }

    /// Its endpoint, as clients take it.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many requests came.
    pub fn asked(&self) -> usize {
        self.state.asked.load(Ordering::Relaxed)
    }

    /// To how many of them something was done.
    pub fn failed(&self) -> usize {
        self.state.failed.load(Ordering::Relaxed)
    }
}

impl std::fmt::Debug for FaultyS3 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FaultyS3").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Serves one request.
fn serve(client: TcpStream, state: &State) -> io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut head = Vec::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        match line.split_once(':').map(|(name, value)| (name.to_ascii_lowercase(), value.trim())) {
            Some((name, value)) if name == "content-length" => length = value.parse().map_err(io::Error::other)?,
            Some((name, _)) if name == "connection" => continue,
            _ => {}
        }
        head.push(line.to_owned());
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let mut words = head.first().map(String::as_str).unwrap_or_default().split(' ').map(str::to_owned);
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let request = S3Request { number: state.asked.fetch_add(1, Ordering::Relaxed), method, target };
    let choose = Arc::clone(&state.choose.lock().expect("no panic while locked"));
    let fault = choose(&request);
    if fault != S3Fault::None {
        state.failed.fetch_add(1, Ordering::Relaxed);
    }
    match fault {
        S3Fault::Status(status) => return refuse(&client, status),
        S3Fault::LostRequest => return client.shutdown(Shutdown::Both),
        S3Fault::Slow(time) => std::thread::sleep(time),
        S3Fault::None | S3Fault::LostAnswer | S3Fault::CutAnswer | S3Fault::WrongStatus(_) => {}
    }
    let mut service = TcpStream::connect(&state.service)?;
    service.write_all(format!("{}\r\nConnection: close\r\n\r\n", head.join("\r\n")).as_bytes())?;
    service.write_all(&body)?;
    let mut answer = Vec::new();
    service.read_to_end(&mut answer)?;
    let shown = match fault {
        S3Fault::LostAnswer => 0,
        S3Fault::WrongStatus(status) => return refuse(&client, status),
        S3Fault::CutAnswer => {
            let body = answer.windows(4).position(|end| end == b"\r\n\r\n").map_or(answer.len(), |at| at + 4);
            body + (answer.len() - body) / 2
        }
        _ => answer.len(),
    };
    (&client).write_all(&answer[..shown])?;
    client.shutdown(Shutdown::Both)
}

fn refuse(mut client: &TcpStream, status: u16) -> io::Result<()> {
    let body = "<?xml version=\"1.0\"?><Error><Code>Trouble</Code><Message>as the test wants it</Message></Error>";
    write!(
        client,
        "HTTP/1.1 {status} Trouble\r\nContent-Type: application/xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )?;
    client.shutdown(Shutdown::Both)
}
