//! Things that get lost in the mirror itself: files, memory, the repository. It heals, or says what is wrong.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use romt_testkit::{FakeCrate, Mischief, Place, Romt, Upstream};

use crate::client;

/// An upstream with two crates, and a mirror that was told of one after the other, so that the first is only held.
fn holding(name: &str) -> (Upstream, Romt) {
    let upstream = Upstream::start();
    upstream.publish(FakeCrate::new(name, "1.0.0"));
    upstream.publish(FakeCrate::new("other", "0.1.0"));
    let romt = Romt::with(&upstream);
    romt.up_once(&["--crate", name]).succeeds();
    romt.up_once(&["--crate", "other"]).succeeds();
    (upstream, romt)
}

/// Loses the file of the crate that is only held; the first attempt to bring it back fails by `place`.
#[expect(clippy::expect_used, reason = "a test that cannot go on should say where")]
fn comes_back(name: &str, place: Place, mischief: Mischief) {
    let (upstream, romt) = holding(name);
    let file = format!("crates/{}/{}/{name}/{name}-1.0.0.crate", &name[..2].to_lowercase(), &name[2..4]);
    fs::remove_file(romt.mirror().join(file)).expect("removing a crate's file");
    upstream.misbehave(place, mischief);
    romt.up_once(&["--crate", "other"]).exits_with(1);
    upstream.behave();
    romt.up_once(&["--crate", "other"]).succeeds();
    assert_eq!(romt.audit(&upstream).len(), 2);
}

#[test]
fn a_file_that_could_not_be_brought_back_is_not_forgotten() {
    comes_back("tool", Place::download("tool@1.0.0"), Mischief::Status(404));
}

#[test]
fn nor_is_one_whose_name_has_capitals() {
    comes_back("Tool", Place::download("Tool@1.0.0"), Mischief::Status(404));
}

#[test]
fn nor_is_one_whose_index_file_cannot_be_had() {
    comes_back("tool", Place::index_file("tool"), Mischief::Status(403));
}

#[test]
fn without_its_memory_a_mirror_still_follows_what_it_holds() {
    let (upstream, romt) = holding("tool");
    fs::remove_file(romt.mirror().join(".romt/indexer.json")).expect("removing the memory");
    upstream.delete("tool@1.0.0");
    romt.up_once(&["--crate", "other"]).succeeds();
    assert_eq!(romt.audit(&upstream), ["other@0.1.0"]);
}

#[test]
fn without_its_repository_a_mirror_is_made_again_from_its_files() {
    let (upstream, romt) = holding("tool");
    fs::remove_dir_all(romt.mirror().join("git")).expect("removing the repository");
    let before = upstream.downloads().len();
    romt.up_once(&["--crate", "other", "--crate", "tool"]).succeeds();
    assert_eq!(romt.audit(&upstream).len(), 2);
    assert_eq!(upstream.downloads().len(), before, "the files were here");
}

#[test]
fn a_torn_pointer_is_put_right_before_anybody_reads_it() {
    let (upstream, romt) = holding("tool");
    fs::write(romt.mirror().join("git/crates.io-index/refs/heads/master"), "").expect("tearing master");
    fs::write(romt.mirror().join(".romt/lock"), "romt up, process 1").expect("as if killed");
    let mirror = romt.up(&["--crate", "tool"]);
    assert_eq!(mirror.get("/readyz").status, 200);
    drop(mirror);
    assert_eq!(romt.audit(&upstream).len(), 2);
}

#[test]
fn a_pointer_that_is_gone_is_found_again() {
    let (upstream, romt) = holding("tool");
    fs::remove_file(romt.mirror().join("git/crates.io-index/refs/heads/master")).expect("removing master");
    romt.up_once(&["--crate", "other"]).succeeds();
    assert_eq!(romt.audit(&upstream).len(), 2);
}

#[test]
fn pruning_by_what_is_no_lock_file_takes_nothing() {
    let (upstream, romt) = holding("tool");
    let lock = romt.mirror().with_file_name("empty.lock");
    for text in ["", "[workspace]\nmembers = []\n"] {
        fs::write(&lock, text).expect("writing a file");
        romt.run(&["prune", "--lockfile", &lock.to_string_lossy()]).exits_with(1).says("empty.lock").says("hint:");
    }
    upstream.publish(FakeCrate::new("third", "0.1.0"));
    romt.run(&["prune", "--crate", "third"]).exits_with(1).says("all of it").says("hint:");
    assert_eq!(romt.audit(&upstream).len(), 2);
}

#[test]
fn a_file_is_replaced_under_the_eyes_of_another_server() {
    let (upstream, romt) = holding("tool");
    let mirror = romt.serve(&[]);
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let poller = scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                client::check(&mirror, "tool");
            }
        });
        for edition in 2..4 {
            upstream.publish(FakeCrate::new("tool", "1.0.0").edition(edition));
            romt.up_once(&["--crate", "tool"]).succeeds();
        }
        over.store(true, Ordering::Relaxed);
        poller.join().expect("nothing wrong is seen");
    });
}
