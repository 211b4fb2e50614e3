//! An HTTP proxy that writes down what it is asked for.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};

use crate::listening::serve_each;

/// A proxy on a port of its own, for plain requests and for tunnels. It serves until the test ends.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// A proxy that was not asked yet.
    pub fn start() -> Self {
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let address = serve_each(&asked, serve);
        Self { address, asked }
    }

    /// Its address, as `HTTP_PROXY` takes it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests so far: `GET http://HOST:PORT/PATH` or `CONNECT HOST:PORT`.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no panic while locked").clone()
    }
}

/// Serves one connection: one plain request, or one tunnel.
fn serve(client: TcpStream, journal: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        if line.trim_end().is_empty() {
            break;
        }
        head.push(line.trim_end().to_owned());
    }
    let mut words = head.first().map(String::as_str).unwrap_or_default().split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    journal.lock().expect("no panic while locked").push(format!("{method} {target}"));
    if method == "CONNECT" {
        let host = TcpStream::connect(target)?;
        (&client).write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
        exchange(&client, &host);
        return Ok(());
    }
    let rest = target.strip_prefix("http://").ok_or_else(|| io::Error::other("not a proxy's request"))?;
    let (address, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut host = TcpStream::connect(address)?;
    write!(host, "{method} /{path} HTTP/1.1\r\nConnection: close\r\n")?;
    let is_ours = |line: &str| line.to_ascii_lowercase().starts_with("connection:");
    for line in head.iter().skip(1).filter(|line| !is_ours(line)) {
        write!(host, "{line}\r\n")?;
    }
    host.write_all(b"\r\n")?;
    io::copy(&mut host, &mut &client)?;
    client.shutdown(Shutdown::Both)
}

/// Carries bytes in both directions until both ends are done.
fn exchange(client: &TcpStream, host: &TcpStream) {
    std::thread::scope(|scope| {
        scope.spawn(|| pour(client, host));
        pour(host, client);
    });
}

fn pour(mut from: &TcpStream, mut to: &TcpStream) {
    // Whether it ended well or not, there is no more.
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FakeCrate, Process, Upstream};

    #[test]
    fn requests_go_through_and_are_written_down() {
        let upstream = Upstream::start();
        upstream.publish(FakeCrate::new("hello", "1.0.0"));
        let proxy = Proxy::start();
        let url = format!("{}/index/he/ll/hello", upstream.base_url());
        for (how, asked) in
            [("--proxy", format!("GET {url}")), ("--proxytunnel", format!("CONNECT {}", upstream.address()))]
        {
            let mut curl = std::process::Command::new("curl");
            curl.args(["--silent", "--show-error", "--noproxy", "", "--proxy", &proxy.url(), how]);
            curl.args((how == "--proxy").then(|| proxy.url())).arg(&url);
            assert_eq!(Process::spawn(curl).wait().succeeds().stdout, upstream.lines("hello").concat() + "\n");
            assert_eq!(proxy.asked().pop(), Some(asked));
        }
    }
}
