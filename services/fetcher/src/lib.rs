//! The fetcher: brings files from upstream into the store.
//!
//! It takes [`FetchBatch`](romt_bus::messages::FetchBatch) jobs, brings each file to its key, where it appears only when
//! its hash is right, and answers a batch with one [`FetchSettled`](romt_bus::messages::FetchSettled). It decides nothing:
//! which files are wanted is the indexer's affair. A batch that is delivered twice is harmless; what is there already is
//! hashed and not downloaded again.
//!
//! - [`service`](Service) takes batches and stops when it is told to,
//! - `jobs/fetch.rs` is one batch: its items, its progress, its answer,
//! - `fleet` is what several fetchers are to hosts together,
//! - `item.rs` is one item: from what is in the store to what becomes of it.

mod config;
mod error;
mod fleet;
mod item;
mod jobs;
mod keys;
mod progress;
mod service;
mod sink;
mod store_health;

pub use config::{Config, Context};
pub use service::{Service, build};
