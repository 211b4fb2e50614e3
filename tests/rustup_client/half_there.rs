//! Releases that are half there: rustup installs nothing, and says why.

use romt_dist::testing::HOST;
use romt_testkit::FakeToolchain;
use romt_tests::{SiteKind, both};

use crate::station::{OTHER, Station, can_run, client, install};

both! {
    a_release_of_which_upstream_lacks_a_package_is_never_seen,
    a_mirror_that_was_damaged_installs_nothing_wrong,
}

const OLD: &str = "rustc 1.76.0 (2024-02-08)";

fn old() -> FakeToolchain {
    FakeToolchain::stable("1.76.0", "2024-02-08")
}

fn new() -> FakeToolchain {
    FakeToolchain::stable("1.77.0", "2024-03-21")
}

fn a_release_of_which_upstream_lacks_a_package_is_never_seen(kind: &SiteKind) {
    if !can_run("a release that is half there upstream") {
        return;
    }
    let station = Station::new(kind);
    station.publish(old());
    station.mirror("stable").succeeds();
    let server = station.serve();
    let client = client(&server);
    install(&client, "stable").succeeds();

    station.publish(new());
    let path = format!("/dist/{}", new().path("rustc", HOST));
    let content = station.upstream.http().remove_file(&path);
    station.mirror("stable").exits_with(1).mentions("rustc-1.77.0");
    client.rustup(&["check"]).mentions("1.76.0");
    client.rustup(&["update", "--no-self-update"]).succeeds().mentions("unchanged");
    assert_eq!(client.rustc_version("stable"), OLD);
    let fresh = crate::station::client(&server);
    for name in ["1.77.0", "1.77", "stable-2024-03-21"] {
        let outcome = install(&fresh, name);
        assert_ne!(outcome.status, Some(0), "{outcome}");
        assert_eq!(fresh.toolchains(), Vec::<String>::new());
    }
    install(&fresh, "stable").succeeds();
    assert_eq!(fresh.rustc_version("stable"), OLD);

    station.upstream.put(&path, content);
    station.mirror("stable").succeeds();
    client.rustup(&["update", "--no-self-update"]).succeeds();
    assert_eq!(client.rustc_version("stable"), "rustc 1.77.0 (2024-03-21)");
}

fn a_mirror_that_was_damaged_installs_nothing_wrong(kind: &SiteKind) {
    if !can_run("a damaged mirror") {
        return;
    }
    let station = Station::new(kind);
    station.publish(old());
    station.mirror("stable").succeeds();
    let server = station.serve();
    let client = client(&server);
    install(&client, "stable").succeeds();
    station.publish(new());
    station.mirror("stable").succeeds();

    let site = &station.site;
    let package = format!("dist/{}", new().path("cargo", HOST));
    let good = site.read(&package);
    let library = format!("dist/{}", new().path("rust-std", OTHER));
    for (damage, said) in [(None, "404"), (Some(&good[1..]), "checksum")] {
        site.lose(&package);
        if let Some(bytes) = damage {
            site.spoil(&package, bytes);
        }
        client.rustup(&["update", "--no-self-update"]).exits_with(1).mentions("download failed for cargo");
        // rustup 1.29 does not always put back all of the old one; nothing of the new one may be there.
        let rustc = client.run_in(client.home(), "stable", &["rustc", "--version"]);
        assert!(rustc.stdout.is_empty() || rustc.stdout.trim() == OLD, "{rustc}");
        let fresh = crate::station::client(&server);
        install(&fresh, "stable").exits_with(1).mentions("download failed for cargo").mentions(said);
        fresh.rustup(&["toolchain", "list"]).succeeds().mentions("no installed toolchains");
        site.spoil(&package, &good);
    }
    site.spoil(&library, b"spoilt");
    client.rustup(&["update", "--no-self-update"]).succeeds();
    client.rustup(&["target", "add", OTHER]).exits_with(1).mentions("checksum");
    assert_eq!(client.rustc_version("stable"), "rustc 1.77.0 (2024-03-21)");

    // A manifest that is not the one its hash is of.
    let manifest = "dist/channel-rust-stable.toml";
    let text = String::from_utf8(site.read(manifest)).unwrap();
    site.spoil(manifest, text.replace("1.77.0", "1.77.1").as_bytes());
    let fresh = crate::station::client(&server);
    install(&fresh, "stable").exits_with(1).mentions("checksum");
    assert_eq!(fresh.toolchains(), Vec::<String>::new());
}
