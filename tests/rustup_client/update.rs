//! Updating toolchains: after newer ones were mirrored, and while they are.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use romt_testkit::FakeToolchain;
use romt_tests::{SiteKind, both};

use crate::station::{Station, can_run, client, install};

both! {
    toolchains_are_updated_when_a_newer_release_was_mirrored,
    updates_while_newer_releases_are_published_never_fail,
}

fn toolchains_are_updated_when_a_newer_release_was_mirrored(kind: &SiteKind) {
    if !can_run("updating") {
        return;
    }
    let station = Station::new(kind);
    station.publish(FakeToolchain::stable("1.76.0", "2024-02-08"));
    station.publish(FakeToolchain::nightly("1.78.0", "2024-02-08"));
    station.mirror("stable nightly").succeeds();
    let server = station.serve();
    let client = client(&server);
    install(&client, "stable").succeeds();
    install(&client, "nightly").succeeds();
    client.rustup(&["component", "add", "rust-src", "--toolchain", "nightly"]).succeeds();
    client.rustup(&["update", "--no-self-update"]).succeeds().mentions("unchanged");

    station.publish(FakeToolchain::stable("1.77.0", "2024-03-21"));
    station.publish(FakeToolchain::nightly("1.79.0", "2024-03-21"));
    let unchanged = client.rustup(&["check"]).stdout;
    assert!(unchanged.contains("1.76.0") && !unchanged.contains("1.77.0"), "{unchanged}");
    station.mirror("stable nightly").succeeds();
    client.rustup(&["check"]).mentions("1.77.0").mentions("1.79.0");
    client.rustup(&["update", "--no-self-update"]).succeeds();
    assert_eq!(client.rustc_version("stable"), "rustc 1.77.0 (2024-03-21)");
    assert_eq!(client.rustc_version("nightly"), "rustc 1.79.0-nightly (2024-03-21)");
    let components = client.rustup(&["component", "list", "--installed", "--toolchain", "nightly"]).succeeds().stdout;
    assert!(components.contains("rust-src"), "what was added stays: {components}");
}

fn updates_while_newer_releases_are_published_never_fail(kind: &SiteKind) {
    if !can_run("updating while releases are published") {
        return;
    }
    let station = Station::new(kind);
    station.publish(FakeToolchain::stable("1.60.0", "2023-01-01"));
    station.mirror("stable").succeeds();
    let server = station.serve();
    let client = client(&server);
    install(&client, "stable").succeeds();

    let (over, seen) = (AtomicBool::new(false), Mutex::new(vec![client.rustc_version("stable")]));
    std::thread::scope(|scope| {
        let updating = scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                client.rustup(&["update", "stable", "--no-self-update"]).succeeds();
                let (version, mut seen) = (client.rustc_version("stable"), seen.lock().unwrap());
                if seen.last() != Some(&version) {
                    seen.push(version);
                }
            }
        });
        for number in 1..=8 {
            station.publish(FakeToolchain::stable(&format!("1.6{number}.0"), &format!("2023-01-0{}", number + 1)));
            station.mirror("stable").succeeds();
            // However quick this is, some updates are to meet it.
            while number % 4 == 0 && seen.lock().unwrap().len() <= number / 4 && !updating.is_finished() {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        over.store(true, Ordering::Relaxed);
        updating.join().expect("every update succeeds");
    });
    let seen = seen.into_inner().unwrap();
    assert!(seen.is_sorted() && seen.len() > 2, "{seen:?}");
    client.rustup(&["update", "--no-self-update"]).succeeds();
    assert_eq!(client.rustc_version("stable"), "rustc 1.68.0 (2023-01-09)");
}
