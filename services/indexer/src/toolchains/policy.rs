//! How much signatures count.

use std::io::Read;
use std::sync::Arc;

use romt_dist::{Keyring, Part, SignatureError};
use romt_runtime::one_line;

use super::manifest_files::signature_failure;

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

    /// Checks the signature of a file called `name`, `None` where it has none. Returns a warning where it is not good and
    /// that is no error. Blocks.
    pub fn check(
        &self,
        name: &str,
        signature: Option<&[u8]>,
        content: impl Read + Send + Sync,
    ) -> anyhow::Result<Option<String>> {
        let Some(keyring) = self.keyring() else { return Ok(None) };
        let signed = signature.ok_or(SignatureError::Missing);
        match signed.and_then(|signature| keyring.verify_detached(signature, content)) {
            Ok(_) => Ok(None),
            Err(error) => {
                let error = anyhow::Error::from(error).context(signature_failure(name));
                if self.only_warns() { Ok(Some(one_line(error.as_ref()))) } else { Err(error) }
            }
        }
    }

    /// What belongs to each file.
    pub(super) fn parts(&self) -> &'static [Part] {
        match self {
            Self::Check(_) | Self::Warn(_) => &Part::ALL,
            Self::Off => &[Part::Content, Part::Hash],
        }
    }
}
