//! Manifests: fetched alone, and bad ones.

use romt_runtime::one_line;

use crate::support::{DAY, LINUX, Lab, exact, line, stable};

async fn fetch(lab: &Lab, spec: &str) -> Result<Vec<String>, String> {
    let (mirror, mut told) = (lab.mirror().await, Vec::new());
    let on = &mut |event: romt_indexer::toolchains::ToolchainEvent<'_>| told.push(line(event));
    let fetched = mirror.fetch_manifest(&lab.client, &lab.upstream.base(), exact(spec)[0], on).await;
    fetched.map(|_| told).map_err(|error| one_line(error.as_ref()))
}

#[tokio::test]
async fn row_32_a_manifest_is_fetched_alone() {
    let lab = Lab::new().await;
    lab.upstream.publish(&stable());
    let told = fetch(&lab, "stable").await.unwrap();
    assert!(told.contains(&"release stable-2024-02-08(1.76.0)".to_owned()));
    let files = ["channel-rust-stable.toml", "channel-rust-stable.toml.sha256"];
    assert_eq!(lab.files().into_iter().collect::<Vec<_>>(), files);
    // As upstream has it, not as romt writes it.
    assert!(lab.read(files[1]).ends_with("  channel-rust-stable.toml\n"));
    fetch(&lab, "1.76.0-2024-02-08").await.unwrap();
    assert_eq!(lab.manifests(), [format!("{DAY}/channel-rust-1.76.0.toml"), files[0].to_owned()]);
}

/// What `download` says of a manifest, of which nothing may be left.
async fn refused(content: &[u8]) -> String {
    let lab = Lab::new().await;
    lab.upstream.put_manifest("channel-rust-stable.toml", content);
    let outcome = lab.download("stable", LINUX).await;
    assert!(lab.files().is_empty(), "{:?}", lab.files());
    let url = format!("{}/channel-rust-stable.toml", lab.upstream.base());
    let error = outcome.error().to_owned();
    assert!(error.contains(&url), "{error}");
    error.replace(&url, "URL")
}

#[tokio::test]
async fn a_bad_manifest_is_named_with_what_is_wrong() {
    let good = stable().manifest("https://upstream.test");
    let with = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        good.replacen(from, to, 1).into_bytes()
    };
    for (content, cause) in [
        (b"<html>404".to_vec(), "not a manifest in TOML"),
        (Vec::new(), "manifest-version is missing"),
        (with("date = \"2024-02-08\"\n", ""), "it has no date"),
        (
            with(
                "https://upstream.test/dist/2024-02-08/cargo-1.76.0-aarch64-apple-darwin.tar.xz",
                "https://upstream.test/x.tar.xz",
            ),
            "outside /dist/",
        ),
        (with("dist/2024-02-08/cargo-1.76.0-aarch64-apple-darwin.tar.xz", "dist/../../x.tar.xz"), "cannot be used"),
        (with("date = ", "date = \"2024-02-08\"\ndate = "), "duplicate key"),
        (good.as_bytes()[..good.len() / 2].to_vec(), ""),
    ] {
        let error = refused(&content).await;
        assert!(error.contains(cause), "{error}");
    }
    // The wrong one, and one of 200 MB: `a = 1` and blank lines.
    let error = refused(stable().manifest("https://u.test").replace("1.76.0 (", "1.76.0-nightly (").as_bytes()).await;
    assert_eq!(error, "URL is the manifest of nightly-2024-02-08(1.76.0), not of stable");
    let error = refused(&vec![b'\n'; 200 << 20]).await;
    assert!(error.contains("has more than 4194304 bytes"), "{error}");
}

#[tokio::test]
async fn a_manifest_that_its_hash_does_not_match_is_asked_for_once_more() {
    let lab = Lab::new().await;
    lab.upstream.publish(&stable());
    lab.upstream.put("channel-rust-stable.toml.sha256", format!("{}\n", "0".repeat(64)));
    let outcome = lab.download("stable", LINUX).await;
    assert!(outcome.error().starts_with("Bad hash for http://"), "{}", outcome.error());
    assert_eq!(lab.upstream.asked(), ["channel-rust-stable.toml", "channel-rust-stable.toml"]);
    assert!(lab.files().is_empty());
    // It was written anew in between.
    let (upstream, right) = (lab.upstream.clone(), stable().manifest("https://upstream.test"));
    lab.upstream.on_request(move |path| {
        if path == "channel-rust-stable.toml" {
            upstream.put_manifest(path, right.as_bytes());
        }
    });
    lab.download("stable", LINUX).await.good();
}

#[tokio::test]
async fn what_upstream_does_not_have_is_named() {
    let lab = Lab::new().await;
    let outcome = lab.download("1.99.0", LINUX).await;
    let url = format!("{}/channel-rust-1.99.0.toml.sha256", lab.upstream.base());
    assert_eq!(outcome.error(), format!("failed to download {url}: it is not there"));
}
