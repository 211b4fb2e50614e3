//! What romt is asked to do and cannot.

use romt_testkit::{Romt, Upstream};

#[test]
fn verbs_that_are_not_there_yet_say_so() {
    let upstream = Upstream::start();
    let romt = Romt::with(&upstream);
    for verb in ["bundle", "doctor", "completions"] {
        romt.run(&[verb, "--any", "thing"]).exits_with(2).says("error: ").says(verb).says("hint: ");
    }
    romt.run(&["upp"]).exits_with(2).says("upp");
    romt.run(&[]).exits_with(1).says("error: missing OPERATION (try --help)");
}

#[test]
fn help_and_version_are_data() {
    let upstream = Upstream::start();
    let romt = Romt::with(&upstream);
    let help = romt.run(&["--help"]).succeeds();
    assert!(help.stdout.contains("romt up --lockfile Cargo.lock") && help.stderr.is_empty(), "{help}");
    let version = romt.run(&["--version"]).succeeds();
    assert_eq!(version.stdout, format!("romt {}\n", env!("CARGO_PKG_VERSION")));
}
