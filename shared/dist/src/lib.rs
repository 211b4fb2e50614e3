//! What the `dist/` and `rustup/` folders of a mirror hold, and what commands about them mean.
//!
//! Usable without the rest of romt, for threads that may block: parsers, writers, pure functions and the checking of
//! signatures; no file is opened here and no network used. The texts come from upstream or out of an archive, so they are
//! untrusted: each has a largest size, and what is not understood is refused with the place in it.
//!
//! - *What is asked for*: [`ToolchainSpec`], [`RustupSpec`], [`TargetSelection`], [`ComponentChoice`] and [`Profile`],
//!   in the grammars of Python romt.
//! - *Where things are*: [`DistKey`] and [`RustupKey`] are every file that the two folders can hold; a path that does
//!   not parse as one leads elsewhere. [`ManifestPath`] and [`PackagePath`] are their parts.
//! - *What is there*: [`Manifest`] reads a channel manifest, [`RustupRelease`] rustup's pointer to its stable release,
//!   [`HashFile`] a `.sha256` file. A manifest is passed on byte for byte, so nothing writes one.
//! - *What to do*: [`Download`] plans what to fetch, [`Expected`] what has to be on disk, [`fixup_plan`] under which names
//!   manifests are published, [`Inventory`] what nothing published needs any more.
//! - *Whom to believe*: `Keyring` checks detached OpenPGP signatures, with Rust's own key built in; with the feature
//!   `signature`.
//!
//! With the feature `testing`, `testing` makes releases of real size and, where there are signatures, keys in the age and
//! form of Rust's.

mod channel;
mod date;
mod dist_key;
mod hash_file;
mod manifest;
mod manifest_path;
mod named_version;
mod names;
mod package_name;
mod package_path;
mod plan;
mod publish;
mod release;
mod release_version;
mod rustup_key;
mod rustup_release;
mod rustup_targets;
#[cfg(feature = "signature")]
mod signature;
mod spec;
mod target;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use channel::{Channel, ChannelName};
pub use date::Date;
pub use dist_key::{DistFile, DistKey, Part};
pub use hash_file::{HashFile, HashFileError};
pub use manifest::{HeldCounts, Manifest, ManifestError, Package, PackageError, PackageFile, TargetType};
pub use manifest_path::ManifestPath;
pub use named_version::{BetaVersion, MinorVersion};
pub use package_name::PackageName;
pub use package_path::PackagePath;
pub use plan::{Download, DownloadPlan, Expected, PlanError, Selection, archive_order};
pub use publish::{HeldManifest, Inventory, Keep, ManifestCopy, RetentionPlan, fixup_plan};
pub use release::Release;
pub use release_version::ReleaseVersion;
pub use rustup_key::RustupKey;
pub use rustup_release::{ReleaseError, RustupRelease};
pub use rustup_targets::{is_rustup_target, rustup_targets};
#[cfg(feature = "signature")]
pub use signature::{Keyring, KeyringError, SignatureError, Signer};
pub use spec::{
    ComponentChoice, Components, Profile, RustupSpec, SpecError, TargetError, TargetSelection, ToolchainSpec, WildSpec,
};
pub use target::{PackageTarget, Target};
