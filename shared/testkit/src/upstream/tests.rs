use std::time::Duration;

use romt_types::Digest;

use super::*;
use crate::http::{self, HttpAnswer};

fn with_hello() -> (Upstream, PackedCrate) {
    let upstream = Upstream::start();
    let hello = upstream.publish(FakeCrate::new("Hello", "1.0.0").padding(200_000));
    (upstream, hello)
}

fn get(upstream: &Upstream, path: &str) -> HttpAnswer {
    http::get(&format!("{}{path}", upstream.base_url())).unwrap()
}

const INDEX: &str = "/index/he/ll/hello";
const FILE: &str = "/dl/Hello/1.0.0/download";

#[test]
fn index_and_files_are_served() {
    let (upstream, hello) = with_hello();
    assert!(get(&upstream, "/index/config.json").text().contains("/dl\""));
    assert_eq!(get(&upstream, INDEX).text(), hello.line() + "\n");
    assert_eq!(get(&upstream, FILE).body, *hello.bytes());
    for absent in ["/index/he/ll/hellx", "/index/hello", "/dl/Hello/2.0.0/download", "/", "/x"] {
        assert_eq!(get(&upstream, absent).status, 404, "{absent}");
    }
    assert_eq!(upstream.requests().len(), 8);
    assert_eq!((upstream.downloads().len(), upstream.index_requests().len()), (2, 3));
    assert_eq!(upstream.peak(), 1);
}

#[test]
fn a_template_leads_to_the_files() {
    let upstream = Upstream::start_with(DownloadStyle::Template);
    let hello = upstream.publish(FakeCrate::new("Hello", "1.0.0"));
    let config = get(&upstream, "/index/config.json").text();
    let url = config.split('"').find(|part| part.contains("{version}")).unwrap();
    let url = url.replace("{crate}", "Hello").replace("{version}", "1.0.0").replace("{prefix}", "He/ll");
    let url = url.replace("{lowerprefix}", "he/ll").replace("{sha256-checksum}", &hello.digest().to_string());
    assert_eq!(http::get(&url).unwrap().body, *hello.bytes());
}

#[test]
fn content_changes_while_it_runs() {
    let (upstream, first) = with_hello();
    let second = upstream.publish(FakeCrate::new("Hello", "2.0.0"));
    assert_eq!(upstream.lines("hello"), [first.line(), second.line()]);
    upstream.set_yanked("Hello@1.0.0", true);
    assert!(upstream.lines("hello")[0].contains("\"yanked\":true"));
    let replaced = upstream.publish(FakeCrate::new("Hello", "1.0.0").edition(2));
    assert_eq!(upstream.lines("hello"), [replaced.line(), second.line()]);
    assert_eq!(get(&upstream, FILE).body, *replaced.bytes());
    upstream.delete("Hello@1.0.0");
    assert_eq!(upstream.lines("hello"), [second.line()]);
    assert_eq!(get(&upstream, FILE).status, 404);
    upstream.delete("Hello@2.0.0");
    assert_eq!(get(&upstream, INDEX).status, 404);
    assert_eq!(upstream.all_lines_ever().len(), 4);
}

#[test]
fn what_is_known_is_not_sent_again() {
    let (upstream, _) = with_hello();
    let url = format!("{}{INDEX}", upstream.base_url());
    let first = http::get(&url).unwrap();
    let etag = first.header("etag").unwrap();
    let modified = first.header("last-modified").unwrap();
    assert_eq!(http::get_with(&url, &[("If-None-Match", etag)]).unwrap().status, 304);
    assert_eq!(http::get_with(&url, &[("If-Modified-Since", modified)]).unwrap().status, 304);
    upstream.publish(FakeCrate::new("hello", "1.0.1"));
    assert_eq!(http::get_with(&url, &[("If-None-Match", etag)]).unwrap().status, 200);
    assert_eq!(upstream.requests()[1].header("if-none-match"), Some(etag));
}

#[test]
fn downloads_resume() {
    let (upstream, hello) = with_hello();
    let url = format!("{}{FILE}", upstream.base_url());
    let etag = http::get(&url).unwrap().header("etag").unwrap().to_owned();
    let rest = http::get_with(&url, &[("Range", "bytes=1000-"), ("If-Range", &etag)]).unwrap();
    assert_eq!((rest.status, &*rest.body), (206, &hello.bytes()[1000..]));
    assert!(rest.header("content-range").unwrap().starts_with("bytes 1000-"));
    let other = http::get_with(&url, &[("Range", "bytes=1000-"), ("If-Range", "\"old\"")]).unwrap();
    assert_eq!((other.status, other.body.len()), (200, hello.bytes().len()));
    assert_eq!(http::get_with(&url, &[("Range", "bytes=900000-")]).unwrap().status, 416);
    upstream.misbehave(Place::Downloads, Mischief::NoRanges);
    assert_eq!(http::get_with(&url, &[("Range", "bytes=1000-")]).unwrap().status, 200);
}

#[test]
fn a_mischief_has_its_place_and_its_time() {
    let (upstream, hello) = with_hello();
    upstream.misbehave(Place::Downloads, Mischief::Status(403));
    upstream.misbehave_times(1, Place::download("Hello@1.0.0"), Mischief::TooManyRequests { retry_after: 7 });
    let answer = get(&upstream, FILE);
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("7")));
    assert_eq!(get(&upstream, FILE).status, 403);
    assert_eq!(get(&upstream, INDEX).status, 200);
    upstream.behave();
    assert_eq!(get(&upstream, FILE).body, *hello.bytes());
}

#[test]
fn bodies_are_bent() {
    let (upstream, hello) = with_hello();
    let right = hello.bytes();
    let bent = |mischief| {
        upstream.misbehave(Place::Downloads, mischief);
        get(&upstream, FILE)
    };
    let wrong = bent(Mischief::WrongBytes);
    assert!(wrong.body.len() == right.len() && wrong.body != *right);
    assert_eq!(bent(Mischief::LengthTooSmall { by: 10 }).body, right[..right.len() - 10]);
    assert_eq!(bent(Mischief::EmptyBody).body, "");
    let page = bent(Mischief::HtmlPage);
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html")));
    assert_eq!(bent(Mischief::Gzip).header("content-encoding"), Some("gzip"));
    let elsewhere = bent(Mischief::Redirect { to: format!("{}/elsewhere", upstream.base_url()) });
    assert_eq!(elsewhere.status, 302);
    upstream.behave();
    assert_eq!(http::get(elsewhere.header("location").unwrap()).unwrap().body, *right);
}

#[test]
fn connections_break() {
    let (upstream, _) = with_hello();
    let url = format!("{}{FILE}", upstream.base_url());
    for mischief in [Mischief::CutBody { after_bytes: 100_000 }, Mischief::LengthTooLarge { by: 10 }, Mischief::Reset] {
        upstream.misbehave(Place::Downloads, mischief.clone());
        assert!(http::get(&url).is_err(), "{mischief:?}");
    }
    upstream.misbehave(Place::Downloads, Mischief::Reset);
    assert_eq!(http::get(&url).unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
}

#[test]
fn index_lines_are_bent() {
    let (upstream, hello) = with_hello();
    let lines = |mischief| {
        upstream.misbehave(Place::index_file("Hello"), mischief);
        get(&upstream, INDEX).text().lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let traversal = lines(Mischief::IndexNameTraversal);
    assert!(traversal[0] == hello.line() && traversal[1].contains("\"name\":\"../"), "{traversal:?}");
    let not_json = lines(Mischief::IndexNotJson);
    assert!(not_json.len() == 2 && not_json[1] == hello.line(), "{not_json:?}");
}

#[test]
fn held_answers_come_when_upstream_behaves() {
    let (upstream, hello) = with_hello();
    upstream.misbehave(Place::Downloads, Mischief::Hold);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| get(&upstream, FILE));
        upstream.wait_for_downloads(1);
        assert!(!waiting.is_finished());
        upstream.behave();
        assert_eq!(waiting.join().unwrap().body, *hello.bytes());
    });
}

#[test]
fn slow_bodies_take_their_time() {
    let (upstream, hello) = with_hello();
    let speed = hello.bytes().len() * 4;
    upstream.misbehave(Place::Downloads, Mischief::SlowBody { bytes_per_second: speed });
    let begun = std::time::Instant::now();
    assert_eq!(Digest::of(&get(&upstream, FILE).body), hello.digest());
    assert!(begun.elapsed() >= Duration::from_millis(200), "{:?}", begun.elapsed());
}
