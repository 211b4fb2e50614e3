//! The jobs a packer does, one module each.

pub(crate) mod pack_crates;
pub(crate) mod unpack_crates;
