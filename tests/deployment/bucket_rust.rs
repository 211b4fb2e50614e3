//! Toolchains and rustup in a bucket: mirrored into it, served from it, and carried to another one.

#![expect(clippy::unwrap_used, reason = "a test's set-up fails by failing the test")]

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use romt_testkit::{DistUpstream, FakeToolchain, FaultyS3, Process, S3Fault, Serving, Upstream};
use romt_tests::{Chance, SYNCED, tell, wait_until};

use crate::boxes::{Side, Sides, names, wait_for_requests};

const LINUX: &str = "x86_64-unknown-linux-gnu";
const WINDOWS: &str = "x86_64-pc-windows-msvc";
const WANTED: [&str; 6] = ["--toolchain", "stable", "--target", "linux", "--rustup", "stable"];

fn release(upstream: &DistUpstream, version: &str, date: &str, rustup: &str) {
    // One of them is large enough to be stored in parts.
    let toolchain = FakeToolchain::stable(version, date).padding(50_000);
    upstream.publish(&toolchain.package("rustc", LINUX, vec![7; 6_000_000]));
    upstream.publish_rustup(rustup, &[LINUX, WINDOWS]);
    upstream.set_stable_rustup(rustup);
}

/// Two sides, of which one mirrors from `upstream`.
fn sides(test: &str, upstream: &DistUpstream) -> Option<Sides> {
    let mut sides = Sides::start(test, &Upstream::start())?;
    sides.exporter.deployment.set("ROMT_DIST_URL", &upstream.dist_url());
    sides.exporter.deployment.set("ROMT_RUSTUP_URL", &upstream.rustup_url());
    Some(sides)
}

fn synced(side: &mut Side) -> Process {
    let indexer = side.indexer("indexer", &WANTED);
    indexer.wait_for_lines(1, SYNCED);
    indexer
}

/// The files of toolchains and rustup in a bucket.
fn files(side: &Side) -> BTreeMap<String, Option<String>> {
    let mut files = side.stored("dist");
    files.extend(side.stored("rustup"));
    files
}

/// The same of the packages alone: those of the release of this day.
fn packages(side: &Side, date: &str) -> usize {
    let is_package = |key: &String| key.starts_with(&format!("dist/{date}/")) && key.ends_with(".tar.xz");
    side.stored("dist").into_keys().filter(is_package).count()
}

/// What rustup would ask for: what is named is there, and right.
#[track_caller]
fn usable(server: &Serving, upstream: &DistUpstream) {
    let get = |path: &str| {
        let answer = server.get(path);
        assert_eq!(answer.status, 200, "{path}");
        answer.body
    };
    let toml = |path: &str| toml::from_str::<toml::Value>(std::str::from_utf8(&get(path)).unwrap()).unwrap();
    let manifest = toml("/dist/channel-rust-stable.toml");
    let mut checked = 0;
    for package in ["rustc", "cargo", "rust-std"] {
        let target = &manifest["pkg"][package]["target"][LINUX];
        let url = target["xz_url"].as_str().unwrap();
        let path = &url[url.find("/dist/").unwrap()..];
        assert_eq!(get(path), upstream.file(path), "{path}");
        checked += 1;
    }
    assert_eq!(checked, 3);
    let stable = toml("/rustup/release-stable.toml");
    let version = stable["version"].as_str().unwrap();
    let program = get(&format!("/rustup/archive/{version}/{LINUX}/rustup-init"));
    assert_eq!(program, upstream.file(&format!("/rustup/archive/{version}/{LINUX}/rustup-init")));
}

#[test]
fn toolchains_and_rustup_go_from_bucket_to_bucket() {
    let upstream = DistUpstream::start();
    release(&upstream, "1.76.0", "2024-02-08", "1.27.0");
    let Some(mut sides) = sides("toolchains_and_rustup_go_from_bucket_to_bucket", &upstream) else { return };
    let _fetcher = sides.exporter.deployment.fetcher();
    let indexer = synced(&mut sides.exporter);
    let serving = sides.exporter.server();
    usable(&serving, &upstream);
    assert!(packages(&sides.exporter, "2024-02-08") >= 3);
    let _packers = [sides.exporter.packer(), sides.importer.packer()];
    let _admitting = sides.importer.indexer("indexer", &[]);
    let imported = sides.importer.server();
    for archive in sides.export(&["toolchain", "rustup"]) {
        sides.carry(&archive);
    }
    sides.importer.wait_until_admitted(2);
    usable(&imported, &upstream);
    assert_eq!(files(&sides.importer), files(&sides.exporter));
    indexer.terminate().succeeds();

    // A newer release of both, by an indexer that remembers nothing.
    release(&upstream, "1.77.0", "2024-03-21", "1.28.0");
    let indexer = sides.exporter.indexer("another", &WANTED);
    indexer.wait_for_lines(1, SYNCED);
    usable(&serving, &upstream);
    for archive in sides.export(&["toolchain", "rustup"]) {
        sides.carry(&archive);
    }
    // Those that were carried before are known.
    sides.importer.wait_until_admitted(4);
    usable(&imported, &upstream);
    assert_eq!(files(&sides.importer), files(&sides.exporter));
    assert_eq!(
        imported.get("/rustup/dist/x86_64-unknown-linux-gnu/rustup-init").body,
        upstream.file("/rustup/archive/1.28.0/x86_64-unknown-linux-gnu/rustup-init")
    );

    // A damaged one changes nothing.
    let before = sides.importer.stored("");
    let archive = names(&sides.exporter.path("outbox")).into_iter().rfind(|name| name.ends_with(".tar.gz")).unwrap();
    let content = fs::read(sides.exporter.path("outbox").join(archive)).unwrap();
    fs::write(sides.importer.path("inbox/cut.tar.gz"), &content[..content.len() - 20]).unwrap();
    wait_until("it is refused", || sides.importer.path("packer/quarantine/cut.tar.gz.reason").exists());
    assert_eq!(sides.importer.stored(""), before);
}

#[test]
fn a_toolchain_that_is_named_is_whole_however_often_the_packer_is_killed() {
    let mut chance = Chance::new("a_toolchain_that_is_named_is_whole");
    let upstream = DistUpstream::start();
    release(&upstream, "1.76.0", "2024-02-08", "1.27.0");
    let Some(mut sides) = sides("a_toolchain_that_is_named_is_whole", &upstream) else { return };
    let _fetcher = sides.exporter.deployment.fetcher();
    let _packer = sides.exporter.packer();
    let indexer = synced(&mut sides.exporter);
    let archives = sides.export(&["toolchain", "rustup"]);
    indexer.terminate().succeeds();
    // Slow enough to be killed between any two requests.
    let slow = FaultyS3::start(sides.s3.address(), |_| S3Fault::Slow(Duration::from_millis(20)));
    sides.importer.reach_by(&slow.endpoint());
    let _indexer = sides.importer.indexer("indexer", &[]);
    let server = sides.importer.server();
    let [rustup, toolchain] = &archives[..] else { panic!("{archives:?}") };
    sides.carry(toolchain);
    let mut partial = 0;
    for kill in 0..12 {
        let packer = sides.importer.watching_packer();
        // It comes further with each, or all would be over after the first.
        wait_for_requests(&slow, 2 + chance.below(8 + 3 * kill));
        packer.kill();
        if server.get("/dist/2024-02-08/channel-rust-stable.toml").status == 200 {
            assert_eq!(packages(&sides.importer, "2024-02-08"), packages(&sides.exporter, "2024-02-08"));
        } else {
            assert_eq!(server.get("/dist/channel-rust-stable.toml").status, 404, "its name is not ahead of it");
            partial += usize::from(packages(&sides.importer, "2024-02-08") > 0);
        }
    }
    tell(&format!("killed 12 times, {partial} of them with packages there and no manifest"));
    assert!(partial > 0, "it was killed at other times only");
    sides.carry(rustup);
    let _packer = sides.importer.watching_packer();
    sides.importer.wait_until_admitted(2);
    usable(&server, &upstream);
    assert_eq!(files(&sides.importer), files(&sides.exporter));
}
