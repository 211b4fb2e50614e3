//! A disk that is full: a clear error, nothing published, nothing lost.

use std::fs;

use romt_testkit::{DistMirror, DistUpstream, FakeToolchain, RomtProgram};
use romt_tests::SmallDisk;

use crate::lab::{LINUX, lab};

const FULL: &str = "No space left on device";

/// A release of 15 files of 20 kB for Linux.
fn upstream() -> DistUpstream {
    let upstream = lab();
    upstream.publish(&newer());
    upstream
}

fn newer() -> FakeToolchain {
    FakeToolchain::stable("1.77.0", "2024-03-21").padding(20_000)
}

#[test]
fn download_to_a_full_disk() {
    let upstream = upstream();
    let romt = DistMirror::of(&upstream, &RomtProgram::ours());
    // A manifest has 400 kB, and there are five of each.
    let Some(disk) = SmallDisk::mount("download_to_a_full_disk", &romt.path("dist"), 4_000) else { return };
    romt.toolchain("-s 1.76.0 -t linux --components cargo download").succeeds();
    fs::write(romt.path("dist/ballast"), vec![1; disk.free() - 200_000]).expect("it fits");
    let before = romt.dist();
    let outcome = romt.toolchain("-s stable -t linux download").exits_with(1);
    outcome.says(FULL).never_says("panicked");
    let mut now = romt.dist();
    now.retain(|path, _| before.contains_key(path));
    assert_eq!(now, before, "nothing is lost");
    assert!(!romt.manifests().iter().any(|path| path.contains("1.77") || path.starts_with("2024-03-21")));
    romt.toolchain("-s 1.76.0 --components cargo verify").succeeds();
    assert_eq!(romt.leftovers(), [""; 0]);
    // The packages fit, and the manifests do not.
    fs::remove_file(romt.path("dist/ballast")).expect("ballast");
    fs::write(romt.path("dist/ballast"), vec![1; disk.free() - 600_000]).expect("it fits");
    romt.toolchain("-s stable -t linux download").exits_with(1).says(FULL);
    romt.toolchain("-s '*' --components cargo verify").succeeds();
    assert_eq!(romt.leftovers(), [""; 0]);
    disk.grow(20_000);
    romt.toolchain("-s stable -t linux download verify").succeeds();
    assert_eq!(romt.packages().iter().filter(|path| path.contains("1.77.0")).count(), 15);
}

#[test]
fn unpack_to_a_full_disk() {
    let upstream = upstream();
    upstream.publish_rustup("1.27.1", &[LINUX]);
    let exporter = DistMirror::of(&upstream, &RomtProgram::ours());
    exporter.toolchain("-s stable -t linux download pack").succeeds();
    let importer = DistMirror::importer(&RomtProgram::ours());
    let disk = SmallDisk::mount("unpack_to_a_full_disk", &importer.path("m"), 300);
    let Some(disk) = disk else { return };
    importer.take(&exporter, "toolchain.tar.gz");
    let unpack = "--dest m/dist --archive toolchain.tar.gz unpack";
    importer.toolchain(unpack).exits_with(1).says(FULL).never_says("panicked");
    assert!(importer.files_below("m/dist").is_empty());
    for kilobytes in [800, 1_200, 1_600] {
        // Somewhere on the way: no manifest without its packages.
        disk.grow(kilobytes);
        let outcome = importer.toolchain(unpack);
        if outcome.status == Some(0) {
            break;
        }
        outcome.exits_with(1).says(FULL);
        let files = importer.files_below("m/dist");
        let manifest = files.keys().any(|path| path.ends_with(".toml"));
        assert!(!manifest || files.keys().filter(|path| path.ends_with(".xz")).count() == 15, "{files:?}");
    }
    disk.grow(20_000);
    importer.toolchain(unpack).succeeds();
    importer.toolchain("--dest m/dist -s stable verify").succeeds();
}

#[test]
fn pack_to_a_full_disk() {
    let upstream = upstream();
    upstream.publish_rustup("1.27.1", &[LINUX]);
    let romt = DistMirror::of(&upstream, &RomtProgram::ours());
    romt.toolchain("-s stable -t linux download").succeeds();
    romt.rustup("-s stable -t linux download").succeeds();
    let Some(_disk) = SmallDisk::mount("pack_to_a_full_disk", &romt.path("out"), 100) else { return };
    romt.rustup("-s stable --archive out/rustup.tar pack").succeeds();
    let old = romt.files_below("out");
    romt.toolchain("-s stable --archive out/toolchain.tar pack").exits_with(1).says(FULL).never_says("panicked");
    assert_eq!(romt.files_below("out"), old, "nothing half-written, and the old archive is whole");
}

#[test]
fn rustup_to_a_full_disk() {
    let upstream = upstream();
    upstream.publish_rustup("1.26.0", &[LINUX]);
    let romt = DistMirror::of(&upstream, &RomtProgram::ours());
    let Some(disk) = SmallDisk::mount("rustup_to_a_full_disk", &romt.path("rustup"), 100) else { return };
    romt.rustup("-s stable -t linux download").succeeds();
    let before = romt.rustup_files();
    upstream.put_rustup("1.27.1", LINUX, vec![7; 200_000]);
    upstream.set_stable_rustup("1.27.1");
    romt.rustup("-s stable -t linux download").exits_with(1).says(FULL).never_says("panicked");
    assert_eq!(romt.rustup_files(), before);
    romt.rustup("-s latest verify").succeeds();
    disk.grow(1_000);
    romt.rustup("-s stable -t linux download verify").succeeds();
    assert_eq!(romt.rustup("-s latest -q list").succeeds().stdout, "1.27.1\n");
}
