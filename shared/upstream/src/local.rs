//! Upstreams that are folders of this machine.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use url::Url;

use crate::error::shown_url;
use crate::{Answer, FetchError, Sink, Validators};

/// As much of a file as is read at once.
const PIECE: u64 = 1024 * 1024;

/// Reads the file that a `file:` address names into `sink`, and returns its size.
pub(crate) async fn read(url: &Url, sink: &mut dyn Sink) -> Result<u64, FetchError> {
    let path = path_of(url)?;
    let failed = |source| failure(&path, source);
    if sink.position() > 0 {
        sink.restart().await.map_err(|source| FetchError::Sink { url: shown_url(url), source })?;
    }
    let opened = path.clone();
    // The first piece comes with the opening: most crates have no second one.
    let mut next = blocking(move || read_piece(open(&opened)?)).await.map_err(failed)?;
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

/// Reads the file that a `file:` address names, at most `limit` bytes. There is no way to ask whether it has changed.
pub(crate) async fn get(url: &Url, limit: u64) -> Result<Answer, FetchError> {
    let path = path_of(url)?;
    let opened = path.clone();
    let read = move || {
        let mut bytes = Vec::new();
        // One byte more than may come tells that the file is too large.
        open(&opened)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    match blocking(read).await.map_err(|source| failure(&path, source)) {
        Ok(bytes) if bytes.len() as u64 > limit => Err(FetchError::TooLarge { url: shown_url(url), limit }),
        Ok(bytes) => Ok(Answer::Body { bytes: bytes.into(), validators: Validators::default() }),
        Err(FetchError::NoFile { .. }) => Ok(Answer::Absent),
        Err(error) => Err(error),
    }
}

fn path_of(url: &Url) -> Result<PathBuf, FetchError> {
    url.to_file_path().map_err(|()| FetchError::Address { url: shown_url(url) })
}

fn failure(path: &Path, source: io::Error) -> FetchError {
    let path = path.to_owned();
    match source.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => FetchError::NoFile { path },
        _ => FetchError::Local { path, source },
    }
}

fn open(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
    }
    Ok(file)
}

fn read_piece(file: File) -> io::Result<(Bytes, File)> {
    let mut piece = Vec::new();
    (&file).take(PIECE).read_to_end(&mut piece)?;
    Ok((piece.into(), file))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other).and_then(|done| done)
}
