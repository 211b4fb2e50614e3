//! Which server, who we are, how patient.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Which NATS server to use, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NatsConfig {
    /// URLs of servers of one cluster, `nats://host:port` or `tls://host:port`.
    pub servers: Vec<String>,
    /// Begins the name of everything on the server, so that several deployments can share one. Letters, digits, `-`, `_`.
    pub deployment: String,
    /// How the server knows us.
    pub credentials: Credentials,
    /// Certificates to trust instead of the system's; a PEM file.
    pub ca_file: Option<PathBuf>,
    /// By which the server knows us, where it asks for that.
    pub certificate: Option<Box<ClientCertificate>>,
    /// How long a call goes on trying while the server is away, before it fails.
    pub patience: Duration,
    /// A job whose worker has not been heard of for that long is given to another one.
    pub ack_wait: Duration,
    /// Jobs that a queue holds before it is full.
    pub capacity: u32,
    /// On how many servers of a cluster everything is kept: 1, 3 or 5.
    pub replicas: usize,
}

/// How the server knows us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// It does not ask.
    None,
    /// A user and a password.
    Password {
        /// The user.
        user: String,
        /// The password.
        password: Secret,
    },
    /// A user, and a file with the password.
    PasswordFile {
        /// The user.
        user: String,
        /// The file, whose first line is the password.
        file: PathBuf,
    },
    /// A token.
    Token(Secret),
    /// A file whose first line is a token.
    TokenFile(PathBuf),
    /// A file that has the seed of an nkey.
    NkeyFile(PathBuf),
    /// A credentials file as `nsc` writes it: a JWT and an nkey.
    CredsFile(PathBuf),
}

/// A certificate of ours, for servers that ask for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// It, and those between it and the authority; a PEM file.
    pub certificate: PathBuf,
    /// Its private key; a PEM file.
    pub key: PathBuf,
}

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub(super) String);

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl NatsConfig {
    /// The port where nobody says.
    pub const PORT: u16 = 4222;
    /// The deployment where nobody says.
    pub const DEPLOYMENT: &str = "romt";

    /// A deployment on a server that asks for no credentials, with the usual limits.
    pub fn new(servers: Vec<String>, deployment: String) -> Self {
        Self {
            servers,
            deployment,
            credentials: Credentials::None,
            ca_file: None,
            certificate: None,
            // A server that is restarted, or moved to another machine, is back by then.
            patience: Duration::from_mins(2),
            ack_wait: Duration::from_secs(30),
            capacity: 16_384,
            replicas: 1,
        }
    }
}

/// As an address, without what is secret.
impl fmt::Display for NatsConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, server) in self.servers.iter().enumerate() {
            let shown = if number == 0 { server } else { server.split_once("://").map_or(&**server, |(_, host)| host) };
            write!(f, "{}{shown}", if number == 0 { "" } else { "," })?;
        }
        write!(f, "/{}", self.deployment)
    }
}
