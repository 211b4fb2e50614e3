//! A mirror in the bucket of an S3 service: what is in it, and the same as a folder, to look through.

#![expect(clippy::expect_used, clippy::missing_panics_doc, reason = "a test's tools fail by failing the test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use futures_util::{StreamExt, TryStreamExt};
use romt_replica::{IndexPointer, POINTER_LIMIT};
use romt_storage::{S3Options, Secret, Storage, StorageError, StorageKey};
use romt_testkit::{Audit, S3Server, Upstream, http, leftovers, stored_files};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Questions to the service at once.
const AT_ONCE: usize = 8;
/// Where the index is in a mirror's folder.
const INDEX: &str = "git/crates.io-index";

/// A mirror in a bucket, seen from outside of romt.
#[derive(Debug)]
pub struct Bucket {
    runtime: Runtime,
    storage: Storage,
    /// Where the service tells which files are half written.
    uploads: String,
}

impl Bucket {
    /// The prefix of a deployment that is not told another one.
    pub const PREFIX: &str = "mirror";

    /// The store with this prefix, as `--store` takes it.
    pub fn address(prefix: &str) -> String {
        format!("s3://{}/{prefix}", S3Server::BUCKET)
    }

    /// What is in the bucket of this service under `prefix`.
    pub fn of(service: &S3Server, prefix: &str) -> Self {
        let endpoint = service.endpoint();
        let options = S3Options {
            endpoint: Some(endpoint.parse().expect("a URL")),
            access_key: Some(S3Server::ACCESS_KEY.to_owned()),
            secret_key: Some(Secret::new(S3Server::SECRET_KEY)),
            ..S3Options::default()
        };
        let runtime = Runtime::new().expect("a runtime");
        let address = Self::address(prefix).parse().expect("an address");
        let storage = runtime.block_on(Storage::connect(&address, &options)).expect("a bucket");
        let uploads = format!("{endpoint}/{}?uploads&prefix={prefix}/", S3Server::BUCKET);
        Self { runtime, storage, uploads }
    }

    /// The keys below `folder`, and what changes with the bytes of each.
    pub fn keys(&self, folder: &str) -> BTreeMap<String, Option<String>> {
        let found = self.storage.list(folder).map_ok(|info| (info.key, info.etag));
        self.runtime.block_on(found.try_collect()).expect("a listing")
    }

    /// What is under a key.
    pub fn read(&self, key: &str) -> Vec<u8> {
        let read = read(&self.storage, parse(key));
        self.runtime.block_on(read).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Puts something under a key, as nobody but somebody at the bucket would.
    pub fn put(&self, key: &str, bytes: &[u8]) {
        let (key, bytes) = (parse(key), bytes.to_vec().into());
        self.runtime.block_on(self.storage.put(&key, bytes)).unwrap_or_else(|error| panic!("{error}"));
    }

    /// Takes something away, which must be there.
    pub fn remove(&self, key: &str) {
        let removed = self.runtime.block_on(self.storage.remove(vec![parse(key)]));
        assert_eq!(removed.ok(), Some(vec![true]), "`{key}` is not in the bucket");
    }

    /// The commit that is published, if one is.
    pub fn published(&self) -> Option<String> {
        let pointer = self.storage.read_pointer(&StorageKey::IndexPointer, POINTER_LIMIT);
        let pointer = self.runtime.block_on(pointer).expect("a bucket that answers")?;
        IndexPointer::parse(&pointer.bytes).expect("a pointer").master().map(|commit| commit.to_string())
    }

    /// Reads the published index and every file that it lists, as [`Audit::against`] does with a folder.
    pub fn audit(&self, upstream: &Upstream) -> Audit {
        let folder = self.snapshot();
        let mut audit = Audit::against(folder.path(), upstream);
        let uploads = http::get(&self.uploads).expect("a list of uploads").text();
        let half_written = uploads.matches("<UploadId>").count();
        audit.leftovers.extend((half_written > 0).then(|| format!("{half_written} files that are half written")));
        audit
    }

    /// The files that clients may see or that romt keeps, in order; what is romt's own left out.
    pub fn stored(&self) -> Vec<String> {
        stored_files(self.snapshot().path())
    }

    /// What files should have been gone.
    pub fn leftovers(&self) -> Vec<String> {
        leftovers(self.snapshot().path())
    }

    /// The same mirror as a folder: its files, and the index as an indexer would make it anew.
    pub fn snapshot(&self) -> TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        self.runtime.block_on(self.copy(folder.path())).unwrap_or_else(|error| panic!("{error}"));
        let restored = self.runtime.block_on(romt_replica::restore(&self.storage, &folder.path().join(INDEX)));
        restored.unwrap_or_else(|error| panic!("the index cannot be made anew from the bucket: {error}"));
        folder
    }

    /// Copies everything but the index's packs.
    async fn copy(&self, folder: &Path) -> Result<(), StorageError> {
        let keys: Vec<String> = self.storage.list("").map_ok(|info| info.key).try_collect().await?;
        let files = keys.into_iter().filter(|key| !key.starts_with(StorageKey::INDEX));
        let files = futures_util::stream::iter(files).map(|key| async move {
            let content = read(&self.storage, parse(&key)).await?;
            Ok::<_, StorageError>((key, content))
        });
        let mut files = files.buffer_unordered(AT_ONCE);
        while let Some((key, content)) = files.try_next().await? {
            let path = folder.join(key);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder in a temporary folder");
            fs::write(path, content).expect("a file in a temporary folder");
        }
        Ok(())
    }
}

/// Nothing is in a bucket under a key that romt does not know.
fn parse(key: &str) -> StorageKey {
    key.parse().unwrap_or_else(|error| panic!("`{key}` is in the bucket: {error}"))
}

async fn read(storage: &Storage, key: StorageKey) -> Result<Vec<u8>, StorageError> {
    let object = storage.read(&key, None).await?;
    let pieces = object.body.into_stream(key.to_string());
    pieces
        .try_fold(Vec::new(), |mut all, piece| async move {
            all.extend_from_slice(&piece);
            Ok(all)
        })
        .await
}
