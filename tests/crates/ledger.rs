//! Nothing counts as done that is not: what was left out is remembered, and is done by the next run.

use romt_testkit::scenario::{LAB, LAB_FILES, lab};
use romt_testkit::{CrateMirror, FakeCrate, GitUpstream, RomtProgram};

const AB: &str = "2/ab/ab-1.0.0.crate";

fn ours(upstream: &GitUpstream) -> CrateMirror {
    let romt = CrateMirror::of(upstream, &RomtProgram::ours());
    romt.run(&["init"]).succeeds();
    romt
}

fn importer() -> CrateMirror {
    let romt = CrateMirror::importer(&RomtProgram::ours());
    romt.run(&["init-import"]).succeeds();
    romt
}

#[test]
fn an_update_fetches_what_the_last_one_could_not() {
    let upstream = lab();
    upstream.withhold("ab@1.0.0");
    let romt = ours(&upstream);
    romt.run(&["--keep-going", "update"]).succeeds().says("ab-1.0.0");
    assert_eq!(romt.crate_paths().len(), 7);
    assert_eq!(romt.index().revision("mark"), Some(upstream.tip()));
    // Still not there: it is tried, and missed, again.
    romt.run(&["update"]).exits_with(1).says("ab-1.0.0");
    romt.run(&["--keep-going", "update"]).succeeds().says("ab-1.0.0");
    upstream.give("ab@1.0.0");
    upstream.publish(FakeCrate::new("more", "1.0.0"));
    romt.run(&["update"]).succeeds();
    assert_eq!(romt.crate_paths().len(), 9);
    romt.run(&["--start", "0", "verify"]).succeeds();
    // Now there is nothing left to do.
    upstream.withhold("ab@1.0.0");
    romt.run(&["update"]).succeeds();
}

#[test]
fn an_export_brings_what_the_last_one_could_not() {
    let upstream = lab();
    upstream.withhold("ab@1.0.0");
    let (exporter, importer) = (ours(&upstream), importer());
    exporter.run(&["--keep-going", "export"]).succeeds();
    assert_eq!(exporter.archive().crates().len(), 7);
    importer.take_archive_of(&exporter);
    importer.run(&["--keep-going", "import"]).succeeds();
    assert_eq!(importer.crates(), exporter.crates());
    upstream.give("ab@1.0.0");
    upstream.publish(FakeCrate::new("more", "1.0.0"));
    exporter.run(&["export"]).succeeds();
    let packed: Vec<String> = exporter.archive().crates().into_keys().collect();
    assert_eq!(packed, [format!("crates/{AB}"), "crates/mo/re/more/more-1.0.0.crate".to_owned()]);
    importer.take_archive_of(&exporter);
    importer.run(&["import"]).succeeds();
    assert_eq!(importer.crates(), exporter.crates());
    importer.run(&["--start", "0", "verify"]).succeeds();
    // It was brought once; once is enough.
    upstream.publish(FakeCrate::new("most", "1.0.0"));
    exporter.run(&["export"]).succeeds();
    assert_eq!(exporter.archive().crates().len(), 1);
}

#[test]
fn what_is_left_out_makes_an_archive_though_the_index_is_old() {
    let upstream = lab();
    upstream.withhold("ab@1.0.0");
    let (exporter, importer) = (ours(&upstream), importer());
    exporter.run(&["--keep-going", "export"]).succeeds();
    importer.take_archive_of(&exporter);
    importer.run(&["--keep-going", "import"]).succeeds();
    upstream.give("ab@1.0.0");
    exporter.run(&["export"]).succeeds();
    assert_eq!(exporter.archive().crates().into_keys().collect::<Vec<_>>(), [format!("crates/{AB}")]);
    importer.take_archive_of(&exporter);
    importer.run(&["import"]).succeeds();
    assert_eq!(importer.crate_paths(), LAB_FILES);
    exporter.run(&["export"]).succeeds().says("No crates to pack");
}

#[test]
fn an_export_without_a_filter_brings_what_the_filter_left_out() {
    let upstream = lab();
    let (exporter, importer) = (ours(&upstream), importer());
    exporter.run(&["--filter", "serde*", "export"]).succeeds();
    assert_eq!(exporter.archive().crates().len(), 3);
    importer.take_archive_of(&exporter);
    importer.run(&["--filter", "serde*", "import"]).succeeds();
    assert_eq!(importer.crate_paths(), LAB_FILES[5..]);
    // Another filter brings its share of the rest and no more.
    exporter.run(&["--filter", "a*@1*", "export"]).succeeds();
    assert_eq!(exporter.archive().crates().len(), 3);
    importer.take_archive_of(&exporter);
    importer.run(&["--filter", "a*@1*", "import"]).succeeds();
    assert_eq!(importer.crate_paths().len(), 6);
    exporter.run(&["export"]).succeeds();
    assert_eq!(exporter.archive().crates().len(), 2);
    importer.take_archive_of(&exporter);
    importer.run(&["import"]).succeeds();
    assert_eq!((importer.crate_paths(), exporter.crate_paths()), (owned(&LAB_FILES), owned(&LAB_FILES)));
    importer.run(&["--start", "0", "verify"]).succeeds();
}

#[test]
fn configured_before_the_first_download() {
    let upstream = lab();
    let romt = ours(&upstream);
    romt.run(&["--server-url", "https://h/", "pull", "config", "update"]).succeeds();
    assert_eq!(romt.crate_paths(), LAB_FILES);
    let romt = ours(&upstream);
    romt.run(&["pull", "config"]).succeeds();
    romt.run(&["export"]).succeeds();
    assert_eq!(romt.archive().crates().len(), 8);
    let romt = ours(&upstream);
    romt.run(&["pull", "mark"]).succeeds();
    romt.run(&["update"]).succeeds();
    assert_eq!(romt.crate_paths(), LAB_FILES, "marked by hand without a download");
}

#[test]
fn a_range_that_is_given_is_never_widened() {
    let upstream = lab();
    upstream.withhold("ab@1.0.0");
    let romt = ours(&upstream);
    romt.run(&["--keep-going", "export"]).succeeds();
    upstream.give("ab@1.0.0");
    upstream.publish(FakeCrate::new("more", "1.0.0"));
    romt.run(&["pull"]).succeeds();
    assert_eq!(romt.list(&["--start", "mark"]), ["more@1.0.0"]);
    romt.run(&["--start", "mark", "download", "pack"]).succeeds();
    assert_eq!(romt.archive().crates().len(), 1);
    assert!(!romt.path("crates").join(AB).exists());
    romt.run(&["--start", "HEAD~1", "--end", "HEAD", "download"]).succeeds();
    assert!(!romt.path("crates").join(AB).exists());
    // And `list` is about what changed, whatever is owed.
    assert_eq!(romt.list(&[]), ["more@1.0.0"]);
    romt.run(&["export"]).succeeds();
    assert_eq!(romt.archive().crates().len(), 2);
    assert_eq!(romt.list(&["--start", "0"]).len(), LAB.len() + 1);
}

#[test]
fn what_upstream_removes_is_no_longer_owed() {
    let upstream = lab();
    upstream.withhold("ab@1.0.0");
    let romt = ours(&upstream);
    romt.run(&["--keep-going", "export"]).succeeds();
    upstream.find_file("ab@1.0.0");
    upstream.http().behave();
    upstream.delete("ab@1.0.0");
    romt.run(&["export"]).succeeds();
    assert_eq!(romt.archive().crates().len(), 0);
    assert_eq!(romt.crate_paths().len(), 7);
}

#[test]
fn what_was_damaged_in_an_import_comes_again() {
    let upstream = lab();
    let (exporter, importer) = (ours(&upstream), importer());
    exporter.run(&["export"]).succeeds();
    let whole = exporter.archive();
    let mut short = whole.clone();
    short.members.retain(|member| !member.name.ends_with(AB));
    short.write(&importer.path("crates.tar.gz"));
    importer.run(&["import"]).exits_with(1).says("ab-1.0.0");
    importer.run(&["--keep-going", "import"]).succeeds();
    assert_eq!(importer.crate_paths().len(), 7);
    upstream.publish(FakeCrate::new("more", "1.0.0"));
    exporter.run(&["export"]).succeeds();
    importer.take_archive_of(&exporter);
    importer.run(&["import"]).exits_with(1).says("ab-1.0.0");
    exporter.run(&["--start", "0", "pack"]).succeeds();
    importer.take_archive_of(&exporter);
    importer.run(&["import"]).succeeds();
    assert_eq!(importer.crates(), exporter.crates());
}

fn owned(paths: &[&str]) -> Vec<String> {
    paths.iter().map(|&path| path.to_owned()).collect()
}

#[test]
fn an_archive_from_before_upstream_began_anew_brings_nothing_back() {
    let upstream = lab();
    let (exporter, importer) = (ours(&upstream), importer());
    exporter.run(&["export"]).succeeds();
    importer.take_archive_of(&exporter);
    importer.run(&["import"]).succeeds();
    let old = std::fs::read(importer.path("crates.tar.gz")).expect("its archive");
    upstream.delete("ab@1.0.0");
    upstream.publish(FakeCrate::new("ABcd", "0.1.0").edition(2));
    upstream.squash();
    exporter.run(&["export"]).succeeds();
    importer.take_archive_of(&exporter);
    importer.run(&["import"]).succeeds();
    let (tree, crates) = (importer.index().tree("master"), importer.crates());
    importer.write("crates.tar.gz", old);
    importer.run(&["import"]).succeeds();
    assert_eq!((importer.index().tree("master"), importer.crates()), (tree, crates));
    // And it goes on from there.
    upstream.publish(FakeCrate::new("more", "1.0.0"));
    exporter.run(&["export"]).succeeds();
    importer.take_archive_of(&exporter);
    importer.run(&["import"]).succeeds();
    assert_eq!(importer.index().tree("master"), exporter.index().tree("master"));
}
