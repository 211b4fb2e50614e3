//! Settings that cannot be.

use romt_testkit::{Romt, Upstream};

#[test]
fn all_bad_values_are_named_at_once_with_where_they_came_from() {
    let upstream = Upstream::start();
    let mut romt = Romt::with(&upstream);
    romt.write("romt.toml", "num-jobs = 0\n");
    romt.set("ROMT_RETRY_BUDGET", "soon");
    let outcome = romt.up_once(&["--port", "70000", "--crate", "tool"]).exits_with(2);
    outcome.says("--port").says("70000").says("ROMT_RETRY_BUDGET").says("soon").says("romt.toml").says("num-jobs");
    assert!(!romt.mirror().exists(), "nothing was begun");
}

#[test]
fn unknown_keys_are_errors() {
    let upstream = Upstream::start();
    let romt = Romt::with(&upstream);
    romt.write("romt.toml", "mirrror = \"x\"\n");
    romt.up_once(&["--crate", "tool"]).exits_with(2).says("romt.toml").says("mirrror");
}

#[test]
fn a_settings_file_that_was_named_must_be_there() {
    let upstream = Upstream::start();
    let romt = Romt::with(&upstream);
    let outcome = romt.up_once(&["--config", "other.toml", "--crate", "tool"]).says("error: ").says("other.toml");
    assert_ne!(outcome.status, Some(0), "{outcome}");
}

#[test]
fn an_index_that_is_no_sparse_one() {
    let upstream = Upstream::start();
    let mut romt = Romt::with(&upstream);
    romt.set("ROMT_INDEX_URL", "ftp://nowhere.example/index");
    romt.up_once(&["--crate", "tool"]).exits_with(2).says("ROMT_INDEX_URL").says("ftp://nowhere.example/index");
}

#[test]
fn an_index_where_nobody_answers() {
    let mut romt = Romt::with_index("sparse+http://127.0.0.1:1/index/");
    romt.set("ROMT_RETRIES", "1");
    romt.up_once(&["--crate", "tool"]).exits_with(1).says("error: ").says("127.0.0.1:1").says("hint: ");
}
