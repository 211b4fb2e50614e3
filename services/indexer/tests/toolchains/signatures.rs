//! Signatures: fetched, checked, kept.

use std::sync::Arc;

use romt_dist::Keyring;
use romt_dist::testing::{KeyFault, SigningKey};
use romt_indexer::toolchains::{SignaturePolicy, Trust};

use crate::support::{DAY, LINUX, Lab, Options, keyring, package, stable};

/// A signed upstream, and a mirror that believes its key.
async fn lab(policy: impl Fn(Arc<Keyring>) -> SignaturePolicy) -> Lab {
    let key = SigningKey::new(KeyFault::None);
    let lab = Lab::with(policy(keyring(&key))).await;
    lab.upstream.publish(&stable());
    lab.upstream.sign_with(key);
    lab
}

fn asc(file: &str) -> String {
    format!("{file}.asc")
}

#[tokio::test]
async fn rows_58_and_60_signatures_are_checked_and_mirrored_with_every_name() {
    let lab = lab(SignaturePolicy::Check).await;
    lab.download("stable", LINUX).await.good();
    assert_eq!(lab.files().len(), 3 * (15 + 5));
    let signature = lab.read(&asc("channel-rust-stable.toml"));
    assert_eq!(lab.read(&asc(&format!("{DAY}/channel-rust-1.76.0.toml"))), signature);
    assert_eq!(lab.verify("stable", "*").await.good().present, 15);
    assert_eq!(lab.pack("stable", "*").await.unwrap().len(), 3 * 16);
    // They are no part of the other way.
    let mirror = lab.mirror_with(SignaturePolicy::Off).await;
    let targets = romt_dist::TargetSelection::Held;
    let paths = crate::support::exact("stable");
    let members = mirror.plan_packing(&paths, &targets, &romt_dist::ComponentChoice::default(), &mut |_| {}).await;
    assert_eq!(members.unwrap().len(), 2 * 16);
}

#[tokio::test]
async fn row_56_a_bad_signature_is_an_error_and_publishes_nothing() {
    let lab = lab(SignaturePolicy::Check).await;
    let cargo = package("cargo");
    let wrong = SigningKey::new(KeyFault::None).sign(b"another file");
    lab.upstream.put(&asc(&cargo), wrong.clone());
    let outcome = lab.download("stable", LINUX).await;
    let path = lab.dest().join(&cargo);
    let text = format!("Signature failure for {0} using signature {0}.asc: it does not match the file", path.display());
    assert!(outcome.tells(&text), "{:#?}", outcome.told);
    assert!(lab.manifests().is_empty());
    lab.upstream.remove(&asc(&cargo));
    let counts = lab.download("stable", LINUX).await.good();
    assert_eq!((counts.downloaded, counts.present), (0, 15));
    // One that was damaged here is found, and fetched anew.
    lab.write(&asc(&cargo), &wrong);
    assert!(lab.verify("stable", "*").await.tells(&text));
    lab.download("stable", LINUX).await.good();
    lab.verify("stable", "*").await.good();
}

#[tokio::test]
async fn a_manifest_that_is_signed_by_nobody_known_brings_nothing() {
    let lab = Lab::with(SignaturePolicy::Check(Arc::new(Keyring::rust().unwrap()))).await;
    lab.upstream.publish(&stable());
    lab.upstream.sign_with(SigningKey::new(KeyFault::None));
    let outcome = lab.download("stable", LINUX).await;
    assert!(outcome.error().contains("by a key that is not known"), "{}", outcome.error());
    assert!(lab.files().is_empty());
    assert!(!lab.upstream.asked().iter().any(|path| path.ends_with(".xz")));
}

#[tokio::test]
async fn a_missing_signature_is_an_error_even_where_bad_ones_are_none() {
    for policy in [SignaturePolicy::Check, SignaturePolicy::Warn] {
        let lab = Lab::with(policy(keyring(&SigningKey::new(KeyFault::None)))).await;
        lab.upstream.publish(&stable());
        let outcome = lab.download("stable", LINUX).await;
        assert!(outcome.error().ends_with("channel-rust-stable.toml.asc: it is not there"), "{}", outcome.error());
        assert!(lab.files().is_empty());
    }
}

#[tokio::test]
async fn row_57_a_bad_signature_may_be_no_more_than_a_warning() {
    let lab = lab(SignaturePolicy::Warn).await;
    let wrong = SigningKey::new(KeyFault::None).sign(b"another file");
    lab.upstream.put(&asc(&package("cargo")), wrong.clone());
    lab.upstream.put("channel-rust-stable.toml.asc", wrong);
    let outcome = lab.download("stable", LINUX).await;
    assert!(outcome.tells("warning Signature failure for"), "{:#?}", outcome.told);
    assert_eq!(outcome.good().downloaded, 15);
    let outcome = lab.verify("stable", "*").await;
    assert_eq!(outcome.told.iter().filter(|line| line.starts_with("warning Signature failure")).count(), 3);
    assert_eq!(outcome.good().present, 15);
}

#[tokio::test]
async fn signatures_that_were_not_wanted_come_later() {
    let lab = lab(|_| SignaturePolicy::Off).await;
    lab.download("stable", LINUX).await.good();
    assert!(!lab.files().iter().any(|file| file.ends_with(".asc")));
    let strict = lab.with_policy(SignaturePolicy::Check(keyring(&SigningKey::new(KeyFault::None))));
    assert!(strict.verify("stable", "*").await.error().starts_with("Signature failure for"));
    // What is assumed to be right has all that belongs to it.
    let options = Options { trust: Trust::Everything, ..Options::default() };
    let counts = strict.download_with("stable-2024-02-08", LINUX, options).await.good();
    assert_eq!((counts.downloaded, counts.present), (0, 15));
    assert_eq!(strict.files().len(), 3 * (15 + 5));
    strict.verify("stable", "*").await.good();
}
