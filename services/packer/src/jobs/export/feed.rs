//! Reads the list of an order, and opens its files ahead of the one that is being written.

use std::io::{self, Read};
use std::os::unix::fs::FileExt;

use anyhow::{Context as _, bail};
use bytes::{Buf as _, Bytes};
use futures_util::stream::{BoxStream, FuturesOrdered, StreamExt, TryStreamExt};
use romt_bus::messages::{PackContent, PackOrder};
use romt_storage::{Object, ObjectBody, Storage, StorageError, StorageKey};
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::io::StreamReader;

/// Files that are open ahead of the one that is being written.
const AHEAD: usize = 16;
/// A line of a list is a key, and none is longer.
const LINE: u64 = 4 << 10;

/// What an archive is written from, in its order.
pub(super) struct Files {
    /// The git bundle of the index, where there is one.
    pub(super) bundle: Option<Content>,
    pub(super) files: mpsc::Receiver<Feed>,
}

/// What comes out of the list.
pub(super) enum Feed {
    /// A file, and what is in it; none where it is not in the store.
    File(StorageKey, Option<Content>),
    /// The list was read to its end. Without this, what came so far is not all.
    End,
}

/// Opens what an order wants. The task reads ahead until it is through or nobody takes any more.
pub(super) async fn feed(
    storage: &Storage,
    order: &PackOrder,
) -> anyhow::Result<(Files, JoinHandle<anyhow::Result<()>>)> {
    let bundle = match &order.content {
        PackContent::Crates { bundle, .. } => {
            let key: StorageKey = bundle.parse()?;
            Some(Content::new(storage.read(&key, None).await.context("cannot read the index's bundle")?, &key))
        }
        PackContent::Toolchains | PackContent::Rustup => None,
    };
    let list: StorageKey = order.list.parse()?;
    let lines = storage.take_over(&list).await.context("cannot read the list of what is to be packed")?;
    let (sender, files) = mpsc::channel(AHEAD);
    let feeding = tokio::spawn(read_ahead(storage.clone(), lines, sender));
    Ok((Files { bundle, files }, feeding))
}

async fn read_ahead(
    storage: Storage,
    list: BoxStream<'static, Result<Bytes, StorageError>>,
    sender: mpsc::Sender<Feed>,
) -> anyhow::Result<()> {
    let mut reader = StreamReader::new(list.map_err(io::Error::other));
    let mut opening = FuturesOrdered::new();
    let mut more = true;
    loop {
        while more && opening.len() < AHEAD {
            match next_key(&mut reader).await? {
                Some(key) => opening.push_back(open(storage.clone(), key)),
                None => more = false,
            }
        }
        let feed = match opening.next().await {
            Some(feed) => feed?,
            None => Feed::End,
        };
        let end = matches!(feed, Feed::End);
        // Nobody listens any more where the archive was given up, for a reason of its own.
        if sender.send(feed).await.is_err() || end {
            return Ok(());
        }
    }
}

/// The key in the next line; none after the last one.
async fn next_key(reader: &mut (impl AsyncBufRead + Unpin + Send)) -> anyhow::Result<Option<StorageKey>> {
    let mut line = String::new();
    let read = reader.take(LINE).read_line(&mut line).await;
    match read.context("cannot read the list of what is to be packed")? {
        0 => Ok(None),
        _ if !line.ends_with('\n') => bail!("the list of what is to be packed is damaged"),
        _ => Ok(Some(line.trim_end().parse()?)),
    }
}

async fn open(storage: Storage, key: StorageKey) -> anyhow::Result<Feed> {
    match storage.read(&key, None).await {
        Ok(object) => {
            let content = Content::new(object, &key);
            Ok(Feed::File(key, Some(content)))
        }
        Err(StorageError::NotFound { .. }) => Ok(Feed::File(key, None)),
        Err(error) => Err(error.into()),
    }
}

/// An object that is open, to be read on a thread that may block.
pub(super) struct Content {
    pub(super) size: u64,
    body: Body,
}

enum Body {
    File { file: std::fs::File, at: u64, end: u64 },
    Stream { pieces: BoxStream<'static, Result<Bytes, StorageError>>, piece: Bytes, runtime: Handle },
}

impl Content {
    fn new(object: Object, key: &StorageKey) -> Self {
        let size = object.info.size;
        let body = match object.body {
            ObjectBody::File { file, range } => Body::File { file, at: range.start, end: range.end },
            body @ ObjectBody::Stream(_) => Body::Stream {
                pieces: body.into_stream(key.to_string()),
                piece: Bytes::new(),
                runtime: Handle::current(),
            },
        };
        Self { size, body }
    }
}

impl Read for Content {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.body {
            // One byte more than the size may be asked for, to see that there is none.
            Body::File { file, at, end } if *at > *end => file.read_at(buffer, *at),
            Body::File { file, at, .. } => {
                let count = file.read_at(buffer, *at)?;
                *at += count as u64;
                Ok(count)
            }
            Body::Stream { pieces, piece, runtime } => {
                while piece.is_empty() {
                    match runtime.block_on(pieces.next()) {
                        Some(next) => *piece = next.map_err(io::Error::other)?,
                        None => return Ok(0),
                    }
                }
                let count = piece.len().min(buffer.len());
                piece.copy_to_slice(&mut buffer[..count]);
                Ok(count)
            }
        }
    }
}
