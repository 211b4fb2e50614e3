//! Tests of whom the keyring believes, with keys in the age and form of Rust's.

use std::io::{self, Read};

use super::*;
use crate::testing::{KeyFault, SigningKey};

const DATA: &[u8] = b"manifest-version = \"2\"\n";

fn keyring(key: &SigningKey) -> Keyring {
    let mut keyring = Keyring::empty();
    assert_eq!(keyring.add(&key.public()).unwrap(), 1);
    keyring
}

fn key() -> SigningKey {
    SigningKey::new(KeyFault::None)
}

/// A key of another owner, and of today's form.
fn other_signature(data: &[u8]) -> Vec<u8> {
    use sequoia_openpgp::cert::CertBuilder;
    use sequoia_openpgp::policy::StandardPolicy;
    use sequoia_openpgp::serialize::stream::{Armorer, Message, Signer};
    let (cert, _) = CertBuilder::new().add_userid("other").add_signing_subkey().generate().unwrap();
    let policy = StandardPolicy::new();
    let secret = cert.keys().with_policy(&policy, None).for_signing().secret().next().unwrap().key().clone();
    let mut signed = Vec::new();
    let message =
        Armorer::new(Message::new(&mut signed)).kind(sequoia_openpgp::armor::Kind::Signature).build().unwrap();
    let mut signer = Signer::new(message, secret.into_keypair().unwrap()).unwrap().detached().build().unwrap();
    io::Write::write_all(&mut signer, data).unwrap();
    signer.finalize().unwrap();
    signed
}

#[test]
fn row_58_rusts_key_is_the_one_it_should_be() {
    use sequoia_openpgp::parse::Parse;
    use sequoia_openpgp::policy::{HashAlgoSecurity, StandardPolicy};
    let keyring = Keyring::rust().unwrap();
    assert_eq!(keyring.fingerprints(), ["108F66205EAEB0AAA8DD5E1C85AB96E6FA1BE5FE"]);
    let mut policy = StandardPolicy::new();
    let sha1 = sequoia_openpgp::types::HashAlgorithm::SHA1;
    policy.accept_hash_property(sha1, HashAlgoSecurity::SecondPreImageResistance);
    let cert = sequoia_openpgp::Cert::from_bytes(include_bytes!("rust-key.asc")).unwrap();
    let signing: Vec<_> = cert.keys().with_policy(&policy, None).alive().for_signing().collect();
    let signing: Vec<_> = signing.iter().map(|key| key.key().fingerprint().to_hex()).collect();
    assert!(signing.contains(&"C13466B7E169A085188632165CB4A9347B3B09DC".to_owned()), "{signing:?}");
}

#[test]
fn a_good_signature_tells_who_signed() {
    let key = key();
    let signer = keyring(&key).verify_detached(&key.sign(DATA), DATA).unwrap();
    assert_eq!((signer.primary, signer.key), (key.fingerprint(), key.signing_fingerprint()));
    assert_eq!(signer.hash, "SHA512");
    let signer = keyring(&key).verify_detached(&key.sign_by_primary(DATA), DATA).unwrap();
    assert_eq!(signer.key, key.fingerprint());
    assert!(keyring(&key).verify_detached(&key.sign(b""), io::empty()).is_ok(), "an empty file is a file");
}

#[test]
fn large_files_are_streamed() {
    let key = key();
    let data = vec![7; 3 << 20];
    let keyring = keyring(&key);
    let signature = key.sign(&data);
    assert!(keyring.verify_detached(&signature, data.as_slice()).is_ok());
    let end = data.len() - 1;
    let altered = data[..end].chain(&b"8"[..]);
    assert!(matches!(keyring.verify_detached(&signature, altered), Err(SignatureError::BadSignature(_))));
    assert!(matches!(keyring.verify_detached(&signature, &data[..end]), Err(SignatureError::BadSignature(_))));
}

#[test]
fn row_56_what_is_altered_is_refused() {
    let key = key();
    let (keyring, signature) = (keyring(&key), key.sign(DATA));
    assert!(matches!(keyring.verify_detached(&signature, &b"other"[..]), Err(SignatureError::BadSignature(_))));
    let text = String::from_utf8(signature).unwrap();
    let body = text.find("\n\n").unwrap() + 2;
    // Each digit of the armour is changed; what it was may be in a part that does not count, so never is it accepted
    // for other data.
    let mut refused = 0;
    let digits: Vec<usize> = (body..text.len()).filter(|at| text.as_bytes()[*at].is_ascii_lowercase()).collect();
    for at in digits.iter().step_by(7).copied() {
        let mut altered = text.clone().into_bytes();
        altered[at] = altered[at].to_ascii_uppercase();
        refused += usize::from(keyring.verify_detached(&altered, DATA).is_err());
        assert!(keyring.verify_detached(&altered, &b"other"[..]).is_err());
    }
    assert!(refused > 20, "{refused}");
}

#[test]
fn keys_that_are_not_known_are_told_apart_from_bad_signatures() {
    let key = key();
    let signature = key.sign(DATA);
    assert!(matches!(Keyring::empty().verify_detached(&signature, DATA), Err(SignatureError::UnknownKey(_))));
    assert!(matches!(Keyring::rust().unwrap().verify_detached(&signature, DATA), Err(SignatureError::UnknownKey(_))));
    assert!(matches!(keyring(&key).verify_detached(&other_signature(DATA), DATA), Err(SignatureError::UnknownKey(_))));
    let mut both = Keyring::rust().unwrap();
    both.add(&key.public()).unwrap();
    assert!(both.verify_detached(&signature, DATA).is_ok());
}

#[test]
fn sha1_is_refused_unless_it_is_asked_for() {
    let key = key();
    let signature = key.sign_sha1(DATA);
    let error = keyring(&key).verify_detached(&signature, DATA).unwrap_err();
    assert!(matches!(&error, SignatureError::WeakHash { hash, .. } if hash == "SHA1"), "{error}");
    let lenient = keyring(&key).accept_sha1();
    assert_eq!(lenient.verify_detached(&signature, DATA).unwrap().hash, "SHA1");
    assert!(matches!(lenient.verify_detached(&signature, &b"other"[..]), Err(SignatureError::BadSignature(_))));
}

#[test]
fn keys_that_are_over_are_refused_also_for_what_they_signed_before() {
    let expired = SigningKey::new(KeyFault::Expired);
    for signature in [expired.sign(DATA), expired.sign_early(DATA)] {
        let error = keyring(&expired).verify_detached(&signature, DATA).unwrap_err();
        assert!(matches!(error, SignatureError::Expired(_)), "{error}");
    }
    let revoked = SigningKey::new(KeyFault::Revoked);
    for signature in [revoked.sign(DATA), revoked.sign_early(DATA)] {
        let error = keyring(&revoked).verify_detached(&signature, DATA).unwrap_err();
        assert!(matches!(error, SignatureError::Revoked(_)), "{error}");
    }
}

#[test]
fn a_revocation_that_comes_later_counts() {
    let mut keyring = keyring(&key());
    assert!(keyring.verify_detached(&key().sign(DATA), DATA).is_ok());
    keyring.add(&SigningKey::new(KeyFault::Revoked).public()).unwrap();
    assert_eq!(keyring.fingerprints().len(), 1);
    assert!(matches!(keyring.verify_detached(&key().sign(DATA), DATA), Err(SignatureError::Revoked(_))));
}

#[test]
fn a_subkey_that_does_not_belong_to_the_key_is_refused() {
    let unclaimed = SigningKey::new(KeyFault::Unclaimed);
    let error = keyring(&unclaimed).verify_detached(&unclaimed.sign(DATA), DATA).unwrap_err();
    assert!(matches!(error, SignatureError::UnusableKey { .. }), "{error}");
}

#[test]
fn a_signature_from_the_future_is_refused() {
    let key = key();
    let error = keyring(&key).verify_detached(&key.sign_late(DATA), DATA).unwrap_err();
    assert!(matches!(error, SignatureError::FromTheFuture(_)), "{error}");
}

#[test]
fn of_several_signatures_one_must_be_good() {
    let key = key();
    let keyring = keyring(&key);
    let bad = key.sign(b"other");
    for others in [&other_signature(DATA), &bad, &key.sign_sha1(DATA)] {
        for both in [[others.as_slice(), &key.sign(DATA)].concat(), [&key.sign(DATA), others.as_slice()].concat()] {
            assert!(keyring.verify_detached(&both, DATA).is_ok());
            assert!(keyring.verify_detached(&both, &b"neither"[..]).is_err());
        }
    }
    let none = [other_signature(DATA), bad].concat();
    assert!(
        matches!(keyring.verify_detached(&none, DATA), Err(SignatureError::BadSignature(_))),
        "the nearest is told"
    );
    assert!(matches!(keyring.verify_detached(&key.sign(DATA).repeat(17), DATA), Err(SignatureError::Malformed(_))));
}

#[test]
fn what_is_no_signature_is_refused_before_the_file_is_read() {
    let key = key();
    let unread = || io::Read::chain(Unreadable, io::empty());
    let check = |signature: &[u8]| keyring(&key).verify_detached(signature, unread()).unwrap_err();
    for none in [&b""[..], b" \n", b"-----BEGIN PGP SIGNATURE-----\n\n-----END PGP SIGNATURE-----\n"] {
        let error = check(none);
        assert!(matches!(error, SignatureError::Missing | SignatureError::Malformed(_)), "{error}");
    }
    assert!(matches!(check(b""), SignatureError::Missing));
    let signature = key.sign(DATA);
    for bad in [&b"<html>not found</html>"[..], b"\xff\xff\xff", &key.public(), &signature[..signature.len() / 2]] {
        let error = check(bad);
        assert!(matches!(error, SignatureError::Malformed(_) | SignatureError::Missing), "{error}");
        assert!(!error.to_string().contains('\n'));
    }
    assert!(matches!(check(&vec![b'\n'; Keyring::MAX_SIGNATURE + 1]), SignatureError::TooLarge));
}

#[test]
fn a_file_that_cannot_be_read_is_no_bad_signature() {
    let key = key();
    let error = keyring(&key).verify_detached(&key.sign(DATA), DATA.chain(Unreadable)).unwrap_err();
    assert!(matches!(&error, SignatureError::Read(cause) if cause.to_string() == "gone"), "{error:?}");
}

#[test]
fn files_of_keys_are_read_in_armour_and_binary_with_one_key_or_more() {
    use sequoia_openpgp::parse::Parse;
    use sequoia_openpgp::serialize::SerializeInto;
    let mut keyring = Keyring::empty();
    let rust: &[u8] = include_bytes!("rust-key.asc");
    assert_eq!(keyring.add(&[rust, &key().public()].concat()).unwrap(), 2);
    let binary = sequoia_openpgp::Cert::from_bytes(rust).unwrap().to_vec().unwrap();
    assert_eq!(keyring.add(&binary).unwrap(), 1);
    assert_eq!(keyring.fingerprints().len(), 2);
    assert!(matches!(keyring.add(&vec![0; Keyring::MAX_KEY_FILE + 1]), Err(KeyringError::TooLarge)));
    for bad in [&b""[..], b"no key", b"\xff", &key().sign(DATA)] {
        assert!(keyring.add(bad).is_err());
    }
    assert_eq!(keyring.fingerprints().len(), 2);
    assert!(format!("{keyring:?}").contains("108F66205EAEB0AAA8DD5E1C85AB96E6FA1BE5FE"));
}

struct Unreadable;

impl Read for Unreadable {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("gone"))
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn no_bytes_are_too_strange(content in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
        proptest::prop_assert!(Keyring::empty().verify_detached(&content, DATA).is_err());
        proptest::prop_assert!(Keyring::empty().add(&content).is_err());
    }
}
