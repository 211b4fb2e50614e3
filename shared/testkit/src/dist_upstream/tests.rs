//! The fake upstream of toolchains is what clients expect.

use romt_dist::testing::{HOST, KeyFault, SigningKey};
use romt_dist::{Keyring, Manifest, RustupRelease};

use super::*;
use crate::http;

fn get(upstream: &DistUpstream, path: &str) -> Bytes {
    let answer = http::get(&format!("{}{path}", upstream.server_url())).unwrap();
    assert_eq!(answer.status, 200, "{path}");
    answer.body
}

#[test]
fn a_release_is_there_with_all_its_packages_and_names() {
    let upstream = DistUpstream::start();
    let toolchain = FakeToolchain::stable("1.76.0", "2024-02-08").package("rustc", HOST, "real");
    upstream.publish(&toolchain);
    let text = get(&upstream, "/dist/2024-02-08/channel-rust-stable.toml");
    let manifest = Manifest::parse(&text).unwrap();
    assert!(manifest.available_targets().len() >= 90 && manifest.available().count() >= 400);
    for (_, file) in manifest.available() {
        let content = get(&upstream, &format!("/dist/{}", file.path));
        assert_eq!(Digest::of(&content), file.digest, "{}", file.path);
    }
    assert_eq!(get(&upstream, &format!("/dist/{}", toolchain.path("rustc", HOST))), "real");
    for name in ["channel-rust-stable", "channel-rust-1.76.0", "channel-rust-1.76", "2024-02-08/channel-rust-1.76.0"] {
        assert_eq!(get(&upstream, &format!("/dist/{name}.toml")), text);
        let hash = get(&upstream, &format!("/dist/{name}.toml.sha256"));
        assert!(hash.starts_with(Digest::of(&text).to_string().as_bytes()));
    }
    assert!(String::from_utf8_lossy(&text).contains(&format!("xz_url = \"{}/dist/2024-02-08/", upstream.server_url())));
    let upstream = DistUpstream::start_as("https://public.test");
    upstream.publish(&toolchain);
    assert!(toolchain.manifest("https://public.test") == get(&upstream, "/dist/channel-rust-stable.toml"));
}

#[test]
fn names_move_on_to_newer_releases_only() {
    let upstream = DistUpstream::start();
    let release = |name: &str| {
        let manifest = Manifest::parse(&get(&upstream, &format!("/dist/channel-rust-{name}.toml"))).unwrap();
        manifest.release().to_string()
    };
    upstream.publish(&FakeToolchain::stable("1.76.0", "2024-02-08"));
    upstream.publish(&FakeToolchain::stable("1.75.0", "2023-12-28"));
    assert_eq!(release("stable"), "stable-2024-02-08(1.76.0)");
    assert_eq!(release("1.75"), "stable-2023-12-28(1.75.0)");
    upstream.publish(&FakeToolchain::stable("1.77.0", "2024-03-21"));
    upstream.publish(&FakeToolchain::beta("1.78.0", 3, "2024-03-22"));
    upstream.publish(&FakeToolchain::nightly("1.79.0", "2024-03-22"));
    assert_eq!(release("stable"), "stable-2024-03-21(1.77.0)");
    assert_eq!(release("1.78.0-beta.3"), release("beta"));
    assert_eq!(release("nightly"), "nightly-2024-03-22(1.79.0)");
    assert_eq!(release("1.76.0"), "stable-2024-02-08(1.76.0)");
}

#[test]
fn signatures_are_made_when_they_are_asked_for() {
    let upstream = DistUpstream::start();
    upstream.publish(&FakeToolchain::stable("1.76.0", "2024-02-08"));
    let path = "/dist/channel-rust-stable.toml";
    let asc = format!("{}{path}.asc", upstream.server_url());
    assert_eq!(http::get(&asc).unwrap().status, 404);
    for key in [SigningKey::new(KeyFault::None), SigningKey::stranger(), SigningKey::full_size()] {
        upstream.sign_with(Some(&key));
        let mut keyring = Keyring::empty();
        keyring.add(&key.public()).unwrap();
        let verify = |signature: &[u8]| keyring.verify_detached(signature, &*upstream.file(path)).is_ok();
        assert!(verify(&http::get(&asc).unwrap().body));
        assert!(!verify(b"no signature"));
    }
    upstream.put(&format!("{path}.asc"), "given");
    assert_eq!(http::get(&asc).unwrap().body, "given");
}

#[test]
fn rustup_is_there() {
    let upstream = DistUpstream::start();
    let windows = "x86_64-pc-windows-msvc";
    upstream.publish_rustup("1.26.0", &[HOST]);
    upstream.publish_rustup("1.27.1", &[HOST, windows]);
    let stable = get(&upstream, "/rustup/release-stable.toml");
    assert_eq!(RustupRelease::parse(&stable).unwrap().version.to_string(), "1.27.1");
    let program = get(&upstream, &format!("/rustup/archive/1.27.1/{windows}/rustup-init.exe"));
    assert_eq!(program, get(&upstream, &format!("/rustup/dist/{windows}/rustup-init.exe")));
    let hash = get(&upstream, &format!("/rustup/archive/1.27.1/{windows}/rustup-init.exe.sha256"));
    assert_eq!(hash, format!("{}\n", Digest::of(&program)));
    assert!(get(&upstream, &format!("/rustup/dist/{HOST}/rustup-init")).starts_with(b"rustup-init 1.27.1 for x86_64"));
}

#[test]
fn it_can_be_a_folder_too() {
    let upstream = DistUpstream::start();
    upstream.publish(&FakeToolchain::nightly("1.78.0", "2024-02-08").padding(100));
    upstream.publish_rustup("1.27.1", &[HOST]);
    let folder = tempfile::tempdir().unwrap();
    upstream.copy_to(folder.path());
    for path in ["/dist/channel-rust-nightly.toml", "/rustup/release-stable.toml"] {
        assert_eq!(fs::read(folder.path().join(&path[1..])).unwrap(), upstream.file(path));
    }
}
