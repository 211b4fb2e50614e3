//! What every process of romt does alike: read settings, write logs, start, stop, and say what went wrong.
//!
//! - [`settings`]: typed values from the command line, the environment and `romt.toml`, all bad ones reported at once.
//! - [`Lifecycle`]: the one owner of stopping. It hears the signals, hands down a token, waits, and aborts.
//! - [`logs`]: `tracing` on standard error.
//! - [`traces`]: spans by OTLP, where the environment names a collector.
//! - [`Hint`] and [`Report`]: errors as people read them; [`one_line()`]: as records have them.
//! - [`raise_file_limit`]: room for many clients.
//! - [`Metrics`], [`Readiness`], [`admin_routes`] and [`AdminServer`]: what those who run the process ask it.

mod admin;
mod admin_server;
mod file_limit;
mod hint;
mod lifecycle;
pub mod logs;
mod metrics;
mod one_line;
mod report;
pub mod settings;
mod signals;
pub mod traces;

pub use admin::{Readiness, admin_routes};
pub use admin_server::AdminServer;
pub use file_limit::raise_file_limit;
pub use hint::{Hint, Hinted};
pub use lifecycle::{Ended, Lifecycle, block_on};
pub use metrics::Metrics;
pub use one_line::one_line;
pub use report::Report;
pub use signals::{Signal, Signals};
pub use traces::Traces;
