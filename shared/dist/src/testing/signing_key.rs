//! A key that signs as Rust's does.

#![expect(clippy::missing_panics_doc, reason = "a test's tools fail by failing the test")]

use std::fmt;
use std::time::{Duration, SystemTime};

use sequoia_openpgp::armor;
use sequoia_openpgp::cert::Cert;
use sequoia_openpgp::crypto::KeyPair;
use sequoia_openpgp::packet::key::{Key4, KeyRole, PrimaryRole, SecretParts, SubordinateRole};
use sequoia_openpgp::packet::signature::SignatureBuilder;
use sequoia_openpgp::packet::{Key, Packet, UserID};
use sequoia_openpgp::serialize::{Serialize, SerializeInto};
use sequoia_openpgp::types::{HashAlgorithm, KeyFlags, ReasonForRevocation, SignatureType};

use super::rsa::{FULL_SIZE, KEYS, Rsa};

/// A key in the age and form of Rust's: RSA of 2013, all of its own signatures over SHA-1, and a subkey of 2014 that
/// signs files. Rust's has 4096 bits; 2048 are faster. Everybody may know its secret.
#[derive(Clone)]
pub struct SigningKey {
    primary: KeyPair,
    subkey: KeyPair,
    cert: Cert,
}

/// What is wrong with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyFault {
    /// Nothing.
    None,
    /// It expired in 2020.
    Expired,
    /// It was revoked in 2020, because it was compromised.
    Revoked,
    /// The subkey never said that it belongs to the primary key, so anybody may have added it.
    Unclaimed,
}

/// 2013-09-26, the day of Rust's key; and a year and some later its subkey.
const MADE: u64 = 1_380_153_600;
const SUBKEY_MADE: u64 = 1_418_601_600;
/// 2020-01-01.
const OVER: u64 = 1_577_836_800;
/// 2024-02-08.
const SIGNED: u64 = 1_707_350_400;

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn rsa<R: KeyRole>(numbers: &Rsa, made: u64) -> Key<SecretParts, R> {
    let bytes = |digits: &str| -> Vec<u8> {
        let digits: String = digits.split_whitespace().collect();
        let pairs = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).expect("ASCII"));
        pairs.map(|pair| u8::from_str_radix(pair, 16).expect("hexadecimal")).collect()
    };
    let key = Key4::import_secret_rsa(&bytes(numbers.d), &bytes(numbers.p), &bytes(numbers.q), at(made));
    key.expect("numbers of a key").into()
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.cert.fingerprint())
    }
}

impl SigningKey {
    /// The key, with this fault.
    pub fn new(fault: KeyFault) -> Self {
        let [primary, subkey] = &KEYS;
        Self::of(primary, subkey, fault)
    }

    /// Another key without fault.
    pub fn stranger() -> Self {
        let [subkey, primary] = &KEYS;
        Self::of(primary, subkey, KeyFault::None)
    }

    /// One of 4096 bits without fault.
    pub fn full_size() -> Self {
        let [primary, subkey] = &FULL_SIZE;
        Self::of(primary, subkey, KeyFault::None)
    }

    fn of(primary: &Rsa, subkey: &Rsa, fault: KeyFault) -> Self {
        let primary: Key<SecretParts, PrimaryRole> = rsa(primary, MADE);
        let subkey: Key<SecretParts, SubordinateRole> = rsa(subkey, SUBKEY_MADE);
        let pair = primary.clone().into_keypair().expect("a secret key");
        let sub_pair = subkey.clone().into_keypair().expect("a secret key");
        let cert = certificate(primary, subkey, (pair.clone(), sub_pair.clone()), fault).expect("a certificate");
        Self { primary: pair, subkey: sub_pair, cert }
    }

    /// The public key, in ASCII armour.
    pub fn public(&self) -> Vec<u8> {
        self.cert.clone().strip_secret_key_material().armored().to_vec().expect("a certificate is written")
    }

    /// The fingerprint of the primary key.
    pub fn fingerprint(&self) -> String {
        self.cert.fingerprint().to_hex()
    }

    /// The fingerprint of the subkey, which signs files.
    pub fn signing_fingerprint(&self) -> String {
        self.subkey.public().fingerprint().to_hex()
    }

    /// A detached signature over `data`, as upstream's are: by the subkey, over SHA-512, in ASCII armour.
    pub fn sign(&self, data: &[u8]) -> Vec<u8> {
        armored(&self.subkey, HashAlgorithm::SHA512, SIGNED, data)
    }

    /// One over SHA-1, as upstream's were before Rust 1.22.
    pub fn sign_sha1(&self, data: &[u8]) -> Vec<u8> {
        armored(&self.subkey, HashAlgorithm::SHA1, SIGNED, data)
    }

    /// One by the primary key.
    pub fn sign_by_primary(&self, data: &[u8]) -> Vec<u8> {
        armored(&self.primary, HashAlgorithm::SHA256, SIGNED, data)
    }

    /// One of 2016, before any fault of the key.
    pub fn sign_early(&self, data: &[u8]) -> Vec<u8> {
        armored(&self.subkey, HashAlgorithm::SHA512, OVER - 4 * 365 * 86400, data)
    }

    /// One of the year 2100.
    pub fn sign_late(&self, data: &[u8]) -> Vec<u8> {
        armored(&self.subkey, HashAlgorithm::SHA512, 4_102_444_800, data)
    }
}

fn armored(pair: &KeyPair, hash: HashAlgorithm, time: u64, data: &[u8]) -> Vec<u8> {
    let builder = SignatureBuilder::new(SignatureType::Binary).set_hash_algo(hash);
    let builder = builder.set_signature_creation_time(at(time)).expect("a time");
    let signature = builder.sign_message(&mut pair.clone(), data).expect("a signature");
    let mut writer = armor::Writer::new(Vec::new(), armor::Kind::Signature).expect("armour");
    Packet::from(signature).serialize(&mut writer).expect("a signature is written");
    writer.finalize().expect("armour")
}

fn certificate(
    primary: Key<SecretParts, PrimaryRole>,
    subkey: Key<SecretParts, SubordinateRole>,
    (mut pair, mut sub_pair): (KeyPair, KeyPair),
    fault: KeyFault,
) -> sequoia_openpgp::Result<Cert> {
    let old = |kind, time| -> sequoia_openpgp::Result<SignatureBuilder> {
        SignatureBuilder::new(kind).set_hash_algo(HashAlgorithm::SHA1).set_signature_creation_time(at(time))
    };
    let user = UserID::from("Sample Language (Tag and Release Signing Key) <key@sample.test>");
    let mut bind_user = old(SignatureType::PositiveCertification, MADE)?
        .set_key_flags(KeyFlags::empty().set_certification().set_signing())?;
    if fault == KeyFault::Expired {
        bind_user = bind_user.set_key_validity_period(Duration::from_secs(OVER - MADE))?;
    }
    let bind_user = bind_user.sign_userid_binding(&mut pair, None, &user)?;

    let mut bind_subkey =
        old(SignatureType::SubkeyBinding, SUBKEY_MADE)?.set_key_flags(KeyFlags::empty().set_signing())?;
    if fault != KeyFault::Unclaimed {
        let back = old(SignatureType::PrimaryKeyBinding, SUBKEY_MADE)?;
        let back = back.sign_primary_key_binding(&mut sub_pair, &primary, &subkey)?;
        bind_subkey = bind_subkey.set_embedded_signature(back)?;
    }
    let bind_subkey = bind_subkey.sign_subkey_binding(&mut pair, None, &subkey)?;

    let packets: Vec<Packet> =
        vec![primary.clone().into(), user.into(), bind_user.into(), subkey.into(), bind_subkey.into()];
    let cert = Cert::from_packets(packets.into_iter())?;
    if fault != KeyFault::Revoked {
        return Ok(cert);
    }
    let revocation = old(SignatureType::KeyRevocation, OVER)?
        .set_reason_for_revocation(ReasonForRevocation::KeyCompromised, b"lost")?
        .sign_direct_key(&mut pair, Some(primary.parts_as_public()))?;
    Ok(cert.insert_packets(revocation)?.0)
}
