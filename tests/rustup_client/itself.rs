//! rustup itself: installed from the mirror, and updated from it.

use std::fs;

use romt_dist::testing::HOST;
use romt_testkit::{FakeToolchain, RustupClient, http};
use romt_tests::{SiteKind, both};

use crate::station::{Station, can_run, client, named};

both! {
    rustup_updates_itself,
}

/// The real rustup as another release: what stands behind a program does not matter to it.
fn release(number: u8) -> Vec<u8> {
    let mut program = fs::read(RustupClient::program().expect("rustup was there a moment ago")).expect("rustup");
    program.push(number);
    program
}

fn rustup_updates_itself(kind: &SiteKind) {
    if !can_run("rustup self update") {
        return;
    }
    let station = Station::new(kind);
    let installed = fs::read(RustupClient::program().expect("rustup was there a moment ago")).expect("rustup");
    station.upstream.put_rustup("90.0.0", HOST, release(90));
    station.upstream.set_stable_rustup("90.0.0");
    station.mirror_rustup().succeeds();
    let server = station.serve();
    let client = client(&server);
    assert!(fs::read(client.own_rustup()).unwrap() == installed);
    client.rustup(&["check"]).mentions("90.0.0");
    client.rustup(&["self", "update"]).succeeds().mentions("90.0.0");
    assert!(fs::read(client.own_rustup()).unwrap() == release(90), "it is the one that was mirrored");

    // A newer one, together with the toolchains.
    station.upstream.put_rustup("91.0.0", HOST, release(91));
    station.upstream.set_stable_rustup("91.0.0");
    station.mirror_rustup().succeeds();
    station.publish(FakeToolchain::stable("1.76.0", "2024-02-08"));
    station.mirror("stable").succeeds();
    client.rustup(&["toolchain", "install", "stable", "--profile", "minimal"]).succeeds();
    client.rustup(&["update"]).succeeds();
    assert!(fs::read(client.own_rustup()).unwrap() == release(91));
    assert_eq!(client.rustc_version("stable"), "rustc 1.76.0 (2024-02-08)");
}

/// By hand; what two deployments exchange is in `tests/boxes`.
#[test]
fn rustup_is_installed_from_the_mirror() {
    if !can_run("rustup-init") {
        return;
    }
    let outside = Station::by_hand();
    outside.publish(FakeToolchain::stable("1.76.0", "2024-02-08"));
    outside.upstream.put_rustup("90.0.0", HOST, release(90));
    outside.upstream.set_stable_rustup("90.0.0");
    outside.toolchain(&[&Station::download("stable")[..], &["pack"]].concat()).succeeds();
    outside.rustup(&["-s", "stable", "-t", "linux", "download", "pack"]).succeeds();

    let inside = Station::by_hand();
    for archive in ["toolchain.tar.gz", "rustup.tar.gz"] {
        inside.site.take(&outside.site.folder().join(archive));
    }
    drop(outside);
    inside.toolchain(&["unpack"]).succeeds();
    inside.rustup(&["unpack"]).succeeds();
    let server = inside.serve();
    let program = http::get(&format!("{}/rustup/dist/{HOST}/rustup-init", server.base_url())).unwrap();
    assert!(program.status == 200 && program.body == release(90));

    let client = RustupClient::without_rustup(server.base_url());
    client.init(&program.body, &["--profile", "minimal"]).succeeds();
    assert!(fs::read(client.own_rustup()).unwrap() == release(90));
    assert_eq!(client.toolchains(), [named("stable")]);
    let rustc = client.spawn(client.cargo_home().join("bin/rustc"), &["--version"], client.home()).wait().succeeds();
    assert_eq!(rustc.stdout, "rustc 1.76.0 (2024-02-08)\n");
}
