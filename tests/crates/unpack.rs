//! Good archives of every kind.

use romt_testkit::scenario::{LAB_FILES, lab};
use romt_testkit::{CrateMirror, GitUpstream, Member, RomtArchive, RomtProgram};
use romt_tests::alike;

/// An archive of the lab whose crates have prefixes in this style.
fn exported(upstream: &GitUpstream, archive_prefix: &str) -> RomtArchive {
    let romt = CrateMirror::of(upstream, &RomtProgram::ours());
    romt.run(&["init"]).succeeds();
    romt.write("crates/config.toml", format!("prefix = \"lower\"\narchive_prefix = \"{archive_prefix}\"\n"));
    romt.run(&["export"]).succeeds();
    romt.archive()
}

#[test]
fn row_109_every_format_into_every_root() {
    let upstream = lab();
    let (two, one) = (exported(&upstream, "lower"), exported(&upstream, "mixed"));
    let mut none = one.clone();
    assert_eq!(none.members.remove(0), Member::file("ARCHIVE_FORMAT", "1\n"));
    let roots = alike("row_109_every_format_into_every_root", |program| {
        ["lower", "mixed"].map(|prefix| {
            let paths = [&two, &one, &none].map(|archive| {
                let romt = CrateMirror::importer(program);
                romt.run(&["init-import"]).succeeds();
                romt.write("crates/config.toml", format!("prefix = \"{prefix}\"\n"));
                archive.write(&romt.path("crates.tar.gz"));
                romt.run(&["import"]).succeeds();
                assert_eq!(romt.index().tree("master"), upstream.tree());
                romt.crates()
            });
            assert!(paths[0] == paths[1] && paths[1] == paths[2], "{paths:#?}");
            paths[0].clone()
        })
    });
    assert_eq!(roots[0].keys().collect::<Vec<_>>(), LAB_FILES.each_ref());
    assert!(roots[1].contains_key("AB/cd/ABcd/ABcd-0.2.0.crate"), "{:?}", roots[1]);
}

#[test]
fn row_109_other_names_for_archives() {
    let upstream = lab();
    let archive = exported(&upstream, "lower");
    alike("row_109_other_names_for_archives", |program| {
        for (written, name) in [("x.tar", "x.tar"), ("x.tar.gz", "x.tgz"), ("x.tar", "y.tgz")] {
            let romt = CrateMirror::importer(program);
            romt.run(&["init-import"]).succeeds();
            archive.write(&romt.path(written));
            std::fs::rename(romt.path(written), romt.path(name)).expect("renaming");
            romt.run(&["--archive", name, "import"]).succeeds();
            assert_eq!(romt.crate_paths(), LAB_FILES);
        }
    });
}

#[test]
fn row_116_the_same_archive_twice() {
    let upstream = lab();
    let archive = exported(&upstream, "lower");
    alike("row_116_the_same_archive_twice", |program| {
        let romt = CrateMirror::importer(program);
        romt.run(&["init-import"]).succeeds();
        archive.write(&romt.path("crates.tar.gz"));
        romt.run(&["import"]).succeeds();
        let (crates, tree) = (romt.crates(), romt.index().tree("master"));
        romt.run(&["import"]).succeeds();
        assert_eq!((romt.crates(), romt.index().tree("master")), (crates, tree));
    });
}

#[test]
fn row_117_the_bundle_has_its_path() {
    let upstream = lab();
    let archive = exported(&upstream, "lower");
    let romt = CrateMirror::importer(&RomtProgram::ours());
    romt.run(&["--bundle-path", "here/of.bundle", "init-import"]).succeeds();
    let url = romt.path("here/of.bundle").display().to_string();
    assert_eq!(romt.index().setting("remote.origin.url"), [url]);
    archive.write(&romt.path("crates.tar.gz"));
    romt.run(&["import"]).succeeds();
    assert_eq!(std::fs::read(romt.path("here/of.bundle")).expect("a bundle"), archive.bundle());
    assert!(!romt.path("git/crates.io-index/origin.bundle").exists());
    romt.run(&["--bundle-path", "here/of.bundle", "unpack"]).succeeds();
    romt.run(&["--bundle-path", "elsewhere.bundle", "unpack"]).exits_with(1);
}

#[test]
fn unpack_verifies_while_it_unpacks() {
    let upstream = lab();
    let mut archive = exported(&upstream, "lower");
    let place = archive.members.iter().position(|member| member.name.ends_with("/Abc-1.0.0.crate")).expect("a crate");
    archive.members[place] = Member::file("crates/3/a/Abc/Abc-1.0.0.crate", "not what the index says");
    let romt = CrateMirror::importer(&RomtProgram::ours());
    romt.run(&["init-import"]).succeeds();
    archive.write(&romt.path("crates.tar.gz"));
    romt.run(&["unpack"]).exits_with(1).says("Abc");
    assert!(!romt.path("crates/3/a/Abc/Abc-1.0.0.crate").exists());
    assert_eq!(romt.index().branches(), [""; 0]);
}

#[test]
fn an_archive_that_skips_one_is_refused() {
    let upstream = lab();
    let romt = CrateMirror::of(&upstream, &RomtProgram::ours());
    romt.run(&["init", "export"]).succeeds();
    upstream.publish(romt_testkit::FakeCrate::new("second", "1.0.0"));
    romt.run(&["export"]).succeeds();
    let importer = CrateMirror::importer(&RomtProgram::ours());
    importer.run(&["init-import"]).succeeds();
    let before = importer.everything();
    romt.archive().write(&importer.path("second.tar.gz"));
    importer.run(&["--archive", "second.tar.gz", "import"]).exits_with(1).says("error: ");
    let mut after = importer.everything();
    after.remove("second.tar.gz");
    assert_eq!(after, before);
    // With an earlier START the archive is whole.
    romt.run(&["--start", "0", "pack"]).succeeds();
    importer.take_archive_of(&romt);
    importer.run(&["import"]).succeeds();
    assert_eq!(importer.crates(), romt.crates());
}
