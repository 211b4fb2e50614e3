//! Packs on export and admits on import: the archives of crates that Python romt exchanges, written and taken over.
//!
//! [`pack`] writes an archive out of the folder of crates in one pass. [`unpack`] takes one over: it believes nothing that
//! is in it until all of it was read, and a refused archive changes nothing. Both block, and stop when they are told to.
//! What goes into an archive, and what becomes of the index afterwards, others decide.
//!
//! Not here yet: native bundles, and an inbox that is watched.

mod jobs;
mod stopped;

pub use jobs::pack_crates::{LeaveOut, PackEvent, PackOrder, Packed, pack};
pub use jobs::unpack_crates::{BadCrate, UnpackEvent, UnpackOrder, Unpacked, unpack};
pub use stopped::Stopped;
