//! Mirrors of toolchains and of rustup, `romt toolchain` and `romt rustup`: a session a test. Many sessions are run by
//! Python romt too, which they must be the same with.
//!
//! `row_NN_…` is the row NN of the list of what Python romt does, for these verbs. The upstream is a fake one whose
//! manifests have the size of real ones.

#![expect(
    clippy::expect_used,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "a test's set-up fails by failing the test, and names here are as romt writes them"
)]

mod archive;
mod bad_input;
mod components;
mod disk_full;
mod download;
mod hostile;
mod interop;
mod lab;
mod listing;
mod manifests;
mod publishing;
mod repair;
mod rustup;
mod rustup_archive;
mod signatures;
mod transfers;
mod verify;
