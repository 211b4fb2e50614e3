//! What clients see of a mirror that changes.

mod changes;
mod client;
mod lost;
mod polling;
mod prune;
mod restart;
