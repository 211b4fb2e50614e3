//! What can be wrong with a SPEC or a TARGET, in Python romt's words.

use crate::Target;

/// Why SPECs do not say what to work on. They are checked together, before anything is done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SpecError {
    /// There is none: ask for one.
    #[error("missing required SPEC; try --select")]
    Missing,
    /// It is no SPEC: ask again.
    #[error("invalid SPEC '{0}'")]
    Invalid(String),
    /// It stands for what is on disk, and this is about what is not there yet: name it.
    #[error("invalid wild SPEC: {0}")]
    Wild(String),
    /// It stands for nothing that is on disk.
    #[error("no matches for wild SPEC '{0}'")]
    NoMatches(String),
    /// `stable` was asked for, and nothing on disk says which release that is.
    #[error("there is no stable release of rustup here")]
    NoStable,
}

/// Why TARGETs do not say what to work on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// There is none: ask for one.
    #[error("missing required TARGET; try --target")]
    Missing,
    /// It can be no target: ask again.
    #[error("invalid TARGET '{0}'")]
    Invalid(String),
    /// The manifest does not know it: it is misspelled, or the release is not for it.
    #[error("target '{0}' not found in manifest")]
    NotInManifest(Target),
}
