//! Installing toolchains, and adding to them.

use romt_testkit::{FakeToolchain, WITH_RUST_SRC};
use romt_tests::{SiteKind, both};

use crate::station::{OTHER, Station, can_run, client, install, named};

both! {
    stable_is_installed_and_added_to,
    releases_are_installed_by_all_their_names,
}

fn stable_is_installed_and_added_to(kind: &SiteKind) {
    if !can_run("installing stable") {
        return;
    }
    let station = Station::new(kind);
    station.publish(FakeToolchain::stable("1.76.0", "2024-02-08"));
    station.mirror("stable").succeeds();
    let server = station.serve();
    let Station { upstream, site: _site } = station;
    drop(upstream);

    let client = client(&server);
    install(&client, "stable").succeeds();
    assert_eq!(client.rustc_version("stable"), "rustc 1.76.0 (2024-02-08)");
    let folder = client.home().join("rustup/toolchains").join(named("stable"));
    assert!(!folder.join(WITH_RUST_SRC).exists(), "the profile has none");

    client.rustup(&["component", "add", "rust-src"]).succeeds();
    assert!(folder.join(WITH_RUST_SRC).exists());
    client.rustup(&["target", "add", OTHER]).succeeds();
    assert!(folder.join(format!("lib/rustlib/{OTHER}/lib/libstd.rlib")).exists());
    let targets = client.rustup(&["target", "list", "--installed"]).succeeds().stdout;
    assert!(targets.contains(OTHER), "{targets}");

    // It is in the manifest, and was not mirrored.
    client.rustup(&["component", "add", "rust-docs"]).exits_with(1).mentions("rust-docs");
    client.rustup(&["target", "add", "arm-unknown-none"]).exits_with(1).mentions("arm-unknown-none");
    assert_eq!(client.rustc_version("stable"), "rustc 1.76.0 (2024-02-08)", "it is as it was");
}

fn releases_are_installed_by_all_their_names(kind: &SiteKind) {
    if !can_run("installing by name") {
        return;
    }
    let station = Station::new(kind);
    station.publish(FakeToolchain::stable("1.75.0", "2023-12-28"));
    station.publish(FakeToolchain::stable("1.76.0", "2024-02-08"));
    station.publish(FakeToolchain::stable("1.76.1", "2024-02-20"));
    station.publish(FakeToolchain::beta("1.77.0", 3, "2024-02-21"));
    station.publish(FakeToolchain::nightly("1.78.0", "2024-02-21"));
    station.publish(FakeToolchain::nightly("1.78.0", "2024-02-22"));
    station.mirror("stable 1.75.0 1.76.0 1.76.1 beta nightly-2024-02-21 nightly").succeeds();
    let server = station.serve();

    let client = client(&server);
    for (name, rustc) in [
        ("1.75.0", "1.75.0 (2023-12-28)"),
        ("1.75", "1.75.0 (2023-12-28)"),
        ("1.76.0", "1.76.0 (2024-02-08)"),
        // The newest of its patch releases.
        ("1.76", "1.76.1 (2024-02-20)"),
        ("stable", "1.76.1 (2024-02-20)"),
        ("stable-2024-02-08", "1.76.0 (2024-02-08)"),
        ("beta", "1.77.0-beta.3 (2024-02-21)"),
        ("1.77.0-beta.3", "1.77.0-beta.3 (2024-02-21)"),
        ("nightly-2024-02-21", "1.78.0-nightly (2024-02-21)"),
        ("nightly", "1.78.0-nightly (2024-02-22)"),
    ] {
        install(&client, name).succeeds();
        assert_eq!(client.rustc_version(name), format!("rustc {rustc}"), "{name}");
    }
    for name in ["1.74.0", "1.74", "nightly-2024-02-20"] {
        let outcome = install(&client, name);
        assert_ne!(outcome.status, Some(0), "{outcome}");
    }
    assert_eq!(client.toolchains().len(), 10);
}

/// By hand; what two deployments exchange is in `tests/boxes`.
#[test]
fn releases_that_came_in_an_archive_are_installed() {
    if !can_run("installing what came in an archive") {
        return;
    }
    let outside = Station::by_hand();
    outside.publish(FakeToolchain::stable("1.76.0", "2024-02-08"));
    outside.publish(FakeToolchain::nightly("1.78.0", "2024-02-22"));
    let specs = "stable nightly-2024-02-22";
    outside.toolchain(&[&Station::download(specs)[..], &["pack"]].concat()).succeeds();

    let inside = Station::by_hand();
    inside.site.take(&outside.site.folder().join("toolchain.tar.gz"));
    drop(outside);
    inside.toolchain(&["unpack"]).succeeds();
    assert_eq!(inside.upstream.asked(), Vec::<String>::new(), "there is no network");
    let server = inside.serve();
    let client = client(&server);
    for (name, rustc) in [
        ("stable", "1.76.0 (2024-02-08)"),
        ("1.76", "1.76.0 (2024-02-08)"),
        ("nightly-2024-02-22", "1.78.0-nightly (2024-02-22)"),
    ] {
        install(&client, name).succeeds();
        assert_eq!(client.rustc_version(name), format!("rustc {rustc}"), "{name}");
    }
    client.rustup(&["target", "add", OTHER, "--toolchain", "stable"]).succeeds();
}
