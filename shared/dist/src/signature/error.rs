//! Why a key or a signature is not believed.

use std::io;

use super::Keyring;

/// Why a file of keys could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyringError {
    /// It is no file of keys.
    #[error("it is larger than {} bytes", Keyring::MAX_KEY_FILE)]
    TooLarge,
    /// It is no file of keys, or was damaged.
    #[error("it has no OpenPGP key that can be read")]
    Malformed(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It is a file of OpenPGP, and there is no key in it.
    #[error("there is no OpenPGP key in it")]
    Empty,
}

/// Why a signature does not vouch for a file. Whichever it is, the file is not to be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// There is none: fetch it again, or ask who should have signed.
    #[error("there is no signature in it")]
    Missing,
    /// It is no signature: look at what serves it.
    #[error("it is larger than {} bytes, and no signature is", Keyring::MAX_SIGNATURE)]
    TooLarge,
    /// It is no signature, or was damaged on the way: fetch it again.
    #[error("it is not an OpenPGP signature: {0}")]
    Malformed(String),
    /// The key is none of those known: add it if it is to be believed.
    #[error("it is by a key that is not known ({0})")]
    UnknownKey(String),
    /// It is not of this file, or either was altered. The file must not be used.
    #[error("it does not match the file (key {0})")]
    BadSignature(String),
    /// It matches, but the hash in it can be forged: releases before 1.22 have no better, and must be asked for so.
    #[error("it matches the file only by {hash}, which can be forged (key {key})")]
    WeakHash {
        /// The hash.
        hash: String,
        /// The key that signed.
        key: String,
    },
    /// The key was good for a time that is over.
    #[error("the key {0} has expired")]
    Expired(String),
    /// The owner has withdrawn the key.
    #[error("the key {0} has been revoked")]
    Revoked(String),
    /// The key is known and must not sign files, or cannot be trusted to be its owner's.
    #[error("the key {key} cannot be used: {reason}")]
    UnusableKey {
        /// The key that signed.
        key: String,
        /// Why not.
        reason: String,
    },
    /// By the clock of this machine the signature or its key is yet to be made: set the clock.
    #[error("it is from the future, by the clock of this machine (key {0})")]
    FromTheFuture(String),
    /// The file could not be read to its end.
    #[error("the file cannot be read")]
    Read(#[source] io::Error),
}

impl SignatureError {
    /// How much is known: of several signatures, the one that came closest tells why none is good.
    pub(super) fn closeness(&self) -> u8 {
        match self {
            Self::BadSignature(_) => 7,
            Self::WeakHash { .. } => 6,
            Self::Revoked(_) => 5,
            Self::Expired(_) => 4,
            Self::FromTheFuture(_) => 3,
            Self::UnusableKey { .. } => 2,
            Self::UnknownKey(_) => 1,
            _ => 0,
        }
    }
}
