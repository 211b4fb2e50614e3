//! Things that get lost in the mirror itself: files, memory, the repository. It heals, or says what is wrong.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use romt_testkit::{FakeCrate, Mischief, Place, Upstream};
use romt_tests::{Site, SiteKind, both};

use crate::client;

both! {
    a_file_that_could_not_be_brought_back_is_not_forgotten,
    nor_is_one_whose_name_has_capitals,
    nor_is_one_whose_index_file_cannot_be_had,
    without_its_memory_a_mirror_still_follows_what_it_holds,
    without_its_repository_a_mirror_is_made_again_from_its_files,
    a_torn_pointer_is_put_right_before_anybody_reads_it,
    a_pointer_that_is_gone_is_found_again,
    a_file_is_replaced_under_the_eyes_of_another_server,
}

/// An upstream with two crates, and a mirror that was told of one after the other, so that the first is only held.
fn holding(kind: &SiteKind, name: &str) -> (Upstream, Site) {
    let upstream = Upstream::start();
    upstream.publish(FakeCrate::new(name, "1.0.0"));
    upstream.publish(FakeCrate::new("other", "0.1.0"));
    let site = Site::new(kind, &upstream);
    site.sync(&["--crate", name]).succeeds();
    site.sync(&["--crate", "other"]).succeeds();
    (upstream, site)
}

/// Loses the file of the crate that is only held; the first attempt to bring it back fails by `place`.
fn comes_back(kind: &SiteKind, name: &str, place: Place, mischief: Mischief) {
    let (upstream, site) = holding(kind, name);
    let file = format!("crates/{}/{}/{name}/{name}-1.0.0.crate", &name[..2].to_lowercase(), &name[2..4]);
    site.lose(&file);
    upstream.misbehave(place, mischief);
    site.sync(&["--crate", "other"]).exits_with(1);
    upstream.behave();
    site.sync(&["--crate", "other"]).succeeds();
    assert_eq!(site.audit(&upstream).len(), 2);
}

fn a_file_that_could_not_be_brought_back_is_not_forgotten(kind: &SiteKind) {
    comes_back(kind, "tool", Place::download("tool@1.0.0"), Mischief::Status(404));
}

fn nor_is_one_whose_name_has_capitals(kind: &SiteKind) {
    comes_back(kind, "Tool", Place::download("Tool@1.0.0"), Mischief::Status(404));
}

fn nor_is_one_whose_index_file_cannot_be_had(kind: &SiteKind) {
    comes_back(kind, "tool", Place::index_file("tool"), Mischief::Status(403));
}

fn without_its_memory_a_mirror_still_follows_what_it_holds(kind: &SiteKind) {
    let (upstream, site) = holding(kind, "tool");
    fs::remove_file(site.home().join(".romt/indexer.json")).expect("removing the memory");
    upstream.delete("tool@1.0.0");
    site.sync(&["--crate", "other"]).succeeds();
    assert_eq!(site.audit(&upstream), ["other@0.1.0"]);
}

fn without_its_repository_a_mirror_is_made_again_from_its_files(kind: &SiteKind) {
    let (upstream, site) = holding(kind, "tool");
    fs::remove_dir_all(site.home().join("git")).expect("removing the repository");
    let before = upstream.downloads().len();
    site.sync(&["--crate", "other", "--crate", "tool"]).succeeds();
    assert_eq!(site.audit(&upstream).len(), 2);
    assert_eq!(upstream.downloads().len(), before, "the files were here");
}

fn a_torn_pointer_is_put_right_before_anybody_reads_it(kind: &SiteKind) {
    let (upstream, site) = holding(kind, "tool");
    fs::write(site.home().join("git/crates.io-index/refs/heads/master"), "").expect("tearing master");
    fs::write(site.home().join(".romt/lock"), "romt up, process 1").expect("as if killed");
    let mirror = site.stay(&["--crate", "tool"]);
    assert_eq!(mirror.serving().get("/readyz").status, 200);
    mirror.wait_for_syncs(1);
    mirror.terminate();
    assert_eq!(site.audit(&upstream).len(), 2);
}

fn a_pointer_that_is_gone_is_found_again(kind: &SiteKind) {
    let (upstream, site) = holding(kind, "tool");
    fs::remove_file(site.home().join("git/crates.io-index/refs/heads/master")).expect("removing master");
    site.sync(&["--crate", "other"]).succeeds();
    assert_eq!(site.audit(&upstream).len(), 2);
}

/// Of one kind alone: there is no `romt prune` in a deployment.
#[test]
fn pruning_by_what_is_no_lock_file_takes_nothing() {
    let (upstream, site) = holding(&SiteKind::OneProcess, "tool");
    let lock = site.home().with_file_name("empty.lock");
    for text in ["", "[workspace]\nmembers = []\n"] {
        fs::write(&lock, text).expect("writing a file");
        site.romt()
            .run(&["prune", "--lockfile", &lock.to_string_lossy()])
            .exits_with(1)
            .says("empty.lock")
            .says("hint:");
    }
    upstream.publish(FakeCrate::new("third", "0.1.0"));
    site.romt().run(&["prune", "--crate", "third"]).exits_with(1).says("all of it").says("hint:");
    assert_eq!(site.audit(&upstream).len(), 2);
}

fn a_file_is_replaced_under_the_eyes_of_another_server(kind: &SiteKind) {
    let (upstream, site) = holding(kind, "tool");
    let mirror = site.serve();
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let poller = scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                client::check(&mirror, "tool");
            }
        });
        for edition in 2..4 {
            upstream.publish(FakeCrate::new("tool", "1.0.0").edition(edition));
            site.sync(&["--crate", "tool"]).succeeds();
        }
        over.store(true, Ordering::Relaxed);
        poller.join().expect("nothing wrong is seen");
    });
}
