//! How large a file is, without bringing it.

use std::io;

use http::header;
use url::Url;

use crate::client::failure;
use crate::error::{Failure, shown_url};
use crate::tries::Tries;
use crate::{Client, FetchError};

impl Client {
    /// Asks how many bytes a [`download`](Self::download) would bring; `None` if upstream does not say.
    ///
    /// Tries again as the [`RetryPolicy`](crate::RetryPolicy) says.
    pub async fn size(&self, url: &Url) -> Result<Option<u64>, FetchError> {
        if self.config.local_files && url.scheme() == "file" {
            return of_file(url).await.map(Some);
        }
        let mut tries = self.tries(url)?;
        loop {
            let turn = tries.begin().await?;
            let failure = match self.head(url, &tries).await {
                Ok(size) => return Ok(size),
                Err(failure) => failure,
            };
            drop(turn);
            tries.failed(failure, false).await?;
        }
    }

    async fn head(&self, url: &Url, tries: &Tries) -> Result<Option<u64>, Failure> {
        let request = self.http.head(url.clone()).header(header::ACCEPT_ENCODING, "identity");
        let response = self.send(&tries.url, request).await?;
        match response.status().as_u16() {
            // The header itself: the length of the body of such an answer is always nought.
            200 => {
                let length = response.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
                let packed = response.headers().contains_key(header::CONTENT_ENCODING);
                Ok(length.filter(|_| !packed).and_then(|length| length.parse().ok()))
            }
            // Not every server knows the question.
            405 | 501 => Ok(None),
            _ => Err(failure(&tries.url, &response)),
        }
    }
}

/// That of a file of this machine.
async fn of_file(url: &Url) -> Result<u64, FetchError> {
    let path = url.to_file_path().map_err(|()| FetchError::Address { url: shown_url(url) })?;
    match tokio::fs::metadata(&path).await {
        Ok(metadata) if metadata.is_file() => Ok(metadata.len()),
        Ok(_) => {
            let source = io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file");
            Err(FetchError::Local { path, source })
        }
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Err(FetchError::NoFile { path })
        }
        Err(source) => Err(FetchError::Local { path, source }),
    }
}
