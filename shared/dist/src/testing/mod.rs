//! For tests (feature `testing`): releases of real size, and keys in the age and form of Rust's.

#![expect(clippy::expect_used, reason = "a test's tools fail by failing the test")]

mod release;
#[cfg(feature = "signature")]
mod rsa;
#[cfg(feature = "signature")]
mod signing_key;

pub use release::{HOST, SampleRelease};
#[cfg(feature = "signature")]
pub use signing_key::{KeyFault, SigningKey};
