//! Mirrors of crates over a git index, `romt crate`: a session a test. Many sessions are run by Python romt too, which
//! they must be the same with.
//!
//! `row_NN_…` is the row NN of the list of what Python romt does, for the crate verbs.

#![expect(
    clippy::expect_used,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "a test's set-up fails by failing the test, and names here are as romt writes them"
)]

mod archive;
mod download;
mod exports;
mod filters;
mod hostile;
mod index;
mod init;
mod interop;
mod kill;
mod ledger;
mod locks;
mod network;
mod options;
mod prune_mark_config;
mod ranges;
mod sparse;
mod unpack;
