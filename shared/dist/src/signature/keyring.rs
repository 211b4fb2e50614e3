//! The keys that are believed.

use std::fmt;
use std::io::Read;

use sequoia_openpgp::Cert;
use sequoia_openpgp::cert::CertParser;
use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::policy::{HashAlgoSecurity, StandardPolicy};
use sequoia_openpgp::types::HashAlgorithm;

use super::packets::{blocks, signatures};
use super::{KeyringError, SignatureError, Signer, verify};

/// The keys that are believed, and how weak a signature may be.
///
/// Rust's release key dates from 2013, so its own signatures, by which its owner binds a name and subkeys to it, are
/// over SHA-1. They are accepted: forging one takes a second preimage, which nobody can find. A signature over a *file*
/// by SHA-1 is not: two files with one hash can be made, so one could be shown to the signer and the other to us.
/// Releases 1.8 to 1.21 have no other, and only [`accept_sha1`](Self::accept_sha1) lets them through.
#[derive(Clone)]
pub struct Keyring {
    certs: Vec<Cert>,
    policy: StandardPolicy<'static>,
}

/// Rust's release key; the file says where it is from.
const RUST_KEY: &[u8] = include_bytes!("rust-key.asc");

impl Keyring {
    /// The most bytes of a signature that are read. Upstream's have about 800.
    pub const MAX_SIGNATURE: usize = 64 << 10;
    /// The most bytes of a file of keys that are read.
    pub const MAX_KEY_FILE: usize = 1 << 20;

    /// No key at all.
    pub fn empty() -> Self {
        let mut policy = StandardPolicy::new();
        policy.accept_hash_property(HashAlgorithm::SHA1, HashAlgoSecurity::SecondPreImageResistance);
        Self { certs: Vec::new(), policy }
    }

    /// The key that Rust's releases are signed with.
    pub fn rust() -> Result<Self, KeyringError> {
        let mut keyring = Self::empty();
        keyring.add(RUST_KEY)?;
        Ok(keyring)
    }

    /// Also believes signatures over SHA-1, which can be forged.
    #[must_use]
    pub fn accept_sha1(mut self) -> Self {
        self.policy.accept_hash(HashAlgorithm::SHA1);
        self
    }

    /// Adds the keys of a file, in ASCII armour or binary. Returns how many there are in it.
    pub fn add(&mut self, content: &[u8]) -> Result<usize, KeyringError> {
        if content.len() > Self::MAX_KEY_FILE {
            return Err(KeyringError::TooLarge);
        }
        let malformed = |e: sequoia_openpgp::anyhow::Error| KeyringError::Malformed(e.into());
        let mut found = Vec::new();
        for block in blocks(content) {
            for cert in CertParser::from_bytes(block).map_err(malformed)? {
                found.push(cert.map_err(malformed)?.strip_secret_key_material());
            }
        }
        if found.is_empty() {
            return Err(KeyringError::Empty);
        }
        let count = found.len();
        for cert in found {
            match self.certs.iter_mut().find(|own| own.fingerprint() == cert.fingerprint()) {
                // A newer copy may bring subkeys, or say that the key is revoked.
                Some(own) => *own = own.clone().merge_public(cert).map_err(malformed)?,
                None => self.certs.push(cert),
            }
        }
        Ok(count)
    }

    /// The fingerprints of the keys, of each that of its primary key.
    pub fn fingerprints(&self) -> Vec<String> {
        self.certs.iter().map(|cert| cert.fingerprint().to_hex()).collect()
    }

    /// Checks that one of the signatures in `signature`, a file beside `data` in ASCII armour or binary, is by one of
    /// the keys and over all of `data`, which is read once and not kept. Tells who signed.
    ///
    /// The key must have been good when it signed, and must be so now: neither expired nor revoked.
    pub fn verify_detached(&self, signature: &[u8], data: impl Read + Send + Sync) -> Result<Signer, SignatureError> {
        verify::verify(&self.certs, &self.policy, &signatures(signature)?, data)
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring").field("fingerprints", &self.fingerprints()).finish_non_exhaustive()
    }
}
