//! The jobs a packer does, one module each, and what they share.

pub(crate) mod destination;
mod early_sync;
pub(crate) mod folder_archive;
mod mirror_folder;
mod open_file;
mod pipe;
pub(crate) mod staging_folder;

pub(crate) mod export;
pub(crate) mod pack_crates;
pub(crate) mod pack_folder;
pub(crate) mod unpack_crates;
pub(crate) mod unpack_rustup;
pub(crate) mod unpack_toolchains;
