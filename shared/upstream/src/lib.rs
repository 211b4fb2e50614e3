//! The HTTP client for upstreams: polite, patient, suspicious.
//!
//! - [`Client::get`] brings small files (index files, `config.json`) whole, and asks only whether they changed where an
//!   earlier answer's [`Validators`] are known.
//! - [`Client::download`] streams a large file into a [`Sink`], resumes it when it was cut, and begins anew when it
//!   changed meanwhile.
//! - [`Client::size`] asks how large that file is.
//!
//! Polite: an own User-Agent, a limit on simultaneous transfers per host, and a host that asks to be left alone
//! (Retry-After with 429 or 503) is left alone by all transfers of the client. Patient: what may be better in a moment is
//! tried again, limited by a count and by time ([`RetryPolicy`]). Suspicious: every body has a limit, a transfer that
//! crawls is given up, and a redirect never leads from https to http.
//!
//! The proxy variables (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`) and the CA variables (`SSL_CERT_FILE`,
//! `SSL_CERT_DIR`) work as usual.

mod body;
mod client;
mod config;
mod content_range;
pub mod defaults;
mod download;
mod error;
mod get;
mod host;
mod inflate;
mod local;
mod redirect;
mod retry;
mod retry_after;
mod sink;
mod size;
mod speed;
mod status;
mod tries;
mod validators;

pub use client::Client;
pub use config::ClientConfig;
pub use error::{Cause, ClientError, FetchError, shown_url};
pub use get::Answer;
pub use host::HostWish;
pub use redirect::RedirectError;
pub use retry::RetryPolicy;
pub use sink::{Sink, SinkError};
pub use validators::Validators;
