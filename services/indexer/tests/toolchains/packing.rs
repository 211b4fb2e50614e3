//! What goes into an archive, and what came out of one.

use std::fs;
use std::sync::Arc;

use romt_dist::testing::SampleRelease;
use romt_dist::{ComponentChoice, DistKey};
use romt_storage::SeenFiles;
use romt_types::Digest;

use crate::support::{DAY, LINUX, Lab, MUSL, Options, package, stable};

async fn lab() -> Lab {
    let lab = Lab::new().await;
    lab.upstream.publish(&stable());
    lab.download("stable", LINUX).await.good();
    lab
}

#[tokio::test]
async fn rows_44_to_46_members_are_in_python_romts_order() {
    let lab = lab().await;
    let members = lab.pack("stable", "*").await.unwrap();
    assert_eq!(members.len(), 2 * 16);
    let manifest = format!("{DAY}/channel-rust-stable.toml");
    assert_eq!(members[..3], [manifest.clone(), format!("{manifest}.sha256"), format!("{DAY}/rust-src-1.76.0.tar.xz")]);
    // Documentation that targets before Linux share.
    assert_eq!([&members[4], &members[6]], [&package("rust-docs"), &package("cargo")]);
    let members = lab.pack("stable", LINUX).await.unwrap();
    let packages = members[2..].iter().step_by(2).map(|file| file.split("-1.76.0").next().unwrap());
    let names = [
        "rust-src",
        "cargo",
        "clippy",
        "llvm-tools",
        "miri",
        "rust",
        "rust-analysis",
        "rust-analyzer",
        "rust-docs",
        "rust-docs-json",
        "rust-std",
        "rustc",
        "rustc-dev",
        "rustc-docs",
        "rustfmt",
    ];
    assert_eq!(packages.collect::<Vec<_>>(), names.map(|name| format!("{DAY}/{name}")));
    assert_eq!(members.iter().filter(|member| member.ends_with(".toml")).count(), 1, "no other names");
}

#[tokio::test]
async fn rows_47_and_48_targets_that_are_not_here() {
    let lab = lab().await;
    assert_eq!(lab.pack("stable", "all").await.unwrap(), lab.pack("stable", "*").await.unwrap());
    let error = lab.pack("stable", "aarch64-apple-darwin").await.unwrap_err();
    assert_eq!(error, "target 'aarch64-apple-darwin' of stable-2024-02-08 is not on disk");
    lab.delete(&package("cargo"));
    let error = lab.pack("stable", "*").await.unwrap_err();
    assert_eq!(error, format!("missing file {}", lab.dest().join(package("cargo")).display()));
}

#[tokio::test]
async fn a_manifest_of_which_nothing_is_here_is_not_packed() {
    let lab = lab().await;
    lab.upstream.publish(&SampleRelease::stable("1.77.0", "2024-03-21"));
    let base = lab.upstream.base();
    lab.mirror()
        .await
        .fetch_manifest(&lab.client, &base, crate::support::exact("stable")[0], &mut |_| {})
        .await
        .unwrap();
    let before = lab.files();
    assert_eq!(lab.pack("stable", "*").await.unwrap_err(), "no target of stable-2024-03-21(1.77.0) is on disk");
    assert_eq!(lab.files(), before);
}

#[tokio::test]
async fn a_manifest_without_a_day_gets_one() {
    let lab = lab().await;
    let before = lab.files();
    let manifest = format!("{DAY}/channel-rust-stable.toml");
    lab.delete(&manifest);
    lab.delete(&format!("{manifest}.sha256"));
    assert_eq!(lab.pack("stable", "*").await.unwrap()[0], manifest);
    assert_eq!(lab.files(), before);
}

#[tokio::test]
async fn rows_50_and_52_uneven_targets_arrive_as_they_left() {
    let far = lab().await;
    let nightly = SampleRelease::nightly("1.78.0", "2024-02-09");
    far.upstream.publish(&nightly);
    far.download_with("nightly", MUSL, Options { cross: true, ..Options::default() }).await.good();
    let members = far.pack("stable,nightly", "*").await.unwrap();
    let near = Lab::new().await;
    for member in &members {
        near.write(member, fs::read(far.dest().join(member)).unwrap());
    }
    let keys: Vec<DistKey> = members.iter().map(|member| member.parse().unwrap()).collect();
    let mirror = near.mirror().await;
    let unpacked = mirror.unpacked(&keys).await.unwrap();
    let shown: Vec<_> = unpacked.iter().map(|toolchain| (toolchain.path.spec(), toolchain.targets.len())).collect();
    assert_eq!(shown, [("nightly-2024-02-09".to_owned(), 1), ("stable-2024-02-08".to_owned(), 9)]);
    let none = ComponentChoice::default();
    let unseen = Arc::default();
    let counts = mirror.verify_unpacked(&unpacked, &none, &unseen, &mut |_| {}).await.unwrap();
    assert_eq!(counts.present, 16);
    near.fixup("*").await.good();
    assert_eq!(near.files(), far.files());
    // What came is expected from now on.
    near.delete(&package("rustc"));
    assert!(mirror.verify_unpacked(&unpacked, &none, &unseen, &mut |_| {}).await.is_err());
}

#[tokio::test]
async fn what_this_process_has_seen_is_not_read_again_unless_something_happened_to_it() {
    let lab = lab().await;
    let keys: Vec<DistKey> =
        lab.pack("stable", "*").await.unwrap().iter().map(|member| member.parse().unwrap()).collect();
    let (mirror, none) = (lab.mirror().await, ComponentChoice::default());
    let unpacked = mirror.unpacked(&keys).await.unwrap();
    let cargo = package("cargo");
    let digest = Digest::of(&fs::read(lab.dest().join(&cargo)).unwrap());
    // With another content, to tell whether it is read.
    lab.write(&cargo, "damaged");
    let mut seen = SeenFiles::default();
    seen.note(&digest, &fs::metadata(lab.dest().join(&cargo)).unwrap());
    let (seen, unseen) = (Arc::new(seen), Arc::default());
    mirror.verify_unpacked(&unpacked, &none, &seen, &mut |_| {}).await.unwrap();
    assert!(mirror.verify_unpacked(&unpacked, &none, &unseen, &mut |_| {}).await.is_err());
    // Longer than the steps in which any kernel counts the times of files.
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    lab.write(&cargo, "damaged");
    assert!(mirror.verify_unpacked(&unpacked, &none, &seen, &mut |_| {}).await.is_err());
}
