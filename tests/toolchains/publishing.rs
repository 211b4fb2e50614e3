//! Under which names a release is published, and when.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use romt_dist::{Manifest, Profile};
use romt_testkit::{DistMirror, DistUpstream, FakeToolchain, Mischief, Place, RomtProgram, Serving, http};
use romt_tests::alike;

use crate::lab::{CANONICAL, DATELESS, LINUX, lab, linux_mirror, linux_mirror_by, shared};

#[test]
fn row_42_fixup_again_changes_nothing() {
    let upstream = lab();
    upstream.publish(&FakeToolchain::nightly("1.78.0", "2024-02-09"));
    alike("row_42_fixup_again_changes_nothing", |program| {
        let romt = DistMirror::of(&upstream, program);
        romt.toolchain("-s 'stable nightly' -t linux --components cargo download").succeeds();
        let whole = romt.dist();
        romt.toolchain("-s '*' fixup").succeeds();
        assert_eq!(romt.dist(), whole);
        // What is gone comes back from the folder of the day.
        for name in [DATELESS, "channel-rust-1.76.0.toml", "channel-rust-nightly.toml"] {
            fs::remove_file(romt.path("dist").join(name)).expect("a manifest");
            fs::remove_file(romt.path("dist").join(format!("{name}.sha256"))).expect("its hash");
        }
        for _ in 0..2 {
            romt.toolchain("-s '*' fixup").succeeds();
            assert_eq!(romt.dist().into_keys().collect::<Vec<_>>(), whole.keys().cloned().collect::<Vec<_>>());
        }
        shared(romt.dist())
    });
}

#[test]
fn row_43_an_older_release_does_not_replace_a_newer_one() {
    let upstream = lab();
    upstream.publish(&FakeToolchain::stable("1.75.0", "2023-12-28"));
    alike("row_43_an_older_release_does_not_replace_a_newer_one", |program| {
        let romt = linux_mirror_by(&upstream, program);
        let newest = romt.read(&format!("dist/{DATELESS}"));
        romt.toolchain("-s 1.75.0 -t linux --components cargo download").succeeds();
        assert!(romt.read(&format!("dist/{DATELESS}")) == newest);
        let old = upstream.file("/dist/channel-rust-1.75.0.toml");
        for name in ["channel-rust-1.75.0", "2023-12-28/channel-rust-1.75.0", "2023-12-28/channel-rust-stable"] {
            assert!(romt.read(&format!("dist/{name}.toml")).as_bytes() == old, "{name}");
        }
        romt.toolchain("-s 'stable-2023-12-28' fixup").succeeds();
        assert!(romt.read(&format!("dist/{DATELESS}")) == newest);
        shared(romt.dist())
    });
}

#[test]
fn row_137_a_manifest_is_never_ahead_of_its_packages() {
    let upstream = lab();
    let romt = linux_mirror(&upstream);
    let dist = romt.path("dist");
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut seen = BTreeSet::new();
            while !over.load(Ordering::SeqCst) {
                seen.insert(assert_whole(&dist));
            }
            seen.insert(assert_whole(&dist));
            seen
        });
        for (version, day) in [("1.77.0", "2024-03-21"), ("1.78.0", "2024-05-02"), ("1.79.0", "2024-06-13")] {
            upstream.publish(&FakeToolchain::stable(version, day).padding(20_000));
            romt.toolchain("-s stable -t linux download").succeeds();
        }
        over.store(true, Ordering::SeqCst);
        let seen = watch.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        assert!(seen.len() >= 2, "releases were seen to come: {seen:?}");
    });
    assert_eq!(romt.leftovers(), [""; 0]);
}

/// Every manifest that is there has all packages for Linux; returns which release the channel's is of.
fn assert_whole(dist: &Path) -> String {
    let mut stable = String::new();
    for name in [DATELESS, "channel-rust-1.77.0.toml", "channel-rust-1.78.toml", "2024-06-13/channel-rust-stable.toml"]
    {
        let Ok(text) = fs::read(dist.join(name)) else { continue };
        let manifest = Manifest::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        if name == DATELESS {
            stable = manifest.release().to_string();
        }
        for (_, file) in manifest.available_for(&LINUX.parse().expect("a target")) {
            assert!(dist.join(file.path.as_str()).exists(), "{name} is ahead of {}", file.path);
        }
    }
    stable
}

#[test]
fn row_137_clients_see_the_old_release_until_the_new_one_is_whole() {
    let upstream = lab();
    let romt = linux_mirror(&upstream);
    let serving = Serving::of(&romt);
    let url = format!("{}/dist/{DATELESS}", serving.base_url());
    let served = || http::get(&url).expect("an answer").text();
    let old = served();
    let newer = FakeToolchain::stable("1.77.0", "2024-03-21");
    upstream.publish(&newer);
    let rustc = format!("/dist/{}", newer.path("rustc", LINUX));
    upstream.http().misbehave(Place::file(&rustc), Mischief::Hold);
    let download = romt.spawn_toolchain("-s stable -t linux download");
    upstream.http().wait_until(|requests| requests.iter().any(|request| request.path == rustc));
    thread::sleep(Duration::from_millis(300));
    assert!(served() == old, "all but one package are here");
    assert_eq!(romt.manifests().iter().filter(|path| path.contains("1.77")).count(), 0);
    upstream.http().behave();
    download.wait().succeeds();
    assert!(served() == newer.manifest(upstream.server_url()));
}

#[test]
fn row_137_also_when_it_is_killed() {
    let upstream = lab();
    let romt = linux_mirror(&upstream);
    let before = romt.dist();
    let newer = FakeToolchain::stable("1.77.0", "2024-03-21");
    upstream.publish(&newer);
    let rustc = format!("/dist/{}", newer.path("rustc", LINUX));
    upstream.http().misbehave(Place::file(&rustc), Mischief::Hold);
    let download = romt.spawn_toolchain("-s stable -t linux download");
    upstream.http().wait_until(|requests| requests.iter().any(|request| request.path == rustc));
    thread::sleep(Duration::from_millis(200));
    download.kill();
    upstream.http().behave();
    let published = |romt: &DistMirror| {
        let mut files = romt.dist();
        files.retain(|path, _| !path.contains("1.77.0-") && !path.contains("rust-src-1.77"));
        files
    };
    assert_eq!(published(&romt), before);
    upstream.http().forget_requests();
    romt.toolchain("-s stable -t linux download verify").succeeds();
    assert_eq!(romt.leftovers(), [""; 0]);
    let packages = upstream.asked().into_iter().filter(|path| path.ends_with(".xz")).count();
    assert!(packages < 15, "what came before the kill is not fetched again, but {packages} were");
}

#[test]
fn row_133_everything_that_rustup_asks_for_is_served() {
    let upstream = DistUpstream::start_as(romt_upstream::defaults::DIST_SERVER);
    let nightly = FakeToolchain::nightly("1.78.0", "2024-02-09");
    for toolchain in [crate::lab::stable(), nightly.clone()] {
        upstream.publish(&toolchain);
    }
    upstream.publish_rustup("1.27.1", &[LINUX]);
    let romt = DistMirror::of(&upstream, &RomtProgram::ours());
    romt.toolchain("-s 'stable nightly' -t linux --profile default download").succeeds();
    romt.rustup("-s stable -t linux download").succeeds();
    let serving = Serving::of(&romt);
    let get = |path: &str| {
        let answer = http::get(&format!("{}{path}", serving.base_url())).expect("an answer");
        assert_eq!(answer.status, 200, "{path}");
        answer.body
    };
    let names = ["channel-rust-stable", "channel-rust-1.76.0", "channel-rust-1.76", "2024-02-08/channel-rust-stable"];
    let names = names.into_iter().chain(["channel-rust-nightly", "2024-02-09/channel-rust-nightly"]);
    for name in names {
        // First the hash, then the manifest, then each component that it lists for this host.
        let (hash, text) = (get(&format!("/dist/{name}.toml.sha256")), get(&format!("/dist/{name}.toml")));
        assert!(hash.starts_with(romt_types::Digest::of(&text).to_string().as_bytes()), "{name}");
        let manifest = Manifest::parse(&text).expect("a manifest");
        let host = LINUX.parse().expect("a target");
        let profile = manifest.profile(Profile::Default, &host).expect("a profile");
        let wanted: Vec<_> =
            manifest.available_for(&host).filter(|(package, _)| profile.contains(&package.name)).collect();
        assert_eq!(wanted.len(), 6);
        for (_, file) in wanted {
            assert_eq!(romt_types::Digest::of(&get(&format!("/dist/{}", file.path))), file.digest);
        }
    }
    assert!(get(&format!("/dist/{CANONICAL}")) == upstream.file(&format!("/dist/{CANONICAL}")));
    // What `rustup self update` asks for, and people.
    assert_eq!(get("/rustup/release-stable.toml"), "schema-version = \"1\"\nversion = \"1.27.1\"\n");
    for path in ["archive/1.27.1", "dist"].map(|folder| format!("/rustup/{folder}/{LINUX}/rustup-init")) {
        assert!(get(&path) == upstream.file(&path));
    }
}
