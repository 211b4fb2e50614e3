//! What can go wrong with a server: when connecting, and in one call.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_nats::RequestErrorKind;
use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::response::Response;
use serde::de::DeserializeOwned;

/// Why there is no bus on a NATS server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// A file of credentials cannot be used: tell the operator.
    #[error("cannot use the credentials in `{}`", path.display())]
    Credentials {
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
    pub(super) fn credentials(path: &Path, source: std::io::Error) -> Self {
        Self::Credentials { path: path.to_owned(), source }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Credentials { .. } => "the file must be there and readable for the user that romt runs as",
            Self::Refused { .. } => {
                "give credentials in the address, like nats://USER@HOST?password-file=FILE or nats://HOST?creds-file=FILE"
            }
            Self::Unreachable { .. } => "is nats-server running there, and is the address right?",
            Self::NoJetStream { .. } => "start nats-server with `--jetstream --store_dir DIR`",
            Self::NoDeployment { .. } => {
                "is the name at the end of the address right, and has a service been started with it?"
            }
            Self::Layout { .. } => "the user needs JetStream rights and room for files; see the server's log",
        }
    }
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
            Self::Foreign(_) => true,
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
