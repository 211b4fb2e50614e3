//! The public upstreams romt mirrors unless it is told otherwise. No other file names them.

/// The sparse index of crates.io, as cargo spells it.
pub const CRATES_INDEX: &str = "sparse+https://index.crates.io/";
