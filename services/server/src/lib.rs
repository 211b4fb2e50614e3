//! Serves what is published, and nothing else.
//!
//! cargo asks for index files (sparse protocol) and crate files; both are looked up in one published commit of the
//! index, which the server follows. rustup asks for manifests, packages and releases of itself; those are published by
//! being in the store. The server keeps no state but caches: any number of servers may run on one mirror.
//!
//! A request goes through `observe` to a route in `routes`; its path is parsed by `paths`, the index is read by
//! `index_reader`, files of the store by `stored_file`, and `conditional` decides how much of a file the client needs.

mod base_url;
mod cargo_config;
mod conditional;
mod config;
mod connections;
mod file_response;
mod following;
mod index_reader;
mod listen;
mod observe;
mod paths;
mod patience;
mod range;
mod refusal;
mod routes;
mod rustup_config;
mod service;
mod stored_file;

pub use base_url::BaseUrl;
pub use cargo_config::cargo_config;
pub use config::Config;
pub use listen::BindError;
pub use rustup_config::{RustupParts, rustup_config};
pub use service::{Context, Service, build};
