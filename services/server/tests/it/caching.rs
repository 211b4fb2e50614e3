//! Everything that HTTP has for those who hold a file, or a part of it, already.

use bytes::Bytes;
use reqwest::{Method, StatusCode};

use crate::mirror::{Running, header};

/// What must hold for every file that is served from the store: `path` is that of one with these bytes and this tag.
pub(crate) async fn caching_and_parts(server: &Running, path: &str, file: &Bytes, etag: &str) {
    let last = file.len() - 1;
    let head = server.ask(Method::HEAD, path, &[]).await;
    assert_eq!(head.status(), StatusCode::OK);
    assert_eq!(header(&head, "content-length"), Some(&*file.len().to_string()));
    assert_eq!(header(&head, "accept-ranges"), Some("bytes"));
    assert_eq!(header(&head, "etag"), Some(etag));
    let modified = header(&head, "last-modified").unwrap().to_owned();
    assert_eq!(head.bytes().await.unwrap(), Bytes::new());

    for (name, value) in [("if-none-match", &*format!("\"x\", W/{etag}")), ("if-modified-since", &modified)] {
        let known = server.ask(Method::GET, path, &[(name, value)]).await;
        assert_eq!(known.status(), StatusCode::NOT_MODIFIED, "{name}");
        assert_eq!(header(&known, "etag"), Some(etag));
    }
    let long_ago = server.ask(Method::GET, path, &[("if-modified-since", "Thu, 01 Jan 1970 00:00:01 GMT")]).await;
    assert_eq!((long_ago.status(), long_ago.bytes().await.unwrap()), (StatusCode::OK, file.clone()));

    for range in ["bytes=7-", &format!("bytes=7-{last}"), &format!("bytes=-{}", last - 6)] {
        for condition in [etag, &modified] {
            let rest = server.ask(Method::GET, path, &[("range", range), ("if-range", condition)]).await;
            assert_eq!(rest.status(), StatusCode::PARTIAL_CONTENT, "{range}");
            assert_eq!(header(&rest, "content-range"), Some(&*format!("bytes 7-{last}/{}", file.len())));
            assert_eq!(header(&rest, "content-length"), Some(&*(file.len() - 7).to_string()));
            assert_eq!(rest.bytes().await.unwrap(), file.slice(7..), "{range}");
        }
    }
    let other = server.ask(Method::GET, path, &[("range", "bytes=7-"), ("if-range", "\"other\"")]).await;
    assert_eq!((other.status(), other.bytes().await.unwrap()), (StatusCode::OK, file.clone()));
    let several = server.ask(Method::GET, path, &[("range", "bytes=0-1,4-5")]).await;
    assert_eq!((several.status(), several.bytes().await.unwrap()), (StatusCode::OK, file.clone()));

    let outside = server.ask(Method::GET, path, &[("range", &format!("bytes={}-", file.len()))]).await;
    assert_eq!(outside.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(header(&outside, "content-range"), Some(&*format!("bytes */{}", file.len())));
    let failed = server.ask(Method::GET, path, &[("if-match", "\"other\"")]).await;
    assert_eq!(failed.status(), StatusCode::PRECONDITION_FAILED);
    for refused in [outside, failed] {
        assert_eq!(header(&refused, "cache-control"), Some("public, max-age=0, must-revalidate"));
    }
}
