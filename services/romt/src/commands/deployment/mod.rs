//! The services of a deployment, each a process of its own, and what is asked of a deployment.

mod base;
mod fetcher;
mod healthcheck;
mod indexer;
mod name;
mod packer;
mod roll_call;
mod server;
mod status;
mod sync;

pub(super) use fetcher::fetcher;
pub(super) use healthcheck::healthcheck;
pub(super) use indexer::indexer;
pub(super) use packer::packer;
pub(super) use server::server;
pub(super) use status::status;
pub(super) use sync::sync;
