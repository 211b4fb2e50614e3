//! Archives of ours for Python romt, and of Python romt for ours: equal trees at the end.

use romt_dist::testing::{KeyFault, SigningKey};
use romt_testkit::{DistMirror, DistUpstream, FakeToolchain, RomtProgram};
use romt_tests::python_romt;

use crate::lab::{LINUX, WINDOWS, lab, shared, without_hash_files};

/// What one side downloads, in several calls, and packs; and whether Python romt can take it over.
struct Export {
    downloads: &'static [&'static str],
    specs: &'static str,
    archive: &'static str,
    python_takes_it: bool,
}

const EXPORTS: [Export; 5] = [
    Export {
        downloads: &["-s stable -t linux download"],
        specs: "stable",
        archive: "toolchain.tar.gz",
        python_takes_it: true,
    },
    Export {
        downloads: &["-s stable -t linux download", "-s stable -t x86_64-unknown-linux-musl --cross download"],
        specs: "latest",
        archive: "toolchain.tar",
        python_takes_it: true,
    },
    // Several SPECs.
    Export {
        downloads: &["-s 'stable nightly-2024-02-09 beta' -t linux,windows download"],
        specs: "'stable nightly-2024-02-09 beta'",
        archive: "toolchain.tar.gz",
        python_takes_it: true,
    },
    // One without anything of its own but a library.
    Export {
        downloads: &["-s nightly -t armv5te-linux-android download"],
        specs: "nightly",
        archive: "toolchain.tgz",
        python_takes_it: true,
    },
    // Uneven targets: Python romt wants each SPEC's targets of all, and stops before it publishes.
    Export {
        downloads: &["-s stable -t linux download", "-s nightly -t windows download"],
        specs: "'*'",
        archive: "toolchain.tar.gz",
        python_takes_it: false,
    },
];

fn upstream(key: Option<&SigningKey>) -> DistUpstream {
    let upstream = lab();
    upstream.publish(&FakeToolchain::nightly("1.78.0", "2024-02-09"));
    upstream.publish(&FakeToolchain::beta("1.77.0", 3, "2024-02-08"));
    upstream.sign_with(key);
    upstream
}

/// One archive from `from` to `to`.
fn exchange(upstream: &DistUpstream, export: &Export, key: Option<&SigningKey>, from: &RomtProgram, to: &RomtProgram) {
    let mut exporter = DistMirror::of(upstream, from);
    let mut importer = DistMirror::importer(to);
    if let Some(key) = key {
        exporter.believe(key);
        importer.believe(key);
    }
    for download in export.downloads {
        exporter.toolchain(download).succeeds();
    }
    let archive = export.archive;
    exporter.toolchain(&format!("-s {} --archive {archive} pack", export.specs)).succeeds();
    importer.take(&exporter, archive);
    let outcome = importer.toolchain(&format!("--archive {archive} unpack"));
    // Hash files of copies are each program's own.
    let trees = [&exporter, &importer].map(|mirror| without_hash_files(shared(mirror.dist())));
    if to.is_python() && !export.python_takes_it {
        assert_ne!(outcome.status, Some(0), "it can do it after all\n{outcome}");
        let dated = |path: &String| path.starts_with("2024") && !path.contains("channel-rust-1.");
        let [exported, imported] = trees.map(|mut tree| {
            tree.retain(|path, _| dated(path));
            tree
        });
        assert_eq!(imported, exported, "it unpacked all the same");
        return;
    }
    outcome.succeeds();
    let [exported, imported] = trees;
    assert_eq!(imported, exported);
    let signatures = importer.dist_files_like(".asc").len();
    assert_eq!(signatures > 0, key.is_some());
    importer.toolchain(&format!("-s {} verify", export.specs)).succeeds();
}

/// Exports both ways.
fn exchange_all(test: &str, key: Option<&SigningKey>, exports: &[&Export]) {
    let Some(python) = python_romt(test) else { return };
    let (ours, upstream) = (RomtProgram::ours(), upstream(key));
    for export in exports {
        for (from, to) in [(&ours, &python), (&python, &ours)] {
            exchange(&upstream, export, key, from, to);
        }
    }
}

#[test]
fn row_50_unsigned_both_ways() {
    exchange_all("row_50_unsigned_both_ways", None, &[&EXPORTS[0], &EXPORTS[1], &EXPORTS[3]]);
}

#[test]
fn row_50_several_releases_both_ways() {
    exchange_all("row_50_several_releases_both_ways", None, &[&EXPORTS[2]]);
}

#[test]
fn row_50_uneven_targets_both_ways() {
    exchange_all("row_50_uneven_targets_both_ways", None, &[&EXPORTS[4]]);
}

#[test]
fn row_50_signed_both_ways() {
    let key = SigningKey::new(KeyFault::None);
    exchange_all("row_50_signed_both_ways", Some(&key), &[&EXPORTS[0], &EXPORTS[4]]);
}

#[test]
fn row_50_several_signed_releases_both_ways() {
    let key = SigningKey::full_size();
    let test = "row_50_several_signed_releases_both_ways";
    let export = Export { downloads: &["-s 'stable nightly' -t linux download"], specs: "'*'", ..EXPORTS[2] };
    exchange_all(test, Some(&key), &[&export]);
}

#[test]
fn a_mirror_goes_on_with_the_other_program() {
    let Some(python) = python_romt("a_mirror_goes_on_with_the_other_program") else { return };
    let ours = RomtProgram::ours();
    for (first, second) in [(&ours, &python), (&python, &ours)] {
        let upstream = upstream(None);
        let mut romt = DistMirror::of(&upstream, first);
        romt.toolchain("-s stable -t linux download").succeeds();
        let before = romt.dist();
        romt.continue_with(second);
        romt.toolchain("-s stable verify").succeeds();
        upstream.http().forget_requests();
        romt.toolchain("-s stable -t linux download fixup").succeeds();
        assert!(!upstream.asked().iter().any(|path| path.ends_with(".xz")), "everything is here");
        assert_eq!(shared(without_hash_files(romt.dist())), shared(without_hash_files(before)));
        let newer = FakeToolchain::stable("1.77.0", "2024-03-21");
        upstream.publish(&newer);
        romt.toolchain("-s stable -t linux download").succeeds();
        romt.continue_with(first);
        romt.toolchain("-s '*' verify list").succeeds();
        let manifest = newer.manifest(upstream.server_url());
        assert!(romt.read("dist/channel-rust-stable.toml") == manifest);
    }
}

#[test]
fn rows_71_to_73_rustup_both_ways() {
    let Some(python) = python_romt("rows_71_to_73_rustup_both_ways") else { return };
    let upstream = DistUpstream::start();
    upstream.publish_rustup("1.9.0", &[LINUX]);
    upstream.publish_rustup("1.27.1", &[LINUX, WINDOWS]);
    let ours = RomtProgram::ours();
    for (from, to) in [(&ours, &python), (&python, &ours)] {
        for (targets, archive) in [("linux", "rustup.tar.gz"), ("linux,windows", "rustup.tar")] {
            let (exporter, importer) = (DistMirror::of(&upstream, from), DistMirror::importer(to));
            exporter.rustup("-s 1.9.0 -t linux download").succeeds();
            exporter.rustup(&format!("-s stable -t {targets} download")).succeeds();
            exporter.rustup(&format!("-s '*' --archive {archive} pack")).succeeds();
            importer.take(&exporter, archive);
            let outcome = importer.rustup(&format!("--archive {archive} unpack"));
            let trees = [&exporter, &importer].map(DistMirror::rustup_files);
            if to.is_python() && targets != "linux" {
                // Releases with other targets are what it stops at, after it unpacked them.
                assert_ne!(outcome.status, Some(0), "it can do it after all\n{outcome}");
                let [exported, imported] = trees.map(|mut tree| {
                    tree.retain(|path, _| path.starts_with("archive/"));
                    tree
                });
                assert_eq!(imported, exported);
                continue;
            }
            outcome.succeeds();
            assert_eq!(trees[1], trees[0]);
            importer.rustup("-s '*' verify").succeeds();
        }
    }
}
