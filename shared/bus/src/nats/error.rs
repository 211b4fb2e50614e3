//! What can go wrong with a server: when connecting, and in one call.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::response::Response;
use async_nats::{ConnectErrorKind, RequestErrorKind, ServerError, rustls};
use serde::de::DeserializeOwned;

/// Why there is no bus on a NATS server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// A file that says who we are or whom we trust cannot be used: tell the operator.
    #[error("cannot use the {what} in `{}`", path.display())]
    File {
        /// What should be in it.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        #[source]
        source: std::io::Error,
    },
    /// The server does not let us in: tell the operator.
    #[error("NATS at {address} does not let us in")]
    Refused {
        /// The address, without secrets.
        address: String,
        /// The library's error.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The server and we do not trust each other, or one of us has no TLS: tell the operator.
    #[error("there is no TLS with NATS at {address}")]
    Tls {
        /// The address, without secrets.
        address: String,
        /// The library's error.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The server was not there all the time that we tried: try again later.
    #[error("NATS at {address} could not be reached in {}", seconds(*waited))]
    Unreachable {
        /// The address, without secrets.
        address: String,
        /// How long it was tried.
        waited: Duration,
        /// The library's last error.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The server is there and cannot keep jobs: tell the operator.
    #[error("NATS at {address} has no JetStream")]
    NoJetStream {
        /// The address, without secrets.
        address: String,
    },
    /// Nobody has made a deployment of that name: tell the operator.
    #[error("there is no deployment `{deployment}` on NATS at {address}")]
    NoDeployment {
        /// The address, without secrets.
        address: String,
        /// The deployment's name.
        deployment: String,
    },
    /// The server does not make what we need: tell the operator.
    #[error("cannot make what romt needs on NATS at {address}")]
    Layout {
        /// The address, without secrets.
        address: String,
        /// What it said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

fn seconds(time: Duration) -> String {
    format!("{:.0} s", time.as_secs_f64())
}

impl ConnectError {
    pub(super) fn file(what: &'static str, path: &Path, source: std::io::Error) -> Self {
        Self::File { what, path: path.to_owned(), source }
    }

    /// What the client library says when it cannot connect, where trying again would be of no use.
    pub(super) fn lasting(address: &str, error: async_nats::ConnectError) -> Result<Self, async_nats::ConnectError> {
        let address = address.to_owned();
        match error.kind() {
            ConnectErrorKind::AuthorizationViolation | ConnectErrorKind::Authentication => {
                Ok(Self::Refused { address, source: error.into() })
            }
            ConnectErrorKind::Tls => Ok(Self::Tls { address, source: error.into() }),
            _ if of_tls(&error).is_some() => Ok(Self::Tls { address, source: error.into() }),
            _ if is_refusal(&error) => Ok(Self::Refused { address, source: error.into() }),
            _ => Err(error),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::File { .. } => {
                "the file must be there, be of the kind that its setting says, and readable for the user that romt runs as"
            }
            Self::Refused { .. } => {
                "say who romt is with `nats-creds`, `nats-nkey`, `nats-token-file`, or `nats-user` and `nats-password-file`"
            }
            Self::Tls { source, .. } => hint_of_tls(of_tls(&**source)),
            Self::Unreachable { .. } => "is nats-server running there, and is the address right?",
            Self::NoJetStream { .. } => "start nats-server with `--jetstream --store_dir DIR`",
            Self::NoDeployment { .. } => {
                "is the name at the end of the address right, and has a service been started with it?"
            }
            Self::Layout { .. } => {
                "the user needs the permissions that deploy/README.md lists, and room for files; see the server's log"
            }
        }
    }
}

/// What the TLS library says, if it was that: a connection that breaks off is not.
fn of_tls<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        // An error of the operating system's kind keeps what is in it to itself.
        if let Some(said) = error.downcast_ref::<io::Error>().and_then(|error| error.get_ref()?.downcast_ref()) {
            return Some(said);
        }
        cause = error.source();
    }
    None
}

fn hint_of_tls(error: Option<&rustls::Error>) -> &'static str {
    use rustls::{CertificateError, Error};
    match error {
        Some(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
            "name the file with the certificate of the server's authority with `nats-ca`"
        }
        Some(Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. })) => {
            "the server's certificate must be renewed; is the clock of this machine right?"
        }
        Some(Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        )) => "the address must name the server as its certificate does",
        Some(Error::AlertReceived(_)) => {
            "the server asks for a certificate that it knows, and that has not expired: `nats-cert` and `nats-key`"
        }
        Some(Error::InvalidMessage(_)) => "has the server TLS? Without, its address begins with nats://",
        _ => "see `nats-ca`, `nats-cert` and `nats-key`, and the server's log",
    }
}

/// Whether the server refused us in words of its own.
fn is_refusal(error: &async_nats::ConnectError) -> bool {
    let said = error.source().and_then(|cause| cause.downcast_ref::<ServerError>());
    let Some(ServerError::Other(said)) = said else { return false };
    let said = said.to_lowercase();
    said.contains("authentication") || said.contains("authorization")
}

/// What went wrong in one call.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    /// Nobody answers for the stream or consumer: it has to be made.
    #[error("it is not there")]
    Missing,
    /// The server answered that it cannot.
    #[error(transparent)]
    Refused(async_nats::jetstream::Error),
    /// Something is there that is not ours.
    #[error("the stream `{0}` is there and not one of romt's")]
    Foreign(String),
    /// The server says that this user may not ask for it.
    #[error("{0}")]
    Forbidden(String),
    /// No answer, or none that can be read.
    #[error("no answer")]
    Away(#[source] Box<dyn Error + Send + Sync>),
}

impl Trouble {
    pub(super) fn away(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Away(source.into())
    }

    /// The server's code for why it cannot.
    pub(super) fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Refused(error) => Some(error.error_code()),
            _ => None,
        }
    }

    /// Whether the same call would be refused again.
    pub(super) fn is_lasting(&self) -> bool {
        match self {
            Self::Foreign(_) | Self::Forbidden(_) => true,
            // As in HTTP: the request is wrong, not the server.
            Self::Refused(error) => error.code() == 400,
            Self::Missing | Self::Away(_) => false,
        }
    }

    /// Whether a queue has no room.
    pub(super) fn is_full(&self) -> bool {
        // The code stands for everything that keeps a message from being stored; only the words tell them apart.
        matches!(self, Self::Refused(error) if error.error_code() == ErrorCode::STREAM_STORE_FAILED
            && error.to_string().contains("maximum"))
    }
}

impl From<async_nats::RequestError> for Trouble {
    fn from(error: async_nats::RequestError) -> Self {
        match error.kind() {
            RequestErrorKind::NoResponders => Self::Missing,
            _ => Self::away(error),
        }
    }
}

/// Reads the server's answer: what was asked for, or why not.
pub(super) fn answer<T: DeserializeOwned>(payload: &[u8]) -> Result<T, Trouble> {
    match serde_json::from_slice(payload).map_err(Trouble::away)? {
        Response::Ok(answer) => Ok(answer),
        Response::Err { error } => match error.error_code() {
            ErrorCode::STREAM_NOT_FOUND | ErrorCode::CONSUMER_NOT_FOUND => Err(Trouble::Missing),
            _ => Err(Trouble::Refused(error)),
        },
    }
}
