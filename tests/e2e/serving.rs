//! What is served beside what cargo asks for.

use romt_testkit::{Serving, Upstream, http, scenario};
use romt_tests::{Site, SiteKind, both};

both! {
    health_readiness_metrics_and_a_first_page,
    config_is_made_for_the_address_that_the_client_used,
    crates_are_found_under_both_paths_and_nothing_else_is,
    parts_and_what_is_known_already,
}

/// A mirror of the family.
fn family(kind: &SiteKind) -> (Site, Serving) {
    let upstream = Upstream::start();
    scenario::family(&upstream);
    let site = Site::new(kind, &upstream);
    site.sync(&["--crate", "parent"]).succeeds();
    let mirror = site.serve();
    (site, mirror)
}

fn health_readiness_metrics_and_a_first_page(kind: &SiteKind) {
    let (_site, mirror) = family(kind);
    assert_eq!(mirror.get("/healthz").status, 200);
    assert_eq!(mirror.get("/readyz").status, 200);
    assert!(mirror.get("/metrics").text().contains("# TYPE "));
    let page = mirror.get("/");
    assert!(page.status == 200 && page.text().contains(&mirror.index_url()), "{}", page.text());
}

fn config_is_made_for_the_address_that_the_client_used(kind: &SiteKind) {
    let (_site, mirror) = family(kind);
    for host in ["127.0.0.1", "localhost"] {
        let base = mirror.base_url().replace("127.0.0.1", host).replace("localhost", host);
        let config = http::get(&format!("{base}/crates-index/config.json")).expect("config.json");
        assert!(config.text().contains(&format!("{base}/crates")), "{}", config.text());
    }
}

fn crates_are_found_under_both_paths_and_nothing_else_is(kind: &SiteKind) {
    let (_site, mirror) = family(kind);
    let direct = mirror.get("/crates/grammar/grammar-1.0.0+build.7.crate");
    assert_eq!(direct.status, 200);
    assert_eq!(mirror.get("/crates/grammar/1.0.0+build.7/download").body, direct.body);
    let paths = [
        "/crates/grammar/grammar-1.0.1.crate",
        "/crates/..%2f..%2f.romt/lock",
        "/crates/../.romt/lock",
        "/.romt/lock",
        "/.romt/index/pointer.json",
        "/crates-index/../.romt/lock",
        "/crates-index/qu/ie/quiet",
    ];
    for path in paths {
        let status = mirror.get(path).status;
        assert!(matches!(status, 400 | 404), "{path} is answered by {status}");
    }
}

fn parts_and_what_is_known_already(kind: &SiteKind) {
    let (_site, mirror) = family(kind);
    let url = format!("{}/crates/helper/helper-2.0.0.crate", mirror.base_url());
    let whole = mirror.get("/crates/helper/helper-2.0.0.crate");
    let etag = whole.header("etag").unwrap_or("(none)");
    let part = http::get_with(&url, &[("Range", "bytes=10-19")]).expect("a part");
    assert_eq!((part.status, &part.body[..]), (206, &whole.body[10..20]));
    let known = http::get_with(&url, &[("If-None-Match", etag)]).expect("an answer");
    assert_eq!((known.status, known.body.len()), (304, 0));
}
