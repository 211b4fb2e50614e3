//! The stores that the tests run on.

use std::time::Duration;

use romt_storage::{S3Options, Secret, Storage};
use romt_testkit::{S3Kind, S3Server, not_run};
use tempfile::TempDir;

/// A store, and what must live as long.
pub(crate) struct Store {
    pub(crate) name: &'static str,
    pub(crate) storage: Storage,
    _folder: Option<TempDir>,
    _service: Option<S3Server>,
}

/// A store in a folder.
pub(crate) fn folder() -> Store {
    let folder = tempfile::tempdir().unwrap();
    let storage = Storage::folder(folder.path()).unwrap();
    Store { name: "folder", storage, _folder: Some(folder), _service: None }
}

/// A bucket of a service; `None` where that is not installed, which is said.
pub(crate) async fn bucket(kind: S3Kind, test: &str) -> Option<Store> {
    let Some(service) = S3Server::start(kind) else {
        match kind {
            S3Kind::Moto => not_run(test, kind.how_to_install()),
            S3Kind::S3sFs => println!("{test} did not run: {}", kind.how_to_install()),
        }
        return None;
    };
    let storage = connect(&service.endpoint()).await;
    let name = if kind == S3Kind::Moto { "moto" } else { "s3s-fs" };
    Some(Store { name, storage, _folder: None, _service: Some(service) })
}

/// The bucket of a service, or of what stands before it.
pub(crate) async fn connect(endpoint: &str) -> Storage {
    let options = S3Options {
        endpoint: Some(S3Options::parse_endpoint(endpoint).unwrap()),
        access_key: Some(S3Server::ACCESS_KEY.to_owned()),
        secret_key: Some(Secret::new(S3Server::SECRET_KEY)),
        timeout: Duration::from_secs(20),
        retry_time: Duration::from_secs(20),
        ..S3Options::default()
    };
    Storage::connect(&format!("s3://{}/mirror", S3Server::BUCKET).parse().unwrap(), &options).await.unwrap()
}

/// All stores that there are.
pub(crate) async fn all(test: &str) -> Vec<Store> {
    let memory = Store { name: "memory", storage: Storage::memory(), _folder: None, _service: None };
    let mut stores = vec![memory, folder()];
    for kind in [S3Kind::Moto, S3Kind::S3sFs] {
        stores.extend(bucket(kind, test).await);
    }
    stores
}
