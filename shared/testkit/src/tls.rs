//! A server over TLS whose certificate no one knows.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Authority;
use crate::process::{Process, inherited};

/// A server of the files in a folder, with a certificate by an authority of its own. Stops when dropped.
#[derive(Debug)]
pub struct TlsServer {
    base: String,
    authority: Authority,
    _process: Process,
}

/// Serves the folder it runs in: the arguments are the certificate and the key.
const SERVER: &str = "
import http.server, ssl, sys
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), http.server.SimpleHTTPRequestHandler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print('port', server.server_address[1], flush=True)
server.serve_forever()
";

impl TlsServer {
    /// Serves `folder`. Needs `python3` and `openssl`.
    pub fn start(folder: &Path) -> Self {
        let authority = Authority::default();
        let server = authority.certify("server");
        let mut python = Command::new("python3");
        python.env_clear().envs(inherited(&["PATH", "HOME"])).current_dir(folder).args(["-c", SERVER]);
        python.arg(server.certificate).arg(server.key);
        let process = Process::spawn(python);
        let port = process.wait_for_line(|line| line.strip_prefix("port ").map(str::to_owned));
        Self { base: format!("https://127.0.0.1:{port}"), authority, _process: process }
    }

    /// Its address as a URL, without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.base
    }

    /// The certificate of the authority that vouches for it, as `SSL_CERT_FILE` takes it.
    pub fn authority(&self) -> PathBuf {
        self.authority.certificate()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_knows_the_authority_is_served() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("hello"), "hello\n").unwrap();
        let server = TlsServer::start(folder.path());
        let curl = |args: &[&str]| {
            let mut curl = Command::new("curl");
            curl.args(["--silent", "--noproxy", "*"]).args(args).arg(format!("{}/hello", server.base_url()));
            Process::spawn(curl).wait()
        };
        assert_eq!(curl(&["--cacert", server.authority().to_str().unwrap()]).succeeds().stdout, "hello\n");
        curl(&[]).exits_with(60);
    }
}
