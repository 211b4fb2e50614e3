//! For the tests of implementations (feature `testing`).

pub mod conformance;
