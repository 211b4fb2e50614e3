//! For tests (feature `testing`): releases of real size.

#![expect(clippy::expect_used, reason = "a test's tools fail by failing the test")]

mod release;

pub use release::{HOST, SampleRelease};
