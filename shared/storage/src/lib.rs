//! The storage port: where a mirror's files are.
//!
//! A [`Storage`] is an `object_store` (a folder, a bucket of an S3 service, or memory) in the layout of Python romt (its
//! part 2.1), opened by its [`StoreAddress`]: on a folder, byte for byte the tree that its users' scripts and nginx know: crates, toolchains in `dist/`, rustup's releases in
//! `rustup/`, each of which may also be a folder of its own elsewhere. Three rules make it more than a bag of files:
//!
//! - A key is a [`StorageKey`], made by parsing, so no name from upstream or a client can leave the store.
//! - A file appears under its key only whole and right: [`VerifiedWriter`] hashes what passes through it.
//! - [`Storage::sync`] makes everything written so far durable, once for many files. What is published was synced before;
//!   what was not is hashed again before it is believed, so a power cut can spoil nothing that counts.
//! - A pointer is replaced only by one who knows what was there before: [`Storage::put_if`].
//!
//! What a killed writer leaves is swept up ([`Storage::sweep`]); in a bucket, where the sweeping one may be killed too, a
//! lifecycle rule that aborts incomplete multipart uploads after some days does no harm and is good to have.
//!
//! One process at a time writes to a folder: [`MirrorLock`].

mod address;
mod error;
mod folder;
mod folder_pointer;
mod handover;
mod key;
mod layout;
mod lock;
mod object;
mod parts;
mod place_file;
mod pointer;
mod s3;
mod seen;
mod storage;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod tree;
mod writer;

pub use address::{BucketAddress, StoreAddress};
pub use error::StorageError;
pub use folder::sync_folders;
pub use handover::HandoverName;
pub use key::StorageKey;
pub use layout::CratesLayout;
pub use lock::{LockError, MirrorLock};
pub use object::{Object, ObjectBody, ObjectInfo};
pub use pointer::{Expected, Pointer, PointerNews, PointerTag};
pub use s3::{S3Options, S3OptionsError, Secret};
pub use seen::SeenFiles;
pub use storage::Storage;
pub use writer::{VerifiedWriter, WriteError};
