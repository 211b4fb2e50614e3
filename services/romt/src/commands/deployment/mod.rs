//! The services of a deployment, each a process of its own, and what is asked of a deployment.

mod base;
mod export;
mod fetcher;
mod healthcheck;
mod import;
mod indexer;
mod name;
mod packer;
mod roll_call;
mod server;
mod status;
mod status_lines;
mod sync;

pub(super) use export::export;
pub(super) use fetcher::fetcher;
pub(super) use healthcheck::healthcheck;
pub(super) use import::import;
pub(super) use indexer::indexer;
pub(super) use packer::packer;
pub(super) use server::server;
pub(super) use status::status;
pub(super) use sync::sync;
