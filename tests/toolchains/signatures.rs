//! Signatures, end to end: by keys in the age and form of Rust's.

use romt_dist::testing::{KeyFault, SigningKey};
use romt_testkit::{DistMirror, DistUpstream, RomtProgram};
use romt_tests::alike;

use crate::lab::{CANONICAL, DATELESS, LINUX, lab, shared, stable};

/// All of a session is about few packages.
const DOWNLOAD: &str = "-s stable -t linux --components cargo,rustc download";

/// A signed upstream.
fn signed(key: &SigningKey) -> DistUpstream {
    let upstream = lab();
    upstream.sign_with(Some(key));
    upstream
}

/// A mirror of it, in which its key is believed.
fn mirror(upstream: &DistUpstream, key: &SigningKey, program: &RomtProgram) -> DistMirror {
    let mut romt = DistMirror::of(upstream, program);
    romt.believe(key);
    romt
}

fn ours(upstream: &DistUpstream, key: &SigningKey) -> DistMirror {
    mirror(upstream, key, &RomtProgram::ours())
}

#[test]
fn row_56_signatures_are_required() {
    let key = SigningKey::new(KeyFault::None);
    let upstream = signed(&key);
    alike("row_56_signatures_are_required", |program| {
        let romt = mirror(&upstream, &key, program);
        romt.toolchain(DOWNLOAD).succeeds();
        let cargo = format!("dist/{}", stable().path("cargo", LINUX));
        for bad in [key.sign(b"other data"), SigningKey::stranger().sign(&upstream.file(&format!("/{cargo}")))] {
            romt.write(&format!("{cargo}.asc"), bad);
            let outcome = romt.toolchain("-s stable --components cargo,rustc verify").exits_with(1);
            outcome.mentions(&format!("Signature failure for {cargo} using signature {cargo}.asc"));
        }
        romt.toolchain("--no-signature -s stable --components cargo,rustc verify").succeeds();
        romt.toolchain(DOWNLOAD).succeeds();
        romt.toolchain("-s stable --components cargo,rustc verify").succeeds();
    });
}

#[test]
fn row_57_a_bad_signature_may_be_a_warning() {
    let key = SigningKey::new(KeyFault::None);
    let upstream = signed(&key);
    alike("row_57_a_bad_signature_may_be_a_warning", |program| {
        let romt = mirror(&upstream, &key, program);
        romt.toolchain(DOWNLOAD).succeeds();
        romt.write(&format!("dist/{}.asc", stable().path("cargo", LINUX)), key.sign(b"other data"));
        let verify = "-s stable --components cargo,rustc --warn-signature verify";
        romt.toolchain(verify).succeeds().mentions("warning: Signature failure for dist/2024-02-08/cargo-1.76.0");
        // That an upstream has none at all is none.
        upstream.sign_with(None);
        romt.toolchain("-s stable -t linux --components rust-docs --warn-signature download").exits_with(1);
        upstream.sign_with(Some(&key));
    });
}

#[test]
fn row_58_good_signatures() {
    for key in [SigningKey::new(KeyFault::None), SigningKey::full_size()] {
        let upstream = signed(&key);
        let dist = alike("row_58_good_signatures", |program| {
            let romt = mirror(&upstream, &key, program);
            romt.toolchain(DOWNLOAD).succeeds();
            romt.toolchain("-s stable --components cargo,rustc verify").succeeds();
            shared(romt.dist())
        });
        let asc = format!("{}.asc", stable().path("cargo", LINUX));
        assert!(dist.contains_key(&asc) && dist.contains_key(&format!("{CANONICAL}.asc")));
    }
}

#[test]
fn row_58_also_by_the_primary_key() {
    let key = SigningKey::new(KeyFault::None);
    let upstream = lab();
    upstream.sign_with(Some(&key));
    let manifest = upstream.file(&format!("/dist/{DATELESS}"));
    upstream.put(&format!("/dist/{DATELESS}.asc"), key.sign_by_primary(&manifest));
    alike("row_58_also_by_the_primary_key", |program| {
        let romt = mirror(&upstream, &key, program);
        romt.toolchain("-s stable fetch-manifest").succeeds();
    });
}

/// Publishes a manifest's signature as `sign` makes it, and says what `romt toolchain` says to that.
#[track_caller]
fn refused(key: &SigningKey, sign: impl Fn(&[u8]) -> Vec<u8>, text: &str) {
    let upstream = signed(key);
    let asc = format!("/dist/{DATELESS}.asc");
    upstream.put(&asc, sign(&upstream.file(&format!("/dist/{DATELESS}"))));
    let romt = ours(&upstream, key);
    let outcome = romt.toolchain(DOWNLOAD).exits_with(1);
    outcome.says(&format!("Signature failure for dist/{DATELESS}")).says(text).never_says("panicked");
    assert!(romt.dist().is_empty(), "nothing is here: {:?}", romt.dist());
    assert!(!upstream.asked().iter().any(|path| path.ends_with(".xz")), "nothing was asked for");
}

#[test]
fn row_56_what_is_refused_of_a_manifest() {
    let key = SigningKey::new(KeyFault::None);
    refused(&key, |data| SigningKey::stranger().sign(data), "by a key that is not known");
    refused(&key, |_| key.sign(b"other data"), "it does not match the file");
    refused(&key, |_| Vec::new(), "there is no signature in it");
    refused(&key, |_| b"no signature\n".to_vec(), "it is not an OpenPGP signature");
    refused(&key, |data| key.sign_sha1(data), "SHA1");
    refused(&key, |data| key.sign_late(data), "it is from the future");
    refused(&key, tampered(&key), "");
    // The public key is no signature, and a signature is no key.
    refused(&key, |_| key.public(), "it is not an OpenPGP signature");
    for (fault, text) in [
        (KeyFault::Expired, "has expired"),
        (KeyFault::Revoked, "has been revoked"),
        (KeyFault::Unclaimed, "cannot be used"),
    ] {
        let key = SigningKey::new(fault);
        refused(&key, |data| key.sign(data), text);
    }
}

/// Good signatures in which one bit is another.
fn tampered(key: &SigningKey) -> impl Fn(&[u8]) -> Vec<u8> {
    let key = key.clone();
    move |data| {
        let text = String::from_utf8(key.sign(data)).expect("armour");
        let (head, body) = text.split_once("\n\n").expect("a head");
        let middle = body.len() / 2;
        let other = if body.as_bytes()[middle] == b'A' { "B" } else { "A" };
        format!("{head}\n\n{}{other}{}", &body[..middle], &body[middle + 1..]).into_bytes()
    }
}

#[test]
fn row_56_a_missing_signature_is_an_error() {
    let key = SigningKey::new(KeyFault::None);
    let upstream = lab();
    let romt = ours(&upstream, &key);
    romt.toolchain(DOWNLOAD).exits_with(1).says(&format!("{DATELESS}.asc")).says("`--no-signature`");
    assert!(romt.dist().is_empty());
    // Of a package.
    upstream.sign_with(Some(&key));
    let cargo = stable().path("cargo", LINUX);
    upstream.put(&format!("/dist/{cargo}.asc"), "");
    romt.toolchain(DOWNLOAD).exits_with(1).says(&format!("Signature failure for dist/{cargo}"));
    assert_eq!(romt.manifests(), [""; 0]);
    upstream.http().remove_file(&format!("/dist/{cargo}.asc"));
    romt.toolchain(DOWNLOAD).succeeds();
    // And on disk.
    std::fs::remove_file(romt.path(&format!("dist/{cargo}.asc"))).expect("a signature");
    romt.toolchain("-s stable verify").exits_with(1).says(&format!("Signature failure for dist/{cargo}"));
}

#[test]
fn row_56_tampered_data_is_refused_though_every_hash_fits() {
    let key = SigningKey::new(KeyFault::None);
    let upstream = signed(&key);
    let good = upstream.file(&format!("/dist/{DATELESS}"));
    let signature = upstream.file(&format!("/dist/{DATELESS}.asc"));
    let text = String::from_utf8(good.to_vec()).expect("TOML");
    upstream.put_manifest(DATELESS, text.replacen("git_commit_hash = \"0", "git_commit_hash = \"1", 1));
    upstream.put(&format!("/dist/{DATELESS}.asc"), signature);
    let romt = ours(&upstream, &key);
    romt.toolchain(DOWNLOAD).exits_with(1).says("it does not match the file");
    assert!(romt.dist().is_empty());
}

#[test]
fn sha1_must_be_asked_for() {
    let key = SigningKey::new(KeyFault::None);
    let upstream = signed(&key);
    for name in [DATELESS, CANONICAL] {
        let signature = key.sign_sha1(&upstream.file(&format!("/dist/{name}")));
        upstream.put(&format!("/dist/{name}.asc"), signature);
    }
    let romt = ours(&upstream, &key);
    romt.toolchain(DOWNLOAD).exits_with(1).says("`--accept-sha1`");
    romt.toolchain(&format!("--accept-sha1 {DOWNLOAD}")).succeeds();
    romt.toolchain("-s stable verify").exits_with(1).says("`--accept-sha1`");
    romt.toolchain("--accept-sha1 -s stable verify pack").succeeds();
    // It does not make good what is bad.
    upstream.put(&format!("/dist/{DATELESS}.asc"), key.sign_sha1(b"other data"));
    romt.toolchain(&format!("--accept-sha1 {DOWNLOAD}")).exits_with(1);
}

#[test]
fn row_59_no_program_is_needed() {
    let key = SigningKey::new(KeyFault::None);
    let upstream = signed(&key);
    let mut romt = ours(&upstream, &key);
    romt.hide_programs();
    romt.toolchain(DOWNLOAD).succeeds();
    romt.write(&format!("dist/{DATELESS}.asc"), key.sign(b"other data"));
    romt.toolchain("-s stable verify").exits_with(1).says("Signature failure");
}

#[test]
fn row_59_rusts_own_key_is_built_in() {
    let key = SigningKey::new(KeyFault::None);
    let upstream = signed(&key);
    let mut romt = ours(&upstream, &key);
    romt.toolchain(DOWNLOAD).succeeds();
    // Without the key of the test only Rust's is believed, of which nothing here is.
    romt.believe_rust();
    romt.toolchain("-s stable verify").exits_with(1).says("by a key that is not known");
    romt.write("none.asc", "no key\n");
    romt.toolchain("--keyring none.asc -s stable verify").exits_with(1).says("none.asc");
}

#[test]
fn row_60_signatures_are_mirrored_with_every_name() {
    let key = SigningKey::new(KeyFault::None);
    let upstream = signed(&key);
    let names = alike("row_60_signatures_are_mirrored_with_every_name", |program| {
        let romt = mirror(&upstream, &key, program);
        romt.toolchain(DOWNLOAD).succeeds();
        let dist = shared(romt.dist());
        for path in dist.keys().filter(|path| path.ends_with(".toml") || path.ends_with(".xz")) {
            assert!(dist.contains_key(&format!("{path}.asc")), "{path}");
        }
        std::fs::remove_file(romt.path("dist").join(DATELESS)).expect("a manifest");
        std::fs::remove_file(romt.path("dist").join(format!("{DATELESS}.asc"))).expect("a signature");
        romt.toolchain("-s stable-2024-02-08 fixup").succeeds();
        romt.toolchain("-s stable --components cargo,rustc verify").succeeds();
        dist.into_keys().collect::<Vec<_>>()
    });
    assert_eq!(names.iter().filter(|path| path.ends_with(".asc")).count(), 4 + 2);
}

#[test]
fn an_archive_is_believed_by_its_signatures() {
    let key = SigningKey::new(KeyFault::None);
    let upstream = signed(&key);
    let exporter = ours(&upstream, &key);
    exporter.toolchain(DOWNLOAD).succeeds();
    exporter.toolchain("-s stable pack").succeeds();
    let importer = || {
        let mut importer = DistMirror::importer(&RomtProgram::ours());
        importer.believe(&key);
        importer.take(&exporter, "toolchain.tar.gz");
        importer
    };
    let good = importer();
    good.toolchain("unpack").succeeds();
    assert_eq!(good.dist().len(), exporter.dist().len());
    // Not without signatures, nor by another key.
    let mut unsigned = exporter.copied();
    unsigned.believe_everything();
    unsigned.toolchain("-s stable pack").succeeds();
    let strict = importer();
    strict.take(&unsigned, "toolchain.tar.gz");
    strict.toolchain("unpack").exits_with(1).says("there is no signature");
    let mut stranger = importer();
    stranger.believe_rust();
    stranger.toolchain("unpack").exits_with(1).says("by a key that is not known");
    for refused in [strict, stranger] {
        assert!(refused.dist().is_empty());
        refused.toolchain("--no-signature unpack").succeeds();
    }
}
