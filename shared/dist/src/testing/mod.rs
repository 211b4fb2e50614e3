//! For tests (feature `testing`): releases of real size, and keys in the age and form of Rust's.

#![expect(clippy::expect_used, clippy::missing_panics_doc, reason = "a test's tools fail by failing the test")]

mod release;
mod rsa;
mod signing_key;

pub use release::{HOST, SampleRelease};
pub use signing_key::{KeyFault, SigningKey};
