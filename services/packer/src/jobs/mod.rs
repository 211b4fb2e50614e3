//! The jobs a packer does, one module each.

pub(crate) mod pack_crates;
