//! Files that are somewhere else.

use romt_testkit::{FakeCrate, Mischief, Place, Upstream};
use romt_tests::{BIG, SMALL, SiteKind, big_and_small, both};

use crate::recovery::big_fails_and_recovers_with;

both! {
    to_another_path,
    to_another_host,
    in_a_circle,
    to_a_file_on_disk,
    to_a_port_where_nobody_is,
}

fn to_another_path(kind: &SiteKind) {
    let (upstream, site) = big_and_small(kind);
    let elsewhere = Mischief::Redirect { to: format!("{}/elsewhere", upstream.base_url()) };
    upstream.misbehave_times(1, Place::download(BIG), elsewhere);
    site.sync(&["--crate", "big"]).succeeds();
    assert_eq!(site.audit(&upstream), [BIG, SMALL]);
    assert!(upstream.downloads().iter().any(|request| request.path.starts_with("/elsewhere/")));
}

fn to_another_host(kind: &SiteKind) {
    let (upstream, site) = big_and_small(kind);
    let cdn = Upstream::start();
    cdn.publish(FakeCrate::new("big", "1.0.0").padding(3_200_000).depends_on("small", "1"));
    cdn.publish(FakeCrate::new("small", "1.0.0"));
    upstream.misbehave(Place::Downloads, Mischief::Redirect { to: cdn.base_url().to_owned() });
    site.sync(&["--crate", "big"]).succeeds();
    assert_eq!(site.audit(&upstream), [BIG, SMALL]);
    assert_eq!(cdn.downloads().len(), 2);
}

fn in_a_circle(kind: &SiteKind) {
    let (upstream, site) = big_and_small(kind);
    let circle = Mischief::Redirect { to: upstream.base_url().to_owned() };
    big_fails_and_recovers_with(&upstream, &site, circle);
}

fn to_a_file_on_disk(kind: &SiteKind) {
    let (upstream, site) = big_and_small(kind);
    let file = Mischief::Redirect { to: "file:///etc/passwd?".to_owned() };
    big_fails_and_recovers_with(&upstream, &site, file);
}

fn to_a_port_where_nobody_is(kind: &SiteKind) {
    let (upstream, site) = big_and_small(kind);
    let nobody = Mischief::Redirect { to: "http://127.0.0.1:1".to_owned() };
    big_fails_and_recovers_with(&upstream, &site, nobody);
}
