//! `verify`: what it finds.

use crate::support::{LINUX, Lab, MUSL, Options, package, stable};

async fn lab() -> Lab {
    let lab = Lab::new().await;
    lab.upstream.publish(&stable());
    lab.download("stable", LINUX).await.good();
    lab
}

#[tokio::test]
async fn row_40_a_lost_compiler_is_missed() {
    let lab = lab().await;
    lab.delete(&package("rustc"));
    for target in [LINUX, "*", "all"] {
        let outcome = lab.verify("stable", target).await;
        assert!(outcome.tells(&format!("bad {}: missing file", package("rustc"))), "{:?}", outcome.told);
        assert_eq!(outcome.error(), "Aborting: 1 of 15 files are missing or wrong");
    }
    // Also in a mirror that says nothing about what was asked for.
    std::fs::remove_dir_all(lab.dest().with_file_name(".romt")).unwrap();
    assert!(lab.verify("stable", LINUX).await.tells(&package("rustc")));
}

#[tokio::test]
async fn row_41_a_bad_hash_is_found_and_the_rest_is_read_all_the_same() {
    let lab = lab().await;
    lab.write(&package("cargo"), "spoilt");
    lab.delete(&format!("{}.sha256", package("rust-std")));
    lab.write(&format!("{}.sha256", package("rust-docs")), format!("{}\n", "0".repeat(64)));
    let outcome = lab.verify("stable", LINUX).await;
    let path = lab.dest().join(package("cargo"));
    assert!(outcome.tells(&format!("Bad hash for {} (got ", path.display())), "{:?}", outcome.told);
    assert!(outcome.tells("missing file") && outcome.tells("Bad hash in"));
    assert_eq!(outcome.error(), "Aborting: 3 of 15 files are missing or wrong");
    lab.download("stable", LINUX).await.good();
    assert_eq!(lab.verify("stable", LINUX).await.good().present, 15);
}

#[tokio::test]
async fn rows_47_and_48_all_is_what_is_here_and_a_name_must_be() {
    let lab = lab().await;
    assert_eq!(lab.verify("stable", "all").await.good().present, 15);
    let outcome = lab.verify("stable", "aarch64-apple-darwin").await;
    assert_eq!(outcome.error(), "target 'aarch64-apple-darwin' of stable-2024-02-08 is not on disk");
    let outcome = lab.verify("stable", "nosuch").await;
    assert_eq!(outcome.error(), "target 'nosuch' not found in manifest");
}

#[tokio::test]
async fn what_was_never_asked_for_is_not_missed() {
    let lab = Lab::new().await;
    lab.upstream.publish(&stable());
    let components = vec!["cargo,rustc,rust-std"];
    lab.download_with("stable", LINUX, Options { components, ..Options::default() }).await.good();
    let cross = Options { cross: true, ..Options::default() };
    lab.download_with("stable", MUSL, cross).await.good();
    assert_eq!(lab.verify("stable", "*").await.good().present, 4);
    // Asked for twice is asked for together.
    lab.delete(&package("rustc"));
    assert!(lab.verify("stable", "*").await.error().contains("1 of 4 files"));
}

#[tokio::test]
async fn a_damaged_manifest_is_found() {
    let lab = lab().await;
    let damaged = lab.read("channel-rust-stable.toml") + "#";
    lab.write("channel-rust-stable.toml", damaged);
    assert!(lab.verify("stable", "*").await.error().starts_with("Bad hash for "));
    lab.download("stable", LINUX).await.good();
    lab.verify("stable", "*").await.good();
}
