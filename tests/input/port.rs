//! A port that somebody else has.

use std::net::TcpListener;

use romt_testkit::{FakeCrate, Romt, Upstream};

#[test]
fn a_port_in_use_is_named() {
    let upstream = Upstream::start();
    upstream.publish(FakeCrate::new("tool", "1.0.0"));
    let romt = Romt::with(&upstream);
    romt.up_once(&["--crate", "tool"]).succeeds();
    let somebody = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = somebody.local_addr().expect("an address").port().to_string();
    for verb in [&["up", "--crate", "tool"][..], &["serve", "--mirror", "mirror", "--bind", "127.0.0.1"]] {
        let outcome = romt.run(&[verb, &["--port", &port]].concat());
        outcome.exits_with(1).says("error: ").says(&port).says("hint: ").says("--port");
    }
    assert_eq!(romt.audit(&upstream), ["tool@1.0.0"]);
}
