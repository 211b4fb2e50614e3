//! Damage on disk: what is believed, what is found, what is repaired.

use std::fs;

use romt_tests::alike;
use romt_types::Digest;

use crate::lab::{LINUX, lab, linux_mirror, linux_mirror_by, shared, spoil, stable};

#[test]
fn row_34_what_is_assumed_to_be_right_is_not_read() {
    let upstream = lab();
    alike("row_34_what_is_assumed_to_be_right_is_not_read", |program| {
        let romt = linux_mirror_by(&upstream, program);
        let (whole, cargo) = (romt.dist(), format!("dist/{}", stable().path("cargo", LINUX)));
        spoil(&romt.path(&cargo));
        romt.toolchain("-s stable -t linux --assume-ok download").succeeds();
        assert_ne!(romt.dist(), whole);
        romt.toolchain("-s stable -t linux --assume-ok verify").exits_with(1);
        // What is missing is fetched all the same.
        fs::remove_file(romt.path("dist").join(stable().path("rustc", LINUX))).expect("a package");
        romt.toolchain("-s stable -t linux --assume-ok download").succeeds();
        romt.toolchain("-s stable -t linux download verify").succeeds();
        assert_eq!(romt.dist(), whole);
        shared(whole)
    });
}

#[test]
fn row_35_the_manifest_is_believed_and_not_the_hash_beside_the_file() {
    let upstream = lab();
    let romt = linux_mirror(&upstream);
    let (whole, cargo) = (romt.dist(), stable().path("cargo", LINUX));
    let name = cargo.rsplit('/').next().unwrap_or_default();
    romt.write(&format!("dist/{cargo}"), "altered");
    romt.write(&format!("dist/{cargo}.sha256"), format!("{} *{name}\n", Digest::of(b"altered")));
    romt.toolchain("-s stable verify").exits_with(1).says(&format!("Bad hash for dist/{cargo}"));
    romt.toolchain("-s stable -t linux download verify").succeeds();
    assert_eq!(romt.dist(), whole);
    // Nor is an archive made of it believed.
    romt.write(&format!("dist/{cargo}"), "altered");
    romt.write(&format!("dist/{cargo}.sha256"), format!("{} *{name}\n", Digest::of(b"altered")));
    romt.toolchain("-s stable pack").succeeds();
    let mut importer = romt_testkit::DistMirror::importer(romt.program());
    importer.take(&romt, "toolchain.tar.gz");
    importer.believe_everything();
    importer.toolchain("unpack").exits_with(1).says(&cargo);
    assert!(importer.dist().is_empty());
}

#[test]
fn row_35_a_hash_file_that_is_none() {
    let upstream = lab();
    let romt = linux_mirror(&upstream);
    let (whole, cargo) = (romt.dist(), stable().path("cargo", LINUX));
    for text in ["", "junk\n", "0000\n", &format!("{}  cargo\nmore\n", Digest::of(b"x"))] {
        romt.write(&format!("dist/{cargo}.sha256"), text);
        romt.toolchain("-s stable -t linux verify").exits_with(1).says(&cargo).never_says("panicked");
        romt.toolchain("-s stable -t linux download verify").succeeds();
        assert_eq!(romt.dist(), whole, "{text:?}");
    }
    romt.write("dist/channel-rust-stable.toml.sha256", "junk\n");
    romt.toolchain("-s stable verify").exits_with(1).says("channel-rust-stable.toml.sha256");
    romt.toolchain("-s stable -t linux download verify").succeeds();
    assert_eq!(romt.dist(), whole);
}
