//! Detached OpenPGP signatures: whom to believe.

mod error;
mod keyring;
mod packets;
#[cfg(test)]
mod tests;
mod verify;

pub use error::{KeyringError, SignatureError};
pub use keyring::Keyring;
pub use verify::Signer;
