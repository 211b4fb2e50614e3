//! Files that are somewhere else.

use romt_testkit::{FakeCrate, Mischief, Place, Upstream};
use romt_tests::{BIG, SMALL, big_and_small};

use crate::recovery::big_fails_and_recovers_with;

#[test]
fn to_another_path() {
    let (upstream, romt) = big_and_small();
    let elsewhere = Mischief::Redirect { to: format!("{}/elsewhere", upstream.base_url()) };
    upstream.misbehave_times(1, Place::download(BIG), elsewhere);
    romt.up_once(&["--crate", "big"]).succeeds();
    assert_eq!(romt.audit(&upstream), [BIG, SMALL]);
    assert!(upstream.downloads().iter().any(|request| request.path.starts_with("/elsewhere/")));
}

#[test]
fn to_another_host() {
    let (upstream, romt) = big_and_small();
    let cdn = Upstream::start();
    cdn.publish(FakeCrate::new("big", "1.0.0").padding(3_200_000).depends_on("small", "1"));
    cdn.publish(FakeCrate::new("small", "1.0.0"));
    upstream.misbehave(Place::Downloads, Mischief::Redirect { to: cdn.base_url().to_owned() });
    romt.up_once(&["--crate", "big"]).succeeds();
    assert_eq!(romt.audit(&upstream), [BIG, SMALL]);
    assert_eq!(cdn.downloads().len(), 2);
}

#[test]
fn in_a_circle() {
    let (upstream, romt) = big_and_small();
    let circle = Mischief::Redirect { to: upstream.base_url().to_owned() };
    big_fails_and_recovers_with(&upstream, &romt, circle);
}

#[test]
fn to_a_file_on_disk() {
    let (upstream, romt) = big_and_small();
    let file = Mischief::Redirect { to: "file:///etc/passwd?".to_owned() };
    big_fails_and_recovers_with(&upstream, &romt, file);
}

#[test]
fn to_a_port_where_nobody_is() {
    let (upstream, romt) = big_and_small();
    let nobody = Mischief::Redirect { to: "http://127.0.0.1:1".to_owned() };
    big_fails_and_recovers_with(&upstream, &romt, nobody);
}
