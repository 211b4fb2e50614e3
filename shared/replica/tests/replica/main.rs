//! One indexer publishes, servers follow: on a folder, in memory, and on a real S3 service.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "tests, which say what they counted")]

mod damage;
mod faults;
mod following;
mod index;
mod kill;
mod large;
mod publishing;
mod stores;
