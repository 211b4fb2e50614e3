//! What becomes visible, and when.

use std::collections::BTreeMap;

use romt_dist::testing::SampleRelease;
use romt_types::Digest;

use crate::support::{DAY, LINUX, Lab, package, stable};

fn newer() -> SampleRelease {
    SampleRelease::stable("1.77.0", "2024-03-21")
}

/// Every file with the hash of what is in it.
fn tree(lab: &Lab) -> BTreeMap<String, Digest> {
    lab.files().into_iter().map(|file| (file.clone(), Digest::of(lab.read(&file).as_bytes()))).collect()
}

#[tokio::test]
async fn row_137_no_manifest_is_seen_before_its_packages() {
    let lab = Lab::new().await;
    lab.upstream.publish(&stable());
    lab.download("stable", LINUX).await.good();
    lab.upstream.publish(&newer());
    let (dest, old) = (lab.dest(), lab.read("channel-rust-stable.toml"));
    lab.upstream.on_request(move |path| {
        if path.ends_with(".xz") {
            assert_eq!(std::fs::read_to_string(dest.join("channel-rust-stable.toml")).unwrap(), old, "{path}");
            assert!(!dest.join("2024-03-21/channel-rust-stable.toml").exists(), "{path}");
        }
    });
    lab.download("stable", LINUX).await.good();
    assert_eq!(lab.read("channel-rust-stable.toml"), newer().manifest("https://upstream.test"));
}

#[tokio::test]
async fn a_download_that_fails_publishes_nothing_and_the_next_goes_on_from_there() {
    let lab = Lab::new().await;
    lab.upstream.publish(&stable());
    lab.download("stable", LINUX).await.good();
    let before = tree(&lab);
    lab.upstream.publish(&newer());
    let cargo = format!("2024-03-21/cargo-1.77.0-{LINUX}.tar.xz");
    let rustc = format!("2024-03-21/rustc-1.77.0-{LINUX}.tar.xz");
    let right = lab.upstream.remove(&cargo);
    lab.upstream.put(&rustc, "something else");
    let outcome = lab.download("stable", LINUX).await;
    assert_eq!(outcome.error(), "Aborting: 2 of 15 files of stable could not be had");
    assert!(outcome.tells(&format!("bad {cargo}")) && outcome.tells(&format!("bad {rustc}")), "{:?}", outcome.told);
    let after = tree(&lab);
    for (file, digest) in &before {
        assert_eq!(after[file], *digest, "{file}");
    }
    let new: Vec<_> = lab.files().into_iter().filter(|file| !before.contains_key(file)).collect();
    assert_eq!(new.iter().filter(|file| file.ends_with(".tar.xz")).count(), 13, "{new:#?}");
    assert!(!new.iter().any(|file| file.ends_with(".toml") || file.contains("/rustc-1.77.0-x")), "{new:#?}");
    lab.verify("stable", "*").await.good();

    lab.upstream.put(&cargo, right);
    let content = SampleRelease::content(&rustc.parse().unwrap());
    lab.upstream.put(&rustc, content);
    lab.upstream.asked();
    let counts = lab.download("stable", LINUX).await.good();
    assert_eq!((counts.downloaded, counts.present), (2, 13));
    assert_eq!(lab.upstream.asked(), ["channel-rust-stable.toml", &cargo, &rustc]);
    assert_eq!(lab.verify("stable", "*").await.good().present, 15);
}

#[tokio::test]
async fn rows_42_and_43_an_older_release_takes_its_own_names_however_often() {
    let lab = Lab::new().await;
    for release in [newer(), stable()] {
        lab.upstream.publish(&release);
    }
    // Upstream has the older one last.
    lab.download("1.77.0", LINUX).await.good();
    lab.download("1.76.0", LINUX).await.good();
    let before = tree(&lab);
    let new = newer().manifest("https://upstream.test");
    assert_eq!(lab.read("channel-rust-stable.toml"), new);
    assert_eq!(lab.read("channel-rust-1.76.toml"), stable().manifest("https://upstream.test"));
    for _ in 0..2 {
        let outcome = lab.fixup("*").await;
        assert!(outcome.tells("begun stable-2024-03-21") && outcome.tells("published channel-rust-1.76.0.toml"));
        outcome.good();
        assert_eq!(tree(&lab), before);
    }
    // Whatever was at a name, lost or damaged, it is right again.
    lab.delete("channel-rust-1.76.0.toml");
    lab.delete("channel-rust-1.76.toml.sha256");
    lab.write("channel-rust-stable.toml", "");
    let outcome = lab.fixup("*").await;
    assert!(outcome.tells("channel-rust-stable.toml was damaged and is replaced"), "{:?}", outcome.told);
    outcome.good();
    assert_eq!(tree(&lab), before);
}

#[tokio::test]
async fn a_patch_release_takes_over_the_minor_version_and_a_beta_has_its_number() {
    let lab = Lab::new().await;
    let patch = SampleRelease::stable("1.76.1", "2024-02-20");
    for release in [stable(), patch.clone(), SampleRelease::beta("1.77.0", 3, "2024-02-10")] {
        lab.upstream.publish(&release);
    }
    lab.download("1.76.0,1.76.1,1.77.0-beta.3", LINUX).await.good();
    assert_eq!(lab.read("channel-rust-1.76.toml"), patch.manifest("https://upstream.test"));
    for name in ["channel-rust-beta.toml", "channel-rust-1.77.0-beta.3.toml", "2024-02-10/channel-rust-beta.toml"] {
        assert!(lab.manifests().contains(&name.to_owned()), "{name}");
    }
}

#[tokio::test]
async fn what_was_asked_for_and_lost_is_not_published() {
    let lab = Lab::new().await;
    lab.upstream.publish(&stable());
    lab.download("stable", LINUX).await.good();
    lab.delete("channel-rust-stable.toml");
    lab.delete(&package("rustc"));
    let outcome = lab.fixup("stable-2024-02-08").await;
    assert!(
        outcome.error().contains("missing file") && outcome.error().contains("rustc-1.76.0"),
        "{}",
        outcome.error()
    );
    assert!(!lab.manifests().contains(&"channel-rust-stable.toml".to_owned()));
    // A mirror that Python romt made says nothing about what was asked for.
    std::fs::remove_dir_all(lab.dest().with_file_name(".romt")).unwrap();
    lab.fixup("stable-2024-02-08").await.good();
    assert!(lab.manifests().contains(&format!("{DAY}/channel-rust-stable.toml")));
}
