//! Upstreams that are folders of this machine.

use std::fs::File;
use std::io::{self, Read};

use bytes::Bytes;
use url::Url;

use crate::error::shown_url;
use crate::{FetchError, Sink};

/// As much of a file as is read at once.
const PIECE: u64 = 1024 * 1024;

/// Reads the file that a `file:` address names into `sink`, and returns its size.
pub(crate) async fn read(url: &Url, sink: &mut dyn Sink) -> Result<u64, FetchError> {
    let path = url.to_file_path().map_err(|()| FetchError::Address { url: shown_url(url) })?;
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => FetchError::NoFile { path: path.clone() },
        _ => FetchError::Local { path: path.clone(), source },
    };
    if sink.position() > 0 {
        sink.restart().await.map_err(|source| FetchError::Sink { url: shown_url(url), source })?;
    }
    let opened = path.clone();
    let mut next = blocking(move || open(&opened)).await.map_err(failed)?;
    loop {
        let (piece, file) = next;
        if piece.len() as u64 > sink.limit().saturating_sub(sink.position()) {
            return Err(FetchError::TooLarge { url: shown_url(url), limit: sink.limit() });
        }
        let last = (piece.len() as u64) < PIECE;
        sink.write(piece).await.map_err(|source| FetchError::Sink { url: shown_url(url), source })?;
        if last {
            return Ok(sink.position());
        }
        next = blocking(move || read_piece(file)).await.map_err(failed)?;
    }
}

/// The first piece comes with the opening: most crates have no second one.
fn open(path: &std::path::Path) -> io::Result<(Bytes, File)> {
    let file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
    }
    read_piece(file)
}

fn read_piece(file: File) -> io::Result<(Bytes, File)> {
    let mut piece = Vec::new();
    (&file).take(PIECE).read_to_end(&mut piece)?;
    Ok((piece.into(), file))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other).and_then(|done| done)
}
