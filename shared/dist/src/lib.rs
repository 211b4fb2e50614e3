//! What the `dist/` and `rustup/` folders of a mirror say about toolchains and rustup.
//!
//! Parsers and writers only: text in, values out. The texts come from upstream or out of an archive, so they are
//! untrusted: each has a largest size, and what is not understood is refused with the place in it.
//!
//! Here so far: the names of channels ([`Channel`]) and rustup's pointer to its stable release ([`RustupRelease`]).
//! Channel manifests, components and signatures follow.

mod channel;
mod release_version;
mod rustup_release;

pub use channel::Channel;
pub use release_version::ReleaseVersion;
pub use rustup_release::{ReleaseError, RustupRelease};
