//! The jobs a fetcher does, one file each.

pub(crate) mod fetch;
