//! Checking a signature, streaming.

use std::io::{self, Read};
use std::time::SystemTime;

use sequoia_openpgp::cert::amalgamation::{ValidAmalgamation, ValidateAmalgamation};
use sequoia_openpgp::packet::Signature;
use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::parse::stream::{
    DetachedVerifierBuilder, GoodChecksum, MessageLayer, MessageStructure, VerificationError, VerificationHelper,
};
use sequoia_openpgp::policy::StandardPolicy;
use sequoia_openpgp::types::RevocationStatus;
use sequoia_openpgp::{Cert, Error, KeyHandle, anyhow};

use super::SignatureError;

/// Who signed a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// The fingerprint of the primary key, which names the owner.
    pub primary: String,
    /// The fingerprint of the key that signed: the primary key, or a subkey of it.
    pub key: String,
    /// When.
    pub time: SystemTime,
    /// The hash in the signature.
    pub hash: String,
}

/// A reason of the library is one line and not longer than this; a hostile file must not fill a log.
const SHOWN: usize = 120;

/// Checks `signatures`, which are in binary.
pub(super) fn verify(
    certs: &[Cert],
    policy: &StandardPolicy<'static>,
    signatures: &[u8],
    data: impl Read + Send + Sync,
) -> Result<Signer, SignatureError> {
    let malformed = |e: anyhow::Error| SignatureError::Malformed(reason(&e));
    let helper = Helper { certs, policy, outcome: Err(SignatureError::Missing) };
    let builder = DetachedVerifierBuilder::from_bytes(signatures).map_err(malformed)?;
    let mut verifier = builder.with_policy(policy, None, helper).map_err(malformed)?;
    let mut data = Watched { data, error: None };
    let verified = verifier.verify_reader(&mut data);
    if let Some(cause) = data.error {
        return Err(SignatureError::Read(cause));
    }
    verified.map_err(malformed)?;
    verifier.into_helper().outcome
}

/// Keeps the error that ended a file: the library takes what it could read of it for all of it.
struct Watched<R> {
    data: R,
    error: Option<io::Error>,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.data.read(buffer).inspect_err(|e| {
            if e.kind() != io::ErrorKind::Interrupted {
                // Only what it says is needed, and errors cannot be had twice.
                self.error = Some(io::Error::new(e.kind(), e.to_string()));
            }
        })
    }
}

/// The first line of an error of the library, shortened.
pub(super) fn reason(error: &anyhow::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().chars().take(SHOWN).flat_map(char::escape_debug).collect()
}

struct Helper<'k> {
    certs: &'k [Cert],
    policy: &'k StandardPolicy<'static>,
    /// Bad until [`check`](VerificationHelper::check) has found one good signature.
    outcome: Result<Signer, SignatureError>,
}

impl VerificationHelper for Helper<'_> {
    fn get_certs(&mut self, _: &[KeyHandle]) -> sequoia_openpgp::Result<Vec<Cert>> {
        Ok(self.certs.to_vec())
    }

    /// Looks at every result. Always `Ok`: what came of it is in `outcome`, where it has a type.
    fn check(&mut self, structure: MessageStructure<'_>) -> sequoia_openpgp::Result<()> {
        for layer in structure {
            let MessageLayer::SignatureGroup { results } = layer else { continue };
            for result in results {
                let outcome = match result {
                    Ok(good) => self.still_good(&good),
                    Err(error) => Err(why(&error)),
                };
                let closeness = |outcome: &Result<Signer, SignatureError>| {
                    outcome.as_ref().map_or_else(SignatureError::closeness, |_| u8::MAX)
                };
                if closeness(&outcome) > closeness(&self.outcome) {
                    self.outcome = outcome;
                }
            }
        }
        Ok(())
    }
}

impl Helper<'_> {
    /// The library has looked at the key as it was when it signed. A key that has expired or been replaced since is
    /// one that its owner does not watch over any more, and whoever finds it could sign in the past.
    fn still_good(&self, good: &GoodChecksum<'_>) -> Result<Signer, SignatureError> {
        let key = good.ka.key().fingerprint().to_hex();
        let signer = Signer {
            primary: good.ka.cert().fingerprint().to_hex(),
            time: good.sig.signature_creation_time().unwrap_or(SystemTime::UNIX_EPOCH),
            hash: good.sig.hash_algo().to_string(),
            key: key.clone(),
        };
        let now = good.ka.clone().with_policy(self.policy, None).map_err(|e| bad_key(&e, &key))?;
        now.valid_cert().alive().and_then(|()| now.alive()).map_err(|e| bad_key(&e, &key))?;
        let revoked = |status| matches!(status, RevocationStatus::Revoked(_));
        if revoked(now.valid_cert().revocation_status()) || revoked(now.revocation_status()) {
            return Err(SignatureError::Revoked(key));
        }
        Ok(signer)
    }
}

/// Why a signature is not good.
fn why(error: &VerificationError<'_>) -> SignatureError {
    match error {
        VerificationError::MissingKey { sig } => SignatureError::UnknownKey(issuer(sig)),
        VerificationError::UnboundKey { sig, error, .. } => bad_key(error, &issuer(sig)),
        VerificationError::BadKey { ka, error, .. } => {
            let key = ka.key().fingerprint().to_hex();
            let revoked = |status| matches!(status, RevocationStatus::Revoked(_));
            if revoked(ka.valid_cert().revocation_status()) || revoked(ka.revocation_status()) {
                return SignatureError::Revoked(key);
            }
            bad_key(error, &key)
        }
        VerificationError::BadSignature { sig, ka, error } => {
            let key = ka.key().fingerprint().to_hex();
            match error.downcast_ref() {
                Some(Error::PolicyViolation(..)) => SignatureError::WeakHash { hash: sig.hash_algo().to_string(), key },
                Some(Error::NotYetLive(_)) => SignatureError::FromTheFuture(key),
                _ => SignatureError::BadSignature(key),
            }
        }
        VerificationError::MalformedSignature { error, .. } => SignatureError::Malformed(reason(error)),
        VerificationError::UnknownSignature { sig } => SignatureError::Malformed(reason(sig.error())),
        _ => SignatureError::Malformed("it is of an unknown kind".into()),
    }
}

fn bad_key(error: &anyhow::Error, key: &str) -> SignatureError {
    match error.downcast_ref() {
        Some(Error::Expired(_)) => SignatureError::Expired(key.to_owned()),
        Some(Error::NotYetLive(_)) => SignatureError::FromTheFuture(key.to_owned()),
        _ => SignatureError::UnusableKey { key: key.to_owned(), reason: reason(error) },
    }
}

fn issuer(signature: &Signature) -> String {
    signature.get_issuers().first().map_or_else(|| "it does not say which".into(), KeyHandle::to_hex)
}
