//! What one side has, the other side has when archives were carried.

use romt_testkit::{FakeCrate, Project, Upstream, scenario};
use romt_tests::{SiteKind, both};

use crate::support::Sides;

both! {
    cargo_builds_from_what_was_carried,
    additions_yanks_and_removals_follow,
    archives_that_come_at_once_are_taken_in_any_order,
    what_is_early_says_what_is_missing_and_is_taken_when_that_comes,
}

fn cargo_builds_from_what_was_carried(kind: &SiteKind) {
    let upstream = Upstream::start();
    scenario::family(&upstream);
    let project = Project::new(&upstream.index_url(), scenario::FAMILY_DEPENDENCY, &["parent"]);
    project.cargo(&["generate-lockfile"]).succeeds();
    let sides = Sides::new(kind, upstream);
    sides.exporter.take(&project.lockfile());
    sides.export(&["--lockfile", "Cargo.lock"]).succeeds().says("1 archive exported");
    assert_eq!(sides.carry().len(), 1);

    let serving = sides.importer.up(&[]);
    serving.wait_for_admitted(1);
    serving.packing().wait_for_lines(1, "is admitted: 10 versions new");
    let mut project = project;
    project.use_registry(&serving.serving().index_url());
    assert_eq!(project.build_and_run(), scenario::FAMILY_TREE);
    serving.terminate();
    assert_eq!(sides.audit(), scenario::FAMILY_LOCKED);
}

fn additions_yanks_and_removals_follow(kind: &SiteKind) {
    let upstream = Upstream::start();
    for version in ["1.0.0", "1.1.0", "1.2.0"] {
        upstream.publish(FakeCrate::new("tool", version));
    }
    let sides = Sides::new(kind, upstream);
    let all = ["--crate", "tool@1", "--versions", "all"];
    sides.export(&all).succeeds();
    sides.carry();
    let serving = sides.importer.up(&[]);
    serving.packing().wait_for_lines(1, "is admitted: 3 versions new");

    sides.upstream.publish(FakeCrate::new("tool", "1.3.0"));
    sides.upstream.set_yanked("tool@1.0.0", true);
    sides.upstream.delete("tool@1.1.0");
    sides.export(&all).succeeds();
    let second = sides.carry();
    serving.wait_for_admitted(2);
    serving.packing().wait_for_lines(1, "is admitted: 1 versions new, 1 removed");
    assert_eq!(sides.audit(), ["tool@1.0.0", "tool@1.2.0", "tool@1.3.0"]);
    let line = serving.serving().get("/crates-index/to/ol/tool").text();
    assert!(line.contains("\"yanked\":true"), "{line}");
    assert!(!sides.importer.site.stored().contains(&"crates/to/ol/tool/tool-1.1.0.crate".to_owned()));

    // A yank alone makes an archive, too: one without a crate.
    sides.upstream.set_yanked("tool@1.0.0", false);
    sides.export(&all).succeeds().says("0 files");
    let third = sides.carry();
    serving.wait_for_admitted(3);
    assert!(second < third, "names sort by time: {second:?} {third:?}");
    assert!(!serving.serving().get("/crates-index/to/ol/tool").text().contains("\"yanked\":true"));
    serving.terminate();
}

fn archives_that_come_at_once_are_taken_in_any_order(kind: &SiteKind) {
    let sides = Sides::new(kind, Upstream::start());
    let mut archives = Vec::new();
    for version in ["1.0.0", "1.1.0", "1.2.0"] {
        sides.upstream.publish(FakeCrate::new("tool", version));
        sides.export(&["--crate", "tool@1"]).succeeds();
        archives.push(sides.archives().pop().unwrap());
    }
    // The newest first, under names that sort the other way round, and one of them twice.
    for (position, name) in archives.iter().rev().enumerate() {
        crate::support::copy(&sides.outbox().join(name), &sides.importer.inbox().join(format!("{position}.tar.gz")));
    }
    crate::support::copy(&sides.outbox().join(&archives[1]), &sides.importer.inbox().join("9-copy.tar.gz"));
    let serving = sides.importer.up(&[]);
    serving.packing().wait_for_lines(3, "is admitted:");
    serving.packing().wait_for_lines(1, "9-copy.tar.gz was admitted before");
    let outcome = serving.terminate();
    outcome.says("0.tar.gz came too early and waits").says("1.tar.gz came too early and waits");
    assert_eq!(sides.audit(), ["tool@1.0.0", "tool@1.1.0", "tool@1.2.0"]);
}

fn what_is_early_says_what_is_missing_and_is_taken_when_that_comes(kind: &SiteKind) {
    let sides = Sides::new(kind, Upstream::start());
    sides.upstream.publish(FakeCrate::new("tool", "1.0.0"));
    sides.export(&["--crate", "tool@1"]).succeeds();
    let first = sides.archives().pop().unwrap();
    std::fs::rename(sides.outbox().join(&first), sides.exporter.folder().join(&first)).unwrap();
    std::fs::remove_file(sides.outbox().join(format!("{first}.sha256"))).unwrap();
    sides.upstream.publish(FakeCrate::new("tool", "1.1.0"));
    sides.export(&["--crate", "tool@1"]).succeeds();
    sides.carry();
    let serving = sides.importer.up(&[]);
    let commit = serving.packing().wait_for_line(|line| line.split_once("up to commit ").map(|(_, id)| id.to_owned()));
    assert_eq!(commit.len(), 40, "{commit}");
    assert_eq!(serving.serving().get("/crates-index/to/ol/tool").status, 404);
    crate::support::copy(&sides.exporter.folder().join(&first), &sides.importer.inbox().join(&first));
    serving.packing().wait_for_lines(2, "is admitted:");
    serving.terminate();
    assert_eq!(sides.audit(), ["tool@1.0.0", "tool@1.1.0"]);
}
