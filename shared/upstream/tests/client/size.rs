//! How large a file is.

use axum::body::Body;
use axum::http::{Response, header};
use romt_upstream::{Client, ClientConfig, FetchError};
use url::Url;

use crate::support::{client, config, status, upstream};

#[tokio::test]
async fn the_size_is_what_a_download_would_bring() {
    let (url, seen) = upstream(|_, headers| {
        assert_eq!(headers[header::ACCEPT_ENCODING], "identity");
        Response::new(Body::from(vec![0; 12_345]))
    })
    .await;
    assert_eq!(client().size(&url).await.unwrap(), Some(12_345));
    assert_eq!(seen.count(), 1);
}

#[tokio::test]
async fn what_upstream_does_not_say_is_not_known() {
    let packed =
        |_: usize, _: &_| Response::builder().header(header::CONTENT_ENCODING, "gzip").body("x".into()).unwrap();
    let (url, _) = upstream(packed).await;
    assert_eq!(client().size(&url).await.unwrap(), None);
    for code in [405, 501] {
        let (url, _) = upstream(move |_, _| status(code)).await;
        assert_eq!(client().size(&url).await.unwrap(), None, "{code}");
    }
}

#[tokio::test]
async fn it_is_asked_again_and_what_is_not_there_is_said() {
    let (url, seen) = upstream(|number, _| if number == 0 { status(503) } else { Response::new("text".into()) }).await;
    assert_eq!(client().size(&url).await.unwrap(), Some(4));
    assert_eq!(seen.count(), 2);
    let (url, _) = upstream(|_, _| status(404)).await;
    assert!(matches!(client().size(&url).await.unwrap_err(), FetchError::Absent { status: 404, .. }));
}

#[tokio::test]
async fn files_of_this_machine_have_sizes_too() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a"), "four").unwrap();
    let client = Client::new(ClientConfig { local_files: true, ..config() }).unwrap();
    let size = async |name: &str| client.size(&Url::from_file_path(folder.path().join(name)).unwrap()).await;
    assert_eq!(size("a").await.unwrap(), Some(4));
    assert!(matches!(size("b").await.unwrap_err(), FetchError::NoFile { .. }));
    assert!(matches!(size("").await.unwrap_err(), FetchError::Local { .. }));
}
