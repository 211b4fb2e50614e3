//! An authority of a test's own, and certificates by it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::process::{Process, inherited};

/// An authority that vouches for `127.0.0.1`. Its files are gone when it is dropped. Needs `openssl`.
#[derive(Debug)]
pub struct Authority {
    folder: TempDir,
}

/// A certificate and its key, as PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certified {
    /// The certificate.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

/// What `openssl ca` must be told, though it is of no interest.
const SETTINGS: &str = "
[ca]
default_ca = own
[own]
new_certs_dir = .
database = index
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
[any]
commonName = supplied
[host]
subjectAltName = IP:127.0.0.1
basicConstraints = critical,CA:FALSE
";
const NEW_KEY: [&str; 5] = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

impl Default for Authority {
    fn default() -> Self {
        let folder = tempfile::Builder::new().prefix("romt-authority-").tempdir().expect("a temporary folder");
        fs::write(folder.path().join("settings"), SETTINGS).expect("a file");
        fs::write(folder.path().join("index"), "").expect("a file");
        let authority = Self { folder };
        let subject = ["-subj", "/CN=Authority of a test", "-keyout", "authority.key", "-out", "authority.pem"];
        authority.openssl(&[&["req", "-x509", "-days", "2"], &NEW_KEY[..], &subject].concat());
        authority
    }
}

impl Authority {
    /// Its own certificate: who has that believes it.
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// A certificate for this host and two days. Each `name` is for one.
    pub fn certify(&self, name: &str) -> Certified {
        self.certify_for(name, &["-days", "2"])
    }

    /// One that was good for a day of long ago.
    pub fn certify_long_ago(&self, name: &str) -> Certified {
        self.certify_for(name, &["-startdate", "20200101000000Z", "-enddate", "20200102000000Z"])
    }

    fn certify_for(&self, name: &str, time: &[&str]) -> Certified {
        let [key, request, certificate] = ["key", "request", "pem"].map(|kind| format!("{name}.{kind}"));
        let subject = ["-subj", "/CN=127.0.0.1", "-keyout", &key, "-out", &request];
        self.openssl(&[&["req", "-new"], &NEW_KEY[..], &subject].concat());
        let of_authority = ["-cert", "authority.pem", "-keyfile", "authority.key", "-extensions", "host"];
        let files = ["-config", "settings", "-in", &request, "-out", &certificate];
        self.openssl(&[&["ca", "-batch", "-notext"], &of_authority[..], &files, time].concat());
        let file = |name: &str| self.folder.path().join(name);
        Certified { certificate: file(&certificate), key: file(&key) }
    }

    fn openssl(&self, args: &[&str]) {
        let mut openssl = Command::new("openssl");
        openssl.env_clear().envs(inherited(&["PATH"])).current_dir(self.folder.path()).args(args);
        Process::spawn(openssl).wait().succeeds();
    }
}

impl Certified {
    /// The certificate's path, as text.
    pub fn certificate(&self) -> &str {
        text(&self.certificate)
    }

    /// The key's path, as text.
    pub fn key(&self) -> &str {
        text(&self.key)
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path that is text")
}
