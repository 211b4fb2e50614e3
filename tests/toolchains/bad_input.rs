//! Manifests that are wrong: a clear error, nothing published, nothing lost.

use romt_testkit::{DistMirror, DistUpstream, FakeToolchain, RomtProgram};

use crate::lab::{DATELESS, LINUX, lab, linux_mirror, stable};

/// Publishes `text` as the manifest of stable, with a hash that fits, and says what becomes of a mirror that has one.
#[track_caller]
fn refused(romt: &DistMirror, upstream: &DistUpstream, text: impl Into<Vec<u8>>, says: &str) {
    upstream.put_manifest(DATELESS, text.into());
    let before = romt.dist();
    for command in ["-t linux download", "fetch-manifest"] {
        let outcome = romt.toolchain(&format!("-s stable {command}")).exits_with(1);
        outcome.says(DATELESS).says(says).never_says("panicked");
        assert_eq!(romt.dist(), before, "nothing was published, nothing is lost");
    }
    romt.toolchain("-s stable verify").succeeds();
}

#[test]
fn manifests_that_are_none() {
    let upstream = lab();
    let romt = linux_mirror(&upstream);
    // A later release, so that it would count if it were believed.
    let newer = FakeToolchain::stable("1.77.0", "2024-03-21");
    let good = newer.manifest(upstream.server_url());
    let with = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        good.replacen(from, to, 1)
    };
    let cargo = format!("{}/dist/{}", upstream.server_url(), newer.path("cargo", LINUX));
    let elsewhere = format!("{}/other/cargo.tar.xz", upstream.server_url());
    let cases = [
        (String::new(), "its manifest-version is missing"),
        ("<!DOCTYPE html><html></html>\n".to_owned(), "it is not a manifest in TOML"),
        (good[..good.len() / 2].to_owned() + "[pkg.", "it is not a manifest in TOML"),
        (with("manifest-version = \"2\"\n", "manifest-version = \"3\"\n"), "manifest-version is \"3\""),
        (with("date = \"2024-03-21\"\n", ""), "it has no date"),
        (with("date = \"2024-03-21\"\n", "date = \"2024-02-31x\"\n"), "its date cannot be used"),
        (with("date = \"2024-03-21\"\n", "date = \"../../../etc\"\n"), "its date cannot be used"),
        // The same key, the same table, twice.
        (with("date = \"2024-03-21\"\n", "date = \"2024-03-21\"\ndate = \"2024-03-22\"\n"), "duplicate key"),
        (good.clone() + "\n[pkg.cargo]\nversion = \"1.77.0\"\n", "duplicate key"),
        // Where packages are.
        (with(&cargo, &elsewhere), "it points outside /dist/"),
        (with(&cargo, &format!("{}/dist/../../etc/cargo.tar.xz", upstream.server_url())), "its package cargo for"),
        (with(&cargo, &format!("{}/dist/channel-rust-stable.toml", upstream.server_url())), "its package cargo for"),
        (with("xz_hash = \"", "xz_hash = \"00"), "its hash cannot be used"),
        (with("xz_hash = \"", "other = \""), "it has no hash"),
    ];
    for (text, says) in cases {
        refused(&romt, &upstream, text, says);
    }
    refused(&romt, &upstream, b"\xff\xfe\x00".to_vec(), "it is not a manifest in TOML");
    // Another channel's under its name.
    let nightly = FakeToolchain::nightly("1.78.0", "2024-03-21").manifest(upstream.server_url());
    refused(&romt, &upstream, nightly, "is the manifest of nightly-2024-03-21(1.78.0), not of stable");
    // And then a good one.
    upstream.publish(&newer);
    romt.toolchain("-s stable -t linux download verify").succeeds();
    assert!(romt.read(&format!("dist/{DATELESS}")) == good);
}

#[test]
fn a_manifest_of_200_mb() {
    let upstream = lab();
    let romt = linux_mirror(&upstream);
    let mut text = stable().manifest(upstream.server_url()).into_bytes();
    text.push(b'#');
    text.resize(200_000_000, b'x');
    upstream.put(&format!("/dist/{DATELESS}"), text);
    let before = romt.dist();
    let outcome = romt.toolchain("-s stable -t linux download").exits_with(1);
    outcome.says(DATELESS).says("has more than 4194304 bytes").never_says("panicked");
    assert_eq!(romt.dist(), before);
    // Nor is one on disk read.
    let file = std::fs::File::options().write(true).open(romt.path("dist").join(DATELESS)).expect("a manifest");
    file.set_len(200_000_000).expect("a sparse file");
    for command in ["verify", "list", "pack", "fixup"] {
        romt.toolchain(&format!("-s stable {command}")).exits_with(1).says(DATELESS).says("more than");
    }
}

#[test]
fn a_hash_file_that_is_none() {
    let upstream = lab();
    let romt = DistMirror::of(&upstream, &RomtProgram::ours());
    let hash = format!("/dist/{DATELESS}.sha256");
    let good = upstream.file(&hash);
    let bad = [Vec::new(), b"junk".to_vec(), vec![b'0'; 63], vec![b'x'; 1_000_000], b"\xff\xff".to_vec()];
    for text in bad {
        upstream.put(&hash, text);
        let outcome = romt.toolchain("-s stable -t linux download").exits_with(1);
        outcome.says(&format!("{DATELESS}.sha256")).never_says("panicked");
        assert!(romt.dist().is_empty());
    }
    upstream.put(&hash, good);
    romt.toolchain("-s stable -t linux --components cargo download").succeeds();
}

#[test]
fn a_manifest_that_was_damaged_on_disk() {
    let upstream = lab();
    let romt = linux_mirror(&upstream);
    let whole = romt.dist();
    for (path, says) in [(DATELESS, "Bad hash"), (crate::lab::CANONICAL, "Bad hash")] {
        crate::lab::spoil(&romt.path("dist").join(path));
        romt.toolchain("-s stable fixup").exits_with(1).says(says).says(path);
        romt.toolchain("-s stable pack").exits_with(1).says(says).says(path);
        romt.toolchain("-s stable -t linux download verify").succeeds();
        assert_eq!(romt.dist(), whole, "{path}");
    }
}
