//! The other side may be Python romt.

use romt_testkit::{CrateMirror, FakeCrate, RomtProgram, Upstream, scenario};
use romt_tests::{SiteKind, both, python_romt};

use crate::support::{Sides, copy};

both! {
    python_romt_imports_what_is_in_the_outbox,
    the_inbox_takes_archives_of_either_program,
    an_archive_made_with_a_filter_is_admitted_and_it_is_told_what_is_missing,
}

fn python_romt_imports_what_is_in_the_outbox(kind: &SiteKind) {
    let Some(python) = python_romt("python_romt_imports_what_is_in_the_outbox") else { return };
    let sides = Sides::new(kind, Upstream::start());
    for version in ["1.0.0", "1.1.0"] {
        sides.upstream.publish(FakeCrate::new("tool", version));
    }
    let all = ["--crate", "tool@1", "--versions", "all"];
    let importer = CrateMirror::importer(&python);
    importer.run(&["init-import"]).succeeds();
    for round in 0..3 {
        match round {
            0 => {}
            1 => {
                sides.upstream.publish(FakeCrate::new("tool", "1.2.0"));
                sides.upstream.delete("tool@1.1.0");
            }
            _ => sides.upstream.set_yanked("tool@1.0.0", true),
        }
        sides.export(&all).succeeds();
        let archive = sides.archives().pop().unwrap();
        copy(&sides.outbox().join(&archive), &importer.path("crates.tar.gz"));
        importer.run(&["import"]).succeeds();
        let here: Vec<_> = importer.crate_paths();
        let published = sides.exporter.audit(&sides.upstream);
        let file = |id: &String| format!("to/ol/tool/{}.crate", id.replace('@', "-"));
        assert_eq!(here, published.iter().map(file).collect::<Vec<_>>(), "round {round}");
    }
    assert!(importer.read("git/crates.io-index/to/ol/tool").contains("\"yanked\":true"));
}

fn the_inbox_takes_archives_of_either_program(kind: &SiteKind) {
    for program in [Some(RomtProgram::ours()), python_romt("the_inbox_takes_archives_of_either_program")] {
        let Some(program) = program else { continue };
        let upstream = scenario::lab();
        let exporter = CrateMirror::of(&upstream, &program);
        exporter.run(&["init"]).succeeds();
        let sides = Sides::new(kind, Upstream::start());
        exporter.run(&["export"]).succeeds();
        copy(&exporter.path("crates.tar.gz"), &sides.importer.inbox().join("1.tar.gz"));
        let serving = sides.importer.up(&[]);
        serving.packing().wait_for_lines(1, &format!("is admitted: {} versions new", scenario::LAB.len()));
        upstream.publish(FakeCrate::new("serde", "1.0.2"));
        upstream.delete("ab@1.0.0");
        exporter.run(&["export"]).succeeds();
        copy(&exporter.path("crates.tar.gz"), &sides.importer.inbox().join("2.tar.gz"));
        serving.packing().wait_for_lines(1, "2.tar.gz is admitted: 1 versions new, 1 removed");
        serving.terminate();
        assert!(!sides.importer.site.stored().iter().any(|file| file.starts_with("crates/2/ab/")));
    }
}

fn an_archive_made_with_a_filter_is_admitted_and_it_is_told_what_is_missing(kind: &SiteKind) {
    let Some(python) = python_romt("an_archive_made_with_a_filter") else { return };
    let upstream = scenario::lab();
    let exporter = CrateMirror::of(&upstream, &python);
    exporter.run(&["init"]).succeeds();
    exporter.run(&["--filter", "serde*", "export"]).succeeds();
    let sides = Sides::new(kind, Upstream::start());
    copy(&exporter.path("crates.tar.gz"), &sides.importer.inbox().join("1.tar.gz"));
    let outcome = sides.importer.admit(1).succeeds();
    outcome.says("is admitted: 3 versions new").says("5 versions are in the index and in no archive so far");
    let serving = sides.importer.site.serve();
    assert_eq!(serving.get("/crates/serde/serde-1.0.0.crate").status, 200);
    assert_eq!(serving.get("/crates/ab/ab-1.0.0.crate").status, 404);
}
