//! How much signatures count.

use std::sync::Arc;

use romt_dist::{Keyring, Part};

/// What is done about the `.asc` files beside manifests and packages.
#[derive(Debug, Clone)]
pub enum SignaturePolicy {
    /// They are fetched and checked; one that is bad or missing is an error.
    Check(Arc<Keyring>),
    /// They are fetched and checked; one that is bad, or missing on disk, is a warning. Upstream must have them all the
    /// same.
    Warn(Arc<Keyring>),
    /// They are neither fetched, checked, copied nor packed.
    Off,
}

impl SignaturePolicy {
    /// The keys to check with, if signatures are checked.
    pub(super) fn keyring(&self) -> Option<&Arc<Keyring>> {
        match self {
            Self::Check(keyring) | Self::Warn(keyring) => Some(keyring),
            Self::Off => None,
        }
    }

    /// Whether a bad signature is no more than a warning.
    pub(super) fn only_warns(&self) -> bool {
        matches!(self, Self::Warn(_))
    }

    /// What belongs to each file.
    pub(super) fn parts(&self) -> &'static [Part] {
        match self {
            Self::Check(_) | Self::Warn(_) => &Part::ALL,
            Self::Off => &[Part::Content, Part::Hash],
        }
    }
}
