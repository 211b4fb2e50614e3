//! `download`: what comes, and what does not.

use romt_dist::Profile;
use romt_dist::testing::SampleRelease;
use romt_indexer::toolchains::Trust;
use romt_types::Digest;
use url::Url;

use crate::support::{DAY, LINUX, Lab, MUSL, Options, package, stable};

async fn lab() -> Lab {
    let lab = Lab::new().await;
    lab.upstream.publish(&stable());
    lab
}

fn manifests() -> Vec<String> {
    let dated = |name: &str| format!("{DAY}/channel-rust-{name}.toml");
    let top = |name: &str| format!("channel-rust-{name}.toml");
    vec![dated("1.76.0"), dated("stable"), top("1.76.0"), top("1.76"), top("stable")]
}

#[tokio::test]
async fn row_15_a_channel_is_downloaded_under_all_its_names() {
    let lab = lab().await;
    let outcome = lab.download("stable", LINUX).await;
    assert!(outcome.tells("release stable-2024-02-08(1.76.0)") && outcome.tells("packages: 15, targets: 1"));
    let counts = outcome.good();
    assert_eq!((counts.downloaded, counts.present), (15, 0));
    assert_eq!(lab.manifests(), manifests());
    assert_eq!(lab.packages().len(), 15);
    // Each file has a hash beside it, and there is nothing else: row 24 wants `rust-src`.
    assert_eq!(lab.files().len(), 2 * (15 + 5));
    assert!(lab.packages().contains(&"rust-src-1.76.0".to_owned()));
    // What upstream published, byte for byte.
    let manifest = stable().manifest("https://upstream.test");
    for name in manifests() {
        assert_eq!(lab.read(&name), manifest);
        let hash = format!("{} *{}\n", Digest::of(manifest.as_bytes()), name.rsplit('/').next().unwrap());
        assert_eq!(lab.read(&format!("{name}.sha256")), hash);
    }
}

#[tokio::test]
async fn rows_16_to_18_each_name_of_a_release_brings_the_same() {
    let lab = lab().await;
    lab.download("stable", LINUX).await.good();
    let mut trees = vec![lab.files()];
    for spec in ["1.76.0", "1.76", "stable-2024-02-08"] {
        let lab = self::lab().await;
        lab.download(spec, LINUX).await.good();
        trees.push(lab.files());
    }
    // A mirror without manifests of days.
    let lab = self::lab().await;
    for name in ["stable", "1.76.0"] {
        lab.upstream.remove(&format!("{DAY}/channel-rust-{name}.toml"));
    }
    lab.download("stable", LINUX).await.good();
    trees.push(lab.files());
    assert!(trees.iter().all(|tree| *tree == trees[0]), "{trees:#?}");
}

#[tokio::test]
async fn row_19_hashes_come_from_the_manifest() {
    let lab = lab().await;
    lab.download("stable", LINUX).await.good();
    let cargo = package("cargo");
    let digest = Digest::of(lab.read(&cargo).as_bytes());
    assert_eq!(lab.read(&format!("{cargo}.sha256")), format!("{digest} *cargo-1.76.0-{LINUX}.tar.xz\n"));
}

#[tokio::test]
async fn row_22_targets_go_by_short_names() {
    let lab = lab().await;
    lab.download("stable", "linux,windows darwin").await.good();
    for target in [LINUX, "x86_64-pc-windows-msvc", "aarch64-apple-darwin"] {
        assert!(lab.packages().contains(&format!("rustc-1.76.0-{target}")), "{target}");
    }
}

#[tokio::test]
async fn row_23_an_unknown_target_is_refused_and_nothing_is_made() {
    let lab = lab().await;
    let outcome = lab.download("stable", "nosuch").await;
    assert_eq!(outcome.error(), "target 'nosuch' not found in manifest");
    assert!(lab.files().is_empty());
}

#[tokio::test]
async fn row_25_a_shared_file_is_fetched_once() {
    let lab = lab().await;
    let docs = package("rust-docs");
    lab.download("stable", &format!("{LINUX},mips-unknown-linux-gnu")).await.good();
    assert_eq!(lab.upstream.asked().iter().filter(|path| **path == docs).count(), 1);
    // Neither is one that two SPECs name.
    let outcome = lab.download("stable,1.76.0", LINUX).await;
    assert!(outcome.tells(&format!("duplicate {docs}")));
    assert_eq!(outcome.good().present, 15);
}

#[tokio::test]
async fn row_26_cross_means_the_library_alone() {
    let lab = lab().await;
    let options = Options { cross: true, ..Options::default() };
    let outcome = lab.download_with("stable", MUSL, options).await;
    assert!(outcome.tells("packages: 1, targets: 1"), "{:?}", outcome.told);
    outcome.good();
    assert_eq!(lab.packages(), [format!("rust-std-1.76.0-{MUSL}")]);
}

#[tokio::test]
async fn rows_27_and_28_components_are_taken_and_left_out() {
    let lab = lab().await;
    let components = vec!["cargo rustfmt", "rust-std,!rust-src", "nosuch"];
    let outcome = lab.download_with("stable", LINUX, Options { components, ..Options::default() }).await;
    assert!(outcome.tells("packages: 15, targets: 1"), "shown before components leave some out");
    assert!(outcome.tells("unknown: {\"nosuch\"}") && outcome.tells("renamed: {(\"rustfmt\""));
    outcome.good();
    assert_eq!(lab.packages(), ["cargo", "rust-std", "rustfmt"].map(|name| format!("{name}-1.76.0-{LINUX}")));
}

#[tokio::test]
async fn a_profile_brings_what_rustup_asks_for() {
    let lab = lab().await;
    let options = Options { profile: Some(Profile::Minimal), ..Options::default() };
    lab.download_with("stable", &format!("{LINUX},{MUSL}"), options).await.good();
    let names = |target: &str| ["cargo", "rust-std", "rustc"].map(|name| format!("{name}-1.76.0-{target}"));
    let mut all = [names(LINUX), names(MUSL)].concat();
    all.sort();
    assert_eq!(lab.packages(), all);
}

#[tokio::test]
async fn row_33_what_is_here_is_not_fetched_again() {
    let lab = lab().await;
    lab.download("stable", LINUX).await.good();
    lab.upstream.asked();
    let before = lab.files();
    let outcome = lab.download("stable", LINUX).await;
    assert!(outcome.tells(&format!("cached {}", package("cargo"))));
    assert!(outcome.tells("downloaded channel-rust-stable.toml"));
    assert_eq!(lab.upstream.asked(), ["channel-rust-stable.toml"]);
    assert_eq!(lab.files(), before);
    let counts = outcome.good();
    assert_eq!((counts.downloaded, counts.present), (0, 15));
    // That of a day stays what it is.
    lab.download("stable-2024-02-08", LINUX).await.good();
    assert!(lab.upstream.asked().is_empty());
}

#[tokio::test]
async fn row_34_what_is_assumed_to_be_right_is_not_read() {
    let lab = lab().await;
    lab.download("stable", LINUX).await.good();
    let (cargo, right) = (package("cargo"), lab.read(&package("cargo")));
    lab.write(&cargo, "spoilt");
    lab.delete(&package("rustc"));
    let options = Options { trust: Trust::Everything, ..Options::default() };
    let outcome = lab.download_with("stable", LINUX, options).await;
    assert!(outcome.tells(&format!("assumed ok {cargo}")));
    let counts = outcome.good();
    assert_eq!((counts.downloaded, counts.present), (1, 14));
    assert_eq!(lab.read(&cargo), "spoilt");
    lab.download("stable", LINUX).await.good();
    assert_eq!(lab.read(&cargo), right);
}

#[tokio::test]
async fn what_is_published_is_believed_where_that_is_enough() {
    let lab = lab().await;
    let options = || Options { trust: Trust::Published, ..Options::default() };
    let outcome = lab.download_with("stable", LINUX, options()).await;
    assert!(outcome.tells("fetching 15"), "{:?}", outcome.told);
    assert_eq!(outcome.good().downloaded, 15);
    lab.upstream.asked();
    // Nothing is fetched but the manifest's hash, and nothing is read but the manifest.
    lab.write(&package("cargo"), "spoilt");
    let outcome = lab.download_with("stable", LINUX, options()).await;
    assert!(outcome.tells("fetching 0") && outcome.tells("cached channel-rust-stable.toml"), "{:?}", outcome.told);
    assert_eq!((outcome.good().present, lab.upstream.asked()), (15, vec![]));
    // What is lost or empty comes again.
    lab.delete(&package("rustc"));
    lab.write(&package("clippy"), "");
    assert_eq!(lab.download_with("stable", LINUX, options()).await.good().downloaded, 2);
    // What was not asked for before may have been left by a download that was cut short.
    lab.write("2024-02-08/rust-std-1.76.0-x86_64-unknown-linux-musl.tar.xz", "torn");
    let musl = Options { cross: true, ..options() };
    assert_eq!(lab.download_with("stable", MUSL, musl).await.good().downloaded, 1);
    // Nor is what was never published believed.
    lab.delete("2024-02-08/channel-rust-stable.toml");
    assert_eq!(lab.download_with("stable", LINUX, options()).await.good().downloaded, 1, "the spoilt one");
}

#[tokio::test]
async fn row_35_the_manifest_counts_and_not_the_hash_beside_a_file() {
    let lab = lab().await;
    lab.download("stable", LINUX).await.good();
    let (cargo, right) = (package("cargo"), lab.read(&package("cargo")));
    lab.write(&cargo, "altered");
    lab.write(&format!("{cargo}.sha256"), format!("{} *cargo\n", Digest::of(b"altered")));
    let outcome = lab.verify("stable", "*").await;
    assert!(outcome.tells("Bad hash for") && outcome.error().contains("1 of 15 files"), "{:?}", outcome.told);
    lab.download("stable", LINUX).await.good();
    assert_eq!(lab.read(&cargo), right);
    lab.verify("stable", "*").await.good();
}

#[tokio::test]
async fn row_62_upstream_may_be_a_folder() {
    let far = lab().await;
    far.download("stable", LINUX).await.good();
    let near = Lab::new().await;
    let base = Url::from_directory_path(far.dest()).unwrap();
    near.download_from(&base, "stable", LINUX).await.good();
    assert_eq!(near.files(), far.files());
}

#[tokio::test]
async fn a_dry_run_says_the_size_and_makes_nothing() {
    let lab = lab().await;
    let dry = Options { dry_run: true, ..Options::default() };
    let outcome = lab.download_with("stable", LINUX, dry.clone()).await;
    assert!(lab.files().is_empty());
    assert!(outcome.tells(&format!("missing {} Some(", package("cargo"))), "{:?}", outcome.told);
    let counts = outcome.good();
    assert_eq!((counts.downloaded, counts.present, counts.unknown), (15, 0, 0));
    let came = lab.download("stable", LINUX).await.good();
    assert_eq!(counts.bytes, came.bytes);
    let counts = lab.download_with("stable", &format!("{LINUX},{MUSL}"), dry).await.good();
    assert!(counts.present == 15 && counts.downloaded > 0);
    // And what cannot be had is said, too.
    let lab = self::lab().await;
    lab.upstream.remove(&package("cargo"));
    let outcome = lab.download_with("stable", LINUX, Options { dry_run: true, ..Options::default() }).await;
    assert!(outcome.error().contains("1 of 15 files"));
}

#[tokio::test]
async fn targets_on_disk_are_those_of_the_release_that_is_asked_for() {
    let lab = lab().await;
    lab.download("stable", LINUX).await.good();
    lab.delete(&package("cargo"));
    let counts = lab.download("stable", "*").await.good();
    assert!(counts.downloaded == 1 && counts.present == 14, "{counts:?}");
    // Else `*` would publish a release that nobody can use.
    lab.upstream.publish(&SampleRelease::stable("1.77.0", "2024-03-21"));
    let before = lab.files();
    let outcome = lab.download("stable", "*").await;
    assert_eq!(outcome.error(), "no target of stable-2024-03-21(1.77.0) is on disk");
    assert_eq!(lab.files(), before);
}

#[tokio::test]
async fn a_store_that_takes_nothing_loses_nothing() {
    let lab = lab().await;
    lab.upstream.publish(&SampleRelease::stable("1.77.0", "2024-03-21"));
    lab.download("1.76.0", LINUX).await.good();
    // Where the folder of the day should be.
    lab.write("2024-03-21", "in the way");
    let before = lab.files();
    let outcome = lab.download("stable", LINUX).await;
    assert_eq!(outcome.error(), "Aborting: 15 of 15 files of stable could not be had");
    assert_eq!(lab.files(), before);
    lab.verify("stable", "*").await.good();
}
