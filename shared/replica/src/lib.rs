//! The crates index in a store.
//!
//! In a deployment the indexer keeps the index on a volume of its own and servers have none. So what is published goes
//! into the store, where everybody can read it: git packs that never change, called by what they hash to, and one pointer that
//! names them and says where the branches are ([`IndexPointer`]). The pointer is replaced on the condition that it is what the
//! writer believes, so whoever reads it sees one whole state, and of two indexers one is told that it is not the only one.
//!
//! - [`Publisher`]: after each publish, uploads the packs that the store lacks and then moves the pointer.
//! - [`Replica`]: follows the pointer into a repository on the local disk, for a server to read.
//! - [`restore()`]: makes an indexer's repository anew from the store.
//!
//! What blocks is done on blocking threads; packs are streamed, and what a pointer says is not believed beyond limits.

mod download;
mod error;
mod follower;
mod pointer;
mod publisher;
mod restore;

pub use error::ReplicaError;
pub use follower::Replica;
pub use pointer::{IndexPointer, POINTER_LIMIT, Retired, StoredFile, StoredPack};
pub use publisher::{PublishOutcome, Publisher};
pub use restore::{Restored, restore};
