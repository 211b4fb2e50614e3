//! Upstreams that are folders of this machine.

use romt_upstream::{Answer, Client, ClientConfig, FetchError, Validators};
use url::Url;

use crate::support::{Collected, bytes, client, config};

fn local_client() -> Client {
    Client::new(ClientConfig { local_files: true, ..config() }).unwrap()
}

#[tokio::test]
async fn files_of_all_sizes_come_whole() {
    let folder = tempfile::tempdir().unwrap();
    for size in [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20] {
        let path = folder.path().join(format!("a b+{size}.crate"));
        std::fs::write(&path, bytes(size)).unwrap();
        let mut sink = Collected::new(4 << 20);
        let read = local_client().download(&Url::from_file_path(&path).unwrap(), &mut sink).await.unwrap();
        assert_eq!((read, sink.bytes == bytes(size)), (size as u64, true), "{size}");
    }
}

#[tokio::test]
async fn what_is_no_file_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let gone = Url::from_file_path(folder.path().join("gone")).unwrap();
    let error = local_client().download(&gone, &mut Collected::new(9)).await.unwrap_err();
    assert!(matches!(&error, FetchError::NoFile { path } if path.ends_with("gone")), "{error}");
    let itself = Url::from_file_path(folder.path()).unwrap();
    let error = local_client().download(&itself, &mut Collected::new(9)).await.unwrap_err();
    assert!(matches!(error, FetchError::Local { .. }), "{error}");
    std::fs::write(folder.path().join("large"), bytes(10)).unwrap();
    let large = Url::from_file_path(folder.path().join("large")).unwrap();
    let error = local_client().download(&large, &mut Collected::new(9)).await.unwrap_err();
    assert!(matches!(error, FetchError::TooLarge { limit: 9, .. }), "{error}");
}

#[tokio::test]
async fn nobody_reads_files_who_was_not_told_to() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a"), "x").unwrap();
    let url = Url::from_file_path(folder.path().join("a")).unwrap();
    let error = client().download(&url, &mut Collected::new(9)).await.unwrap_err();
    assert!(matches!(error, FetchError::Address { .. }), "{error}");
    let error = client().get(&url, None, 9).await.unwrap_err();
    assert!(matches!(error, FetchError::Address { .. }), "{error}");
}

#[tokio::test]
async fn small_files_come_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let client = local_client();
    let known = Validators { etag: Some("\"a\"".to_owned()), last_modified: None };
    for size in [0, 1, 1 << 20] {
        let path = folder.path().join(format!("a b+{size}.toml"));
        std::fs::write(&path, bytes(size)).unwrap();
        let url = Url::from_file_path(&path).unwrap();
        let whole = Answer::Body { bytes: bytes(size), validators: Validators::default() };
        assert_eq!(client.get(&url, None, size as u64).await.unwrap(), whole);
        assert_eq!(client.get(&url, Some(&known), u64::MAX).await.unwrap(), whole);
        if let Some(less) = (size as u64).checked_sub(1) {
            let error = client.get(&url, None, less).await.unwrap_err();
            assert!(matches!(error, FetchError::TooLarge { limit, .. } if limit == less), "{error}");
        }
        let below = Url::from_file_path(path.join("x")).unwrap();
        assert_eq!(client.get(&below, None, 9).await.unwrap(), Answer::Absent, "a file is no folder");
    }
    let gone = Url::from_file_path(folder.path().join("gone")).unwrap();
    assert_eq!(client.get(&gone, None, 9).await.unwrap(), Answer::Absent);
    let itself = Url::from_file_path(folder.path()).unwrap();
    let error = client.get(&itself, None, 9).await.unwrap_err();
    assert!(matches!(&error, FetchError::Local { path, .. } if path == folder.path()), "{error}");
}
