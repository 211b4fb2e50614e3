//! `list`, `all-targets`, `all-components`, wildcards.

use romt_dist::ToolchainSpec;
use romt_dist::testing::SampleRelease;

use crate::support::{LINUX, Lab, MUSL, Options, exact, stable};

async fn lab() -> Lab {
    let lab = Lab::new().await;
    lab.upstream.publish(&stable());
    lab.download("stable", LINUX).await.good();
    let options = Options { cross: true, ..Options::default() };
    lab.download_with("stable", MUSL, options).await.good();
    lab
}

#[tokio::test]
async fn rows_37_to_39_a_toolchain_is_listed_in_columns() {
    let lab = lab().await;
    let listed = lab.mirror().await.list(&exact("stable")).await.unwrap();
    assert_eq!(listed.len(), 1);
    // Eleven targets share the documentation of Linux, eight of them have nothing else.
    assert_eq!(listed[0].to_string(), "stable-2024-02-08(1.76.0)    targets[10/94]   packages[34/425]  ");
    let lines: Vec<_> = listed[0].target_lines(false).collect();
    assert_eq!(
        lines,
        [
            "  x86_64-unknown-linux-gnu                      native-target",
            "  x86_64-unknown-linux-musl                     cross-target"
        ]
    );
    let minimal = listed[0].target_lines(true).filter(|line| line.ends_with(" minimal")).count();
    assert_eq!(minimal, 8);
}

#[tokio::test]
async fn rows_30_and_31_all_names_of_a_manifest() {
    let lab = lab().await;
    let mirror = lab.mirror().await;
    let targets = mirror.all_targets(&exact("stable")).await.unwrap();
    assert_eq!((targets.len(), targets[0].names.len()), (1, 115));
    assert!(targets[0].names.is_sorted());
    let components = mirror.all_components(&exact("stable-2024-02-08")).await.unwrap();
    assert!(components[0].names.contains(&"rustfmt-preview".to_owned()) && components[0].names.is_sorted());
    assert_eq!(components[0].release.to_string(), "stable-2024-02-08(1.76.0)");
}

#[tokio::test]
async fn row_36_wildcards_are_looked_up_on_disk() {
    let lab = lab().await;
    let nightly = SampleRelease::nightly("1.78.0", "2024-02-09");
    lab.upstream.publish(&nightly);
    lab.download("nightly", LINUX).await.good();
    let mirror = lab.mirror().await;
    let expand = async |spec: &str| {
        let found = mirror.expand(&ToolchainSpec::parse_list([spec]).unwrap()).await;
        found.map(|paths| paths.iter().map(|path| path.spec()).collect::<Vec<_>>()).map_err(|error| error.to_string())
    };
    assert_eq!(expand("*").await.unwrap(), ["nightly-2024-02-09", "stable-2024-02-08"]);
    assert_eq!(expand("latest").await.unwrap(), ["nightly-2024-02-09"]);
    assert_eq!(expand("stable-*").await.unwrap(), ["stable-2024-02-08"]);
    assert_eq!(expand("1.76.0-*").await.unwrap(), ["1.76.0-2024-02-08"]);
    assert_eq!(expand("beta-*").await.unwrap_err(), "no matches for wild SPEC 'beta-*'");
}

#[tokio::test]
async fn what_is_not_here_is_missed_by_its_path() {
    let lab = Lab::new().await;
    let error = lab.mirror().await.list(&exact("stable")).await.unwrap_err();
    let path = lab.dest().join("channel-rust-stable.toml");
    assert_eq!(error.to_string(), format!("missing file {}", path.display()));
    assert!(lab.files().is_empty());
}
