//! Packs on export and admits on import: the archives that Python romt exchanges, written and taken over.
//!
//! | Archive | Written by | Taken over by | Each file is compared with |
//! |---|---|---|---|
//! | crates | [`pack`] | [`unpack`] | the index in the archive |
//! | toolchains | [`pack_toolchains`] | [`unpack_toolchains`] | the manifests in the archive, and signatures |
//! | rustup | [`pack_rustup`] | [`unpack_rustup`] | the hash beside it |
//!
//! An archive is written in one pass, and replaces an older one when it is whole. One that is taken over is not believed until
//! all of it was read, and a refused one changes nothing. All of these block, and stop when they are told to. What goes into
//! an archive, and what becomes of the index and the manifests' other names afterwards, others decide.
//!
//! As a [`Service`] it does both by itself: it writes the archives that the indexer asks for into an outbox (`jobs/export`), and
//! takes in what is dropped into an inbox (`inbox`).
//!
//! Not here yet: native bundles.

mod config;
mod inbox;
mod jobs;
mod service;
mod stopped;

pub use config::{CheckSignature, Config, Context, InboxConfig};
pub use inbox::Standing;
pub use jobs::folder_archive::{BadFile, FileEvent};
pub use jobs::pack_crates::{LeaveOut, PackEvent, PackOrder, Packed, pack};
pub use jobs::pack_folder::{PackRustup, PackToolchains, pack_rustup, pack_toolchains};
pub use jobs::unpack_crates::{BadCrate, UnpackEvent, UnpackOrder, Unpacked, unpack};
pub use jobs::unpack_rustup::{UnpackRustup, UnpackedRustup, unpack_rustup};
pub use jobs::unpack_toolchains::{SignedFile, UnpackToolchains, UnpackedToolchains, unpack_toolchains};
pub use service::{Service, build};
pub use stopped::Stopped;
