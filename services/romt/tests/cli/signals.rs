//! How the program ends when it is told to.

use rustix::process::Signal;

use crate::program::Program;

const UP: [&str; 3] = ["up", "--port", "0"];

#[test]
fn sigterm_is_a_clean_end() {
    let program = Program::new();
    let serving = program.serve(&UP);
    serving.signal(Signal::TERM);
    assert_eq!(serving.wait(), Some(0));
    assert_eq!(std::fs::read(program.folder().join("mirror/.romt/lock")).unwrap(), b"");
}

#[test]
fn ctrl_c_is_a_clean_end_with_its_own_status() {
    let program = Program::new();
    let serving = program.serve(&UP);
    serving.signal(Signal::INT);
    assert_eq!(serving.wait(), Some(130));
    assert_eq!(std::fs::read(program.folder().join("mirror/.romt/lock")).unwrap(), b"");
}

#[test]
fn serve_stops_too() {
    let program = Program::new();
    std::fs::create_dir(program.folder().join("crates")).unwrap();
    let serving = program.serve(&["serve", "--bind", "127.0.0.1", "--port", "0"]);
    serving.signal(Signal::TERM);
    assert_eq!(serving.wait(), Some(0));
}

#[test]
fn a_killed_one_is_swept_up_after() {
    let program = Program::new();
    let serving = program.serve(&UP);
    serving.signal(Signal::KILL);
    assert_eq!(serving.wait(), None);
    let left = program.write("mirror/crates/se/rd/serde/serde-1.0.0.crate#1", "half");
    let serving = program.serve(&UP);
    assert!(!left.exists());
    serving.signal(Signal::TERM);
    assert_eq!(serving.wait(), Some(0));
}
