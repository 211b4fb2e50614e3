//! The toolchain verbs on an upstream with releases of real size. Rows are those of the list of what Python romt does.

#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(clippy::case_sensitive_file_extension_comparisons, reason = "a mirror's files are in lower case")]

mod downloading;
mod listing;
mod manifests;
mod packing;
mod pruning;
mod publishing;
mod signatures;
mod support;
mod upstream;
mod verifying;
