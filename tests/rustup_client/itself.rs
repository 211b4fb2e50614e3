//! rustup itself: installed from the mirror, and updated from it.

use std::fs;

use romt_dist::testing::HOST;
use romt_testkit::{FakeToolchain, RustupClient, http};

use crate::station::{Station, can_run, client, named};

/// The real rustup as another release: what stands behind a program does not matter to it.
fn release(number: u8) -> Vec<u8> {
    let mut program = fs::read(RustupClient::program().expect("rustup was there a moment ago")).expect("rustup");
    program.push(number);
    program
}

#[test]
fn rustup_updates_itself() {
    if !can_run("rustup self update") {
        return;
    }
    let station = Station::new();
    let installed = fs::read(RustupClient::program().expect("rustup was there a moment ago")).expect("rustup");
    station.upstream.put_rustup("90.0.0", HOST, release(90));
    station.upstream.set_stable_rustup("90.0.0");
    station.rustup(&["-s", "stable", "-t", "linux", "download"]).succeeds();
    let server = station.serve();
    let client = client(&server);
    assert!(fs::read(client.own_rustup()).unwrap() == installed);
    client.rustup(&["check"]).mentions("90.0.0");
    client.rustup(&["self", "update"]).succeeds().mentions("90.0.0");
    assert!(fs::read(client.own_rustup()).unwrap() == release(90), "it is the one that was mirrored");

    // A newer one, together with the toolchains.
    station.upstream.put_rustup("91.0.0", HOST, release(91));
    station.upstream.set_stable_rustup("91.0.0");
    station.rustup(&["-s", "stable", "-t", "linux", "download"]).succeeds();
    station.publish(FakeToolchain::stable("1.76.0", "2024-02-08"));
    station.mirror("stable").succeeds();
    client.rustup(&["toolchain", "install", "stable", "--profile", "minimal"]).succeeds();
    client.rustup(&["update"]).succeeds();
    assert!(fs::read(client.own_rustup()).unwrap() == release(91));
    assert_eq!(client.rustc_version("stable"), "rustc 1.76.0 (2024-02-08)");
}

#[test]
fn rustup_is_installed_from_the_mirror() {
    if !can_run("rustup-init") {
        return;
    }
    let outside = Station::new();
    outside.publish(FakeToolchain::stable("1.76.0", "2024-02-08"));
    outside.upstream.put_rustup("90.0.0", HOST, release(90));
    outside.upstream.set_stable_rustup("90.0.0");
    outside.toolchain(&[&Station::download("stable")[..], &["pack"]].concat()).succeeds();
    outside.rustup(&["-s", "stable", "-t", "linux", "download", "pack"]).succeeds();

    let inside = Station::new();
    for archive in ["toolchain.tar.gz", "rustup.tar.gz"] {
        inside.romt.take(&outside.romt.folder().join(archive));
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
