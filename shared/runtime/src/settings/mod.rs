//! Settings from the command line, the environment and `romt.toml`.
//!
//! [`KEYS`](keys::KEYS) is the one list of them. A [`Reader`] asks the sources in this order and takes the first that
//! says something: command line, environment, file, default. It writes down everything that cannot be read, in any
//! source that counts, and [`Reader::finish`] fails with all of it at once, each with its name and where it came from.

mod arguments;
mod error;
mod file;
mod key;
pub mod keys;
mod reader;
pub mod values;

pub use arguments::Arguments;
pub use error::{Place, Problem, SettingsError};
pub use file::SettingsFile;
pub use key::{Fallback, Key};
pub use reader::{Reader, Recorded};
