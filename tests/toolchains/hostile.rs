//! Archives that are wrong, by accident or on purpose: refused, and nothing changes.

use std::fs;
use std::path::Path;

use romt_testkit::{DistMirror, Member, MemberKind, RomtArchive, RomtProgram};
use romt_tests::alike;
use romt_types::Digest;

use crate::lab::{LINUX, lab, linux_mirror, stable};

const ARCHIVE: &str = "toolchain.tar.gz";

/// An archive of the release for Linux, and one of rustup.
fn archives() -> (RomtArchive, RomtArchive) {
    let upstream = lab();
    upstream.publish_rustup("1.27.1", &[LINUX]);
    let exporter = linux_mirror(&upstream);
    exporter.toolchain("-s stable pack").succeeds();
    exporter.rustup("-s stable -t linux download pack").succeeds();
    (exporter.archive_at(ARCHIVE), exporter.archive_at("rustup.tar.gz"))
}

/// Offers an archive to a mirror that has nothing; it must refuse it and keep having nothing.
fn offer(archive: &RomtArchive, text: &str) {
    let importer = DistMirror::importer(&RomtProgram::ours());
    archive.write(&importer.path(ARCHIVE));
    importer.toolchain("unpack").exits_with(1).says(text).never_says("panicked");
    assert!(importer.dist().is_empty(), "{:?}", importer.dist());
    assert_eq!(importer.leftovers(), [""; 0]);
    let names: Vec<_> = fs::read_dir(importer.folder()).expect("a folder").flatten().map(|e| e.file_name()).collect();
    assert!(names.iter().all(|name| name == ARCHIVE || name == ".romt" || name == "dist"), "{names:?}");
}

/// `archive` with one more member at its end.
fn with(archive: &RomtArchive, member: Member) -> RomtArchive {
    let mut archive = archive.clone();
    archive.members.push(member);
    archive
}

#[test]
fn row_53_a_foreign_member() {
    let (archive, _) = archives();
    alike("row_53_a_foreign_member", |program| {
        for name in ["etc/x", "x", "distx/y", "rustup/archive/1.27.1/a/rustup-init"] {
            let importer = DistMirror::importer(program);
            with(&archive, Member::file(name, "x")).write(&importer.path(ARCHIVE));
            importer.toolchain("unpack").exits_with(1).mentions("unexpected archive member").mentions(name);
            assert!(!importer.path(name).exists() && importer.manifests().iter().all(|path| path.starts_with("2024")));
        }
    });
    offer(&with(&archive, Member::file("etc/x", "x")), "unexpected archive member");
}

#[test]
fn row_54_members_that_lead_out() {
    let (archive, _) = archives();
    let outside = tempfile::tempdir().expect("a temporary folder");
    let absolute = outside.path().join("x");
    let names = ["dist/../x", "dist/../../x", "dist/2024-02-08/../../../x", "../x", "dist/./x", "dist//x", "/dist/x"];
    for name in names {
        offer(&with(&archive, Member::file(name, "x")), "archive member");
    }
    offer(&with(&archive, Member::file(&absolute.display().to_string(), "x")), "archive member");
    let package = format!("dist/{}", stable().path("miri-preview", crate::lab::DARWIN));
    for member in [
        Member::symlink(&package, &absolute),
        Member::symlink(&package, Path::new("../../x")),
        Member::hard_link(&package, &absolute.display().to_string()),
        Member { name: package.clone(), kind: MemberKind::Fifo },
    ] {
        offer(&with(&archive, member), &package);
    }
    // A link that a later file of the same name would be written through.
    let mut twice = with(&archive, Member::symlink(&package, &absolute));
    twice.members.push(Member::file(&package, "written through"));
    offer(&twice, &package);
    assert!(!absolute.exists());
}

#[test]
fn row_54_the_same_for_rustup() {
    let (_, archive) = archives();
    for name in
        ["etc/x", "rustup/../x", "rustup/archive/../../../x", "rustup/archive/1.27.1/../../x", "/rustup/archive/x"]
    {
        let importer = DistMirror::importer(&RomtProgram::ours());
        with(&archive, Member::file(name, "x")).write(&importer.path("rustup.tar.gz"));
        importer.rustup("unpack").exits_with(1).says("archive member").never_says("panicked");
        assert!(importer.rustup_files().is_empty(), "{name}");
    }
}

#[test]
fn members_that_do_not_fit_together() {
    let (archive, _) = archives();
    let cargo = format!("dist/{}", stable().path("cargo", LINUX));
    let at = |name: &str| archive.members.iter().position(|member| member.name == name).expect("a member");
    // Altered together with the hash beside it: the manifest counts.
    let mut altered = archive.clone();
    altered.members[at(&cargo)] = Member::file(&cargo, "altered");
    offer(&altered, &cargo);
    let hash = format!("{cargo}.sha256");
    altered.members[at(&hash)] = Member::file(&hash, format!("{} *cargo\n", Digest::of(b"altered")));
    offer(&altered, &cargo);
    // A manifest under another day's or channel's name.
    for name in ["dist/2024-02-09/channel-rust-stable.toml", "dist/2024-02-08/channel-rust-nightly.toml"] {
        let mut renamed = archive.clone();
        renamed.members[0].name = name.to_owned();
        renamed.members[1].name = format!("{name}.sha256");
        offer(&renamed, name);
    }
    // Without manifest; a package that no manifest has; one file twice.
    let mut without = archive.clone();
    without.members.drain(..2);
    offer(&without, "there is no manifest in it");
    let other = "dist/2024-02-08/other-1.76.0.tar.xz";
    let mut foreign = with(&archive, Member::file(other, "x"));
    foreign.members.push(Member::file(&format!("{other}.sha256"), format!("{} *x\n", Digest::of(b"x"))));
    offer(&foreign, other);
    offer(&with(&archive, archive.members[2].clone()), &archive.members[2].name);
    // A file that is said to be larger than any is.
    offer(&with(&archive, Member { name: cargo, kind: MemberKind::Declared(1 << 60) }), ARCHIVE);
}

#[test]
fn an_archive_that_was_damaged_on_the_way() {
    let (archive, _) = archives();
    let importer = DistMirror::importer(&RomtProgram::ours());
    importer.toolchain("unpack").exits_with(1).says(ARCHIVE);
    archive.write(&importer.path(ARCHIVE));
    let whole = fs::read(importer.path(ARCHIVE)).expect("an archive");
    for length in [0, 1, 100, whole.len() / 2, whole.len() - 1] {
        importer.write(ARCHIVE, &whole[..length]);
        importer.toolchain("unpack").exits_with(1).says(ARCHIVE).never_says("panicked");
        assert!(importer.dist().is_empty(), "{length} bytes");
    }
    importer.write(ARCHIVE, &whole);
    importer.toolchain("unpack").succeeds();
}
