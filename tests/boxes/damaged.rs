//! Archives that are not what they should be change nothing, and it is said why.

use std::fs;

use romt_testkit::{FakeCrate, Upstream};
use romt_tests::{Chance, SiteKind, both};

use crate::support::{Sides, names};

both! {
    none_of_them_is_believed_and_a_right_one_beside_them_is,
    an_archive_that_is_replaced_while_it_is_read_is_read_again,
}

/// Two sides, and the content of an archive that is in the outbox.
fn exported(kind: &SiteKind) -> (Sides, Vec<u8>, String) {
    let sides = Sides::new(kind, Upstream::start());
    sides.upstream.publish(FakeCrate::new("tool", "1.0.0").padding(60_000));
    sides.upstream.publish(FakeCrate::new("other", "1.0.0").padding(10_000));
    sides.export(&["--crate", "tool@1", "--crate", "other"]).succeeds();
    let archive = sides.archives().pop().unwrap();
    let content = fs::read(sides.outbox().join(&archive)).unwrap();
    let sum = fs::read_to_string(sides.outbox().join(format!("{archive}.sha256"))).unwrap();
    (sides, content, sum.split_whitespace().next().unwrap().to_owned())
}

fn none_of_them_is_believed_and_a_right_one_beside_them_is(kind: &SiteKind) {
    let (sides, content, sum) = exported(kind);
    let inbox = sides.importer.inbox();
    let mut chance = Chance::new("none_of_them_is_believed");
    let mut bad = Vec::new();
    let mut put = |name: &str, content: &[u8], sum: Option<&str>| {
        fs::write(inbox.join(name), content).unwrap();
        if let Some(sum) = sum {
            fs::write(inbox.join(format!("{name}.sha256")), format!("{sum}  {name}\n")).unwrap();
        }
        bad.push(name.to_owned());
    };
    for (name, length) in [("cut-0.tar.gz", 0), ("cut-1.tar.gz", 10), ("cut-2.tar.gz", content.len() - 1)] {
        put(name, &content[..length], None);
    }
    put("cut-with-sum.tar.gz", &content[..content.len() / 2], Some(&sum));
    for n in 0..6 {
        let mut flipped = content.clone();
        let at = chance.below(flipped.len());
        flipped[at] ^= 1 << chance.below(8);
        // A bit of the time or the name in gzip's head is of no account; the sum sees that one, too.
        let with_sum = n % 2 == 0 || at < 20;
        put(&format!("flipped-{n}.tar.gz"), &flipped, with_sum.then_some(sum.as_str()));
    }
    put("wrong-sum.tar.gz", &content, Some(&"0".repeat(64)));
    put("no-sum-in-it.tar.gz", &content, Some("nonsense"));
    put("text.tar.gz", b"this is no archive", None);
    put("longer.tar.gz", &[&content[..], b"and more"].concat(), None);
    let serving = sides.importer.up(&[]);
    serving.packing().wait_for_lines(bad.len(), ".tar.gz is refused");
    let before = names(&sides.importer.quarantine());
    assert_eq!(before.len(), bad.len(), "{before:?}");
    for name in &bad {
        let reason = sides.importer.reason(name);
        assert!(reason.contains("error: ") && reason.contains("caused by: "), "{reason}");
    }
    assert!(sides.importer.reason("wrong-sum.tar.gz").contains("but the `.sha256` file beside it says 0000"));
    let stored = sides.importer.site.stored();
    assert!(!stored.iter().any(|file| file.starts_with("crates/to/")), "nothing of them has a place: {stored:?}");
    fs::write(inbox.join("right.tar.gz"), &content).unwrap();
    serving.packing().wait_for_lines(1, "right.tar.gz is admitted: 2 versions new");
    // The right sum, at last.
    fs::write(inbox.join("wrong-sum.tar.gz.sha256"), &sum).unwrap();
    serving.packing().wait_for_lines(1, "wrong-sum.tar.gz was admitted before, as right.tar.gz");
    serving.terminate();
    assert_eq!(names(&sides.importer.quarantine()).len(), bad.len() - 1);
    assert_eq!(sides.audit(), ["other@1.0.0", "tool@1.0.0"]);

    // A restart tells of them again, without reading them.
    let serving = sides.importer.up(&[]);
    serving.packing().wait_for_lines(bad.len() - 1, ".tar.gz is refused");
    serving.terminate().never_says("is being verified");
}

fn an_archive_that_is_replaced_while_it_is_read_is_read_again(kind: &SiteKind) {
    let sides = Sides::new(kind, Upstream::start());
    sides.upstream.publish(FakeCrate::new("tool", "1.0.0").padding(30_000_000));
    sides.export(&["--crate", "tool@1"]).succeeds();
    let archive = sides.carry().pop().unwrap();
    let inbox = sides.importer.inbox();
    let content = fs::read(inbox.join(&archive)).unwrap();
    let beside = sides.importer.site.folder().join("beside");
    let serving = sides.importer.up(&[]);
    serving.packing().wait_for_lines(1, "is being verified");
    for _ in 0..3 {
        fs::write(&beside, &content).unwrap();
        fs::rename(&beside, inbox.join(&archive)).unwrap();
    }
    serving.packing().wait_for_lines(1, "admitted");
    serving.terminate().never_says("is refused");
    assert_eq!(sides.audit(), ["tool@1.0.0"]);
}
