//! Reading files: small ones whole, large ones once for their hash and their signature.

use std::io::{self, Read};
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use bytes::{Buf as _, Bytes, BytesMut};
use futures_util::stream::{StreamExt as _, TryStreamExt};
use romt_dist::{DistKey, Keyring, SignatureError};
use romt_storage::{ObjectBody, StorageError};
use romt_types::{Digest, Hasher};
use tokio::sync::mpsc;

use super::ToolchainMirror;

/// As much of a file as is read at once.
const PIECE: usize = 256 * 1024;

/// So many pieces of an object wait to be read.
const AHEAD: usize = 4;

/// What one reading of a file found.
pub(super) struct Findings {
    /// The hash of all of it.
    pub(super) digest: Digest,
    /// Whether the signature is good; `None` if there was none to check.
    pub(super) signature: Option<Result<(), SignatureError>>,
}

/// A signature, and the keys to check it with.
pub(super) type Signed = (Arc<Keyring>, Bytes);

/// Reads `file` to its end. Blocks.
pub(super) fn examine(file: impl Read + Send + Sync, signed: Option<&Signed>) -> io::Result<Findings> {
    let mut file = Hashing { file, hasher: Hasher::default() };
    let signature = signed.map(|(keyring, signature)| keyring.verify_detached(signature, &mut file).map(drop));
    // A signature that is none is not compared with anything, so most of the file may be left.
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(Findings { digest: file.hasher.finish(), signature }),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Hashes what is read.
struct Hashing<R> {
    file: R,
    hasher: Hasher,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        Ok(count)
    }
}

/// An object that comes in pieces, read on a thread that may block.
struct Pieces {
    pieces: mpsc::Receiver<Result<Bytes, StorageError>>,
    piece: Bytes,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.pieces.blocking_recv() {
                Some(piece) => self.piece = piece.map_err(io::Error::other)?,
                None => return Ok(0),
            }
        }
        let count = self.piece.len().min(buffer.len());
        self.piece.copy_to_slice(&mut buffer[..count]);
        Ok(count)
    }
}

impl ToolchainMirror {
    /// A small file of the mirror; `None` if it is not there.
    pub(super) async fn small(&self, key: &DistKey, limit: usize) -> anyhow::Result<Option<Bytes>> {
        let object = match self.storage.read(&key.clone().into(), None).await {
            Ok(object) => object,
            Err(StorageError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        if object.info.size > limit as u64 {
            return Err(anyhow!("`{}` has more than {limit} bytes", self.shown(key)));
        }
        let pieces = object.body.into_stream(key.to_string());
        Ok(Some(pieces.try_fold(BytesMut::new(), append).await?.freeze()))
    }

    /// Reads a file of any size for its hash and its signature; `None` if it is not there.
    pub(super) async fn examined(&self, key: &DistKey, signed: Option<Signed>) -> anyhow::Result<Option<Findings>> {
        let object = match self.storage.read(&key.clone().into(), None).await {
            Ok(object) => object,
            Err(StorageError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let examined = match object.body {
            ObjectBody::File { file, .. } => {
                tokio::task::spawn_blocking(move || examine(&file, signed.as_ref())).await?
            }
            body @ ObjectBody::Stream(_) => {
                let (sender, pieces) = mpsc::channel(AHEAD);
                let pieces = Pieces { pieces, piece: Bytes::new() };
                let examining = tokio::task::spawn_blocking(move || examine(pieces, signed.as_ref()));
                let mut body = body.into_stream(key.to_string());
                while let Some(piece) = body.next().await {
                    // Nobody listens any more to who has failed, and then says why.
                    if sender.send(piece).await.is_err() {
                        break;
                    }
                }
                drop(sender);
                examining.await?
            }
        };
        examined.map(Some).with_context(|| format!("cannot read `{}`", self.shown(key)))
    }
}

async fn append(mut all: BytesMut, piece: Bytes) -> Result<BytesMut, StorageError> {
    all.extend_from_slice(&piece);
    Ok(all)
}
