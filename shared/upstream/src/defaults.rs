//! The public upstreams romt mirrors unless it is told otherwise. No other file names them.

/// The sparse index of crates.io, as cargo spells it.
pub const CRATES_INDEX: &str = "sparse+https://index.crates.io/";

/// The index of crates.io as a git repository.
pub const CRATES_GIT_INDEX: &str = "https://github.com/rust-lang/crates.io-index";

/// Where the crate files of crates.io are: the template that Python romt downloads by.
pub const CRATES_URL: &str = "https://static.crates.io/crates/{crate}/{crate}-{version}.crate";

/// The server of Rust's toolchains, to which `/dist` is added: what `RUSTUP_DIST_SERVER` is by default.
pub const DIST_SERVER: &str = "https://static.rust-lang.org";

/// Where releases of rustup are: what `RUSTUP_UPDATE_ROOT` is by default.
pub const UPDATE_ROOT: &str = "https://static.rust-lang.org/rustup";
