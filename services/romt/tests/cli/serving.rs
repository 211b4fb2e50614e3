//! Where the program serves, and where it cannot.

use std::net::TcpListener;

use crate::program::{Program, assert_shown};

#[test]
fn a_port_in_use() {
    let other = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = other.local_addr().unwrap().port().to_string();
    let program = Program::new();
    assert_shown!(program.run(&["up", "--port", &port]), @r"
    status 1
    --- stderr
    error: 127.0.0.1:[PORT] is in use
    hint: choose another port with `--port N`, or stop who has it
    ");
    // The folder was given back: the next one finds nothing to sweep.
    assert_eq!(std::fs::read(program.folder().join("mirror/.romt/lock")).unwrap(), b"");
    assert_shown!(program.run(&["serve", "--mirror", "mirror", "--port", &port]), @r"
    status 1
    --- stderr
    error: `mirror` is not a mirror: crates/, git/, dist/ and rustup/ are not in it
    hint: name the mirror's folder with `--mirror DIR`; `romt up` makes one
    ");
}

#[test]
fn an_address_that_is_not_ours() {
    assert_shown!(Program::new().run(&["up", "--bind", "192.0.2.1", "--port", "8000"]), @r"
    status 1
    --- stderr
    error: cannot listen on 192.0.2.1:8000
      caused by: Cannot assign requested address (os error 99)
    hint: choose a name or address of this machine with `--bind ADDR`, a free port with `--port N`
    ");
}

#[test]
fn a_folder_that_is_missing() {
    assert_shown!(Program::new().run(&["serve", "--mirror", "elsewhere"]), @r"
    status 1
    --- stderr
    error: there is no folder `elsewhere`
    hint: name the mirror's folder with `--mirror DIR`; `romt up` makes one
    ");
}

#[test]
fn a_folder_that_is_no_mirror() {
    assert_shown!(Program::new().run(&["serve"]), @r"
    status 1
    --- stderr
    error: `.` is not a mirror: crates/, git/, dist/ and rustup/ are not in it
    hint: name the mirror's folder with `--mirror DIR`; `romt up` makes one
    ");
}

#[test]
fn serving_writes_nothing() {
    let program = Program::new();
    std::fs::create_dir(program.folder().join("crates")).unwrap();
    drop(program.serve(&["serve", "--bind", "127.0.0.1", "--port", "0"]));
    let names: Vec<_> = std::fs::read_dir(program.folder()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["crates"]);
}
