//! What can go wrong with an upstream, by what the caller does next.

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use crate::{RedirectError, SinkError};

/// Why a client could not be made: tell the operator.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The contact cannot stand in a User-Agent.
    #[error("the contact `{}` cannot be sent in a User-Agent", contact.escape_debug())]
    Contact {
        /// The contact.
        contact: String,
    },
    /// TLS cannot be set up: most often there are no CA certificates on this machine.
    #[error("cannot set up TLS; are there CA certificates (SSL_CERT_FILE, SSL_CERT_DIR)?")]
    Tls {
        /// The library's error.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

/// Why a file was not brought. Every variant names the URL that was asked for, without user and password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// Upstream does not have it: do without.
    #[error("{url} is not there (HTTP {status})")]
    Absent {
        /// What was asked for.
        url: String,
        /// 404, 410 or 451.
        status: u16,
    },
    /// Upstream will not give it: tell the operator.
    #[error("{url} was refused (HTTP {status})")]
    Refused {
        /// What was asked for.
        url: String,
        /// Neither a success nor one that another attempt might mend.
        status: u16,
    },
    /// It is a file of this machine, and not there: do without.
    #[error("there is no file `{}`", path.display())]
    NoFile {
        /// The file.
        path: PathBuf,
    },
    /// It is a file of this machine and cannot be read: tell the operator.
    #[error("cannot read `{}`", path.display())]
    Local {
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        #[source]
        source: std::io::Error,
    },
    /// It was tried again until the count or the time was used up: ask again in the next run.
    #[error("gave up on {url} after {attempts} attempts in {:.1} s", elapsed.as_secs_f64())]
    Unavailable {
        /// What was asked for.
        url: String,
        /// How often it was tried.
        attempts: u32,
        /// How long that took.
        elapsed: Duration,
        /// How the last attempt ended.
        #[source]
        cause: Cause,
    },
    /// It cannot be the right file.
    #[error("{url} has more than {limit} bytes")]
    TooLarge {
        /// What was asked for.
        url: String,
        /// The limit that was set.
        limit: u64,
    },
    /// Its redirects are not followed: tell the operator.
    #[error("{url} redirects to where it is not followed")]
    Redirect {
        /// What was asked for.
        url: String,
        /// Why.
        #[source]
        source: RedirectError,
    },
    /// Its server is not who it says it is: tell the operator.
    #[error("the server of {url} cannot be trusted")]
    Tls {
        /// What was asked for.
        url: String,
        /// What is wrong.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// It is no address of a file on the web.
    #[error("{url} is not an http:// or https:// address")]
    Address {
        /// What was asked for.
        url: String,
    },
    /// The sink failed: see its error.
    #[error("cannot take what {url} sends")]
    Sink {
        /// What was asked for.
        url: String,
        /// The sink's error.
        #[source]
        source: SinkError,
    },
}

/// How one attempt ended that might go better next time.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Cause {
    /// An answer that is said to be temporary.
    #[error("HTTP {status}")]
    Status {
        /// The status.
        status: u16,
        /// How long upstream asks to wait.
        retry_after: Option<Duration>,
    },
    /// No connection, or one that broke.
    #[error("the connection failed")]
    Connection {
        /// The library's error.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// No answer came at all.
    #[error("no answer within {} s", waited.as_secs_f64())]
    Silent {
        /// How long it was waited for.
        waited: Duration,
    },
    /// The body came too slowly or not at all.
    #[error("stalled: fewer than {min_speed} bytes/s over {} s", over.as_secs_f64())]
    Stalled {
        /// The speed that was asked for, in bytes per second.
        min_speed: u64,
        /// The time over which it was watched.
        over: Duration,
    },
    /// The body ended too soon.
    #[error("the body ended after {received} of {expected} bytes")]
    Cut {
        /// How many bytes came.
        received: u64,
        /// How many should have come.
        expected: u64,
    },
    /// The rest of a body was asked for and something else came.
    #[error("the rest of the file was asked for, and something else came")]
    OddRange,
    /// The body's compression is broken or unknown.
    #[error("the body is not the gzip that it should be")]
    Garbled {
        /// The decoder's error.
        #[source]
        source: std::io::Error,
    },
    /// The host asked to be left alone for longer than there is time.
    #[error("its host asks to wait for {} s", wait.as_secs())]
    Paused {
        /// How much longer.
        wait: Duration,
    },
}

/// How one attempt ended: for good, or for now.
#[derive(Debug)]
pub(crate) enum Failure {
    Final(FetchError),
    Again(Cause),
}

impl From<FetchError> for Failure {
    fn from(error: FetchError) -> Self {
        Self::Final(error)
    }
}

impl From<Cause> for Failure {
    fn from(cause: Cause) -> Self {
        Self::Again(cause)
    }
}

/// A URL for people and logs: without user name and password.
pub fn shown_url(url: &Url) -> String {
    if url.username().is_empty() && url.password().is_none() {
        return url.to_string();
    }
    let mut url = url.clone();
    // These fail only for URLs that can have neither.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.to_string()
}

/// Sorts an error of a request to `url` that brought no answer.
pub(crate) fn sort(url: &str, error: reqwest::Error) -> Failure {
    // It may hold the URL with its password.
    let error = error.without_url();
    if error.is_redirect() {
        let source = find::<RedirectError>(&error).cloned().unwrap_or(RedirectError::Unreadable);
        return FetchError::Redirect { url: url.to_owned(), source }.into();
    }
    if error.is_builder() {
        return FetchError::Address { url: url.to_owned() }.into();
    }
    if find::<rustls::Error>(&error).is_some_and(is_lasting) {
        return FetchError::Tls { url: url.to_owned(), source: Box::new(error) }.into();
    }
    Cause::Connection { source: Box::new(error) }.into()
}

/// Whether a handshake would fail the same way again.
fn is_lasting(error: &rustls::Error) -> bool {
    matches!(
        error,
        rustls::Error::InvalidCertificate(_)
            | rustls::Error::NoCertificatesPresented
            | rustls::Error::PeerIncompatible(_)
            | rustls::Error::UnsupportedNameType
    )
}

/// The first error of type `E` among an error and its causes.
fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        // An I/O error names as its source not what it wraps but that one's source.
        let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = wrapped.map(|wrapped| wrapped as &(dyn Error + 'static)).or_else(|| error.source());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        let shown_of = |url: &str| shown_url(&url.parse().unwrap());
        assert_eq!(shown_of("https://u:secret@example.org/a?b"), "https://example.org/a?b");
        assert_eq!(shown_of("https://token@example.org/a"), "https://example.org/a");
        assert_eq!(shown_of("https://example.org/a"), "https://example.org/a");
    }

    #[test]
    fn an_error_is_found_inside_an_io_error() {
        let inner = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        let error = std::io::Error::new(std::io::ErrorKind::InvalidData, std::io::Error::other(inner));
        assert!(find::<rustls::Error>(&error).is_some_and(is_lasting));
        assert!(find::<rustls::Error>(&std::io::Error::other("x")).is_none());
    }
}
