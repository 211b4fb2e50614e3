//! The files that say who we are and whom we trust: read and looked through before the server is asked, so that what is wrong with
//! one is said with its name.

use std::io;
use std::path::Path;

use async_nats::ConnectOptions;
use async_nats::rustls::pki_types::pem::PemObject;
use async_nats::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use nkeys::KeyPair;

use super::{ClientCertificate, ConnectError, Credentials, NatsConfig};

/// Longer than any file of credentials, or of certificates.
const LIMIT: u64 = 1 << 20;
const CREDENTIALS: &str = "credentials";
const CERTIFICATES: &str = "certificates";
const KEY: &str = "private key";

impl NatsConfig {
    /// What the client library needs to know of who we are, and of whom we trust. Reads the files.
    pub(super) async fn options(&self) -> Result<ConnectOptions, ConnectError> {
        let options = ConnectOptions::new();
        let mut options = match &self.credentials {
            Credentials::None => options,
            Credentials::Password { user, password } => options.user_and_password(user.clone(), password.0.clone()),
            Credentials::PasswordFile { user, file } => {
                options.user_and_password(user.clone(), first_line(file).await?)
            }
            Credentials::Token(token) => options.token(token.0.clone()),
            Credentials::TokenFile(file) => options.token(first_line(file).await?),
            Credentials::NkeyFile(file) => options.nkey(seed(file).await?),
            Credentials::CredsFile(file) => {
                let creds = read(file, CREDENTIALS).await?;
                options.credentials(&creds).map_err(|error| ConnectError::file(CREDENTIALS, file, error))?
            }
        };
        if let Some(file) = &self.ca_file {
            check_certificates(file).await?;
            options = options.add_root_certificates(file.clone());
        }
        if let Some(ClientCertificate { certificate, key }) = self.certificate.as_deref() {
            check_certificates(certificate).await?;
            let text = read(key, KEY).await?;
            PrivateKeyDer::from_pem_slice(text.as_bytes())
                .map_err(|_| wrong(KEY, key, "there is no private key as PEM in it"))?;
            options = options.add_client_certificate(certificate.clone(), key.clone());
        }
        Ok(options)
    }
}

async fn check_certificates(file: &Path) -> Result<(), ConnectError> {
    let text = read(file, CERTIFICATES).await?;
    let mut found = CertificateDer::pem_slice_iter(text.as_bytes());
    let is_fine = found.next().is_some_and(|first| first.is_ok()) && found.all(|other| other.is_ok());
    if is_fine { Ok(()) } else { Err(wrong(CERTIFICATES, file, "there are no certificates as PEM in it")) }
}

/// The seed of an nkey, alone in its file or in a frame as `nsc` puts around it.
async fn seed(file: &Path) -> Result<String, ConnectError> {
    let text = read(file, CREDENTIALS).await?;
    let seed = text.lines().map(str::trim).find(|line| KeyPair::from_seed(line).is_ok());
    seed.map(str::to_owned).ok_or_else(|| wrong(CREDENTIALS, file, "there is no seed of an nkey in it"))
}

async fn first_line(file: &Path) -> Result<String, ConnectError> {
    let text = read(file, CREDENTIALS).await?;
    match text.lines().next().map(str::trim) {
        None | Some("") => Err(wrong(CREDENTIALS, file, "its first line is empty")),
        Some(line) => Ok(line.to_owned()),
    }
}

async fn read(file: &Path, what: &'static str) -> Result<String, ConnectError> {
    use tokio::io::AsyncReadExt;
    let read = async {
        let mut text = String::new();
        tokio::fs::File::open(file).await?.take(LIMIT).read_to_string(&mut text).await?;
        Ok(text)
    };
    read.await.map_err(|error| ConnectError::file(what, file, error))
}

fn wrong(what: &'static str, file: &Path, why: &str) -> ConnectError {
    ConnectError::file(what, file, io::Error::new(io::ErrorKind::InvalidData, why))
}
