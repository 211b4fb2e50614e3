//! Large files, streamed.

use http::{HeaderMap, HeaderValue, StatusCode, header};
use reqwest::Response;
use url::Url;

use crate::client::failure;
use crate::content_range::ContentRange;
use crate::error::Failure;
use crate::tries::Tries;
use crate::{Cause, Client, FetchError, Sink, SinkError, Validators, local};

/// What is known of a file since its first bytes came.
#[derive(Debug, Default)]
struct Known {
    /// Which version of the file the bytes are of, to be sent as `If-Range`.
    version: Option<HeaderValue>,
    /// The size of the whole file.
    total: Option<u64>,
}

impl Client {
    /// Downloads a file into `sink`, byte for byte as it is sent, and returns its size.
    ///
    /// Tries again as the [`RetryPolicy`](crate::RetryPolicy) says, and goes on where an attempt stopped if upstream can
    /// do that and the file is still the same. When it fails the sink holds whatever came.
    pub async fn download(&self, url: &Url, sink: &mut dyn Sink) -> Result<u64, FetchError> {
        self.download_with(url, sink, HeaderMap::new()).await
    }

    /// As [`download`](Self::download), but caches on the way are asked to fetch the file anew: for when the file that
    /// came was wrong.
    pub async fn download_past_caches(&self, url: &Url, sink: &mut dyn Sink) -> Result<u64, FetchError> {
        let headers = HeaderMap::from_iter([(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))]);
        self.download_with(url, sink, headers).await
    }

    async fn download_with(&self, url: &Url, sink: &mut dyn Sink, headers: HeaderMap) -> Result<u64, FetchError> {
        if self.config.local_files && url.scheme() == "file" {
            return local::read(url, sink).await;
        }
        let mut tries = self.tries(url)?;
        let mut known = Known::default();
        let mut furthest = sink.position();
        loop {
            let turn = tries.begin().await?;
            let failure = match self.receive(url, &tries, sink, &mut known, headers.clone()).await {
                Ok(()) => return Ok(sink.position()),
                Err(failure) => failure,
            };
            drop(turn);
            let progress = sink.position() > furthest;
            furthest = furthest.max(sink.position());
            tries.failed(failure, progress).await?;
        }
    }

    /// One attempt: the whole file, or the rest of it.
    async fn receive(
        &self,
        url: &Url,
        tries: &Tries,
        sink: &mut dyn Sink,
        known: &mut Known,
        headers: HeaderMap,
    ) -> Result<(), Failure> {
        let from = sink.position();
        let mut request = self.http.get(url.clone()).headers(headers).header(header::ACCEPT_ENCODING, "identity");
        if from > 0 {
            request = request.header(header::RANGE, format!("bytes={from}-"));
            if let Some(version) = &known.version {
                request = request.header(header::IF_RANGE, version);
            }
        }
        let response = self.send(&tries.url, request).await?;
        let sink_failed = |source: SinkError| FetchError::Sink { url: tries.url.clone(), source };
        match response.status() {
            StatusCode::OK => {
                if from > 0 {
                    sink.restart().await.map_err(sink_failed)?;
                }
                *known = Known::of_whole(&response);
            }
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE if from > 0 => {
                if !known.is_continued(&response, from) {
                    // The next attempt will ask for the whole file.
                    sink.restart().await.map_err(sink_failed)?;
                    return Err(Cause::OddRange.into());
                }
            }
            _ => return Err(failure(&tries.url, &response)),
        }
        let limit = sink.limit();
        let too_large = || FetchError::TooLarge { url: tries.url.clone(), limit };
        if known.total.is_some_and(|total| total > limit) {
            return Err(too_large().into());
        }
        let mut body = self.body(response);
        while let Some(piece) = body.next().await? {
            if piece.len() as u64 > limit.saturating_sub(sink.position()) {
                return Err(too_large().into());
            }
            sink.write(piece).await.map_err(sink_failed)?;
        }
        match known.total {
            Some(expected) if sink.position() != expected => {
                Err(Cause::Cut { received: sink.position(), expected }.into())
            }
            _ => Ok(()),
        }
    }
}

impl Known {
    /// From an answer that brings the whole file.
    fn of_whole(response: &Response) -> Self {
        let version = Validators::of(response.headers()).if_range();
        Self { version, total: response.content_length() }
    }

    /// Whether an answer brings the rest of the same file from `position` on. Learns its size if it was not known.
    fn is_continued(&mut self, response: &Response, position: u64) -> bool {
        if response.status() != StatusCode::PARTIAL_CONTENT {
            return false;
        }
        let range = response.headers().get(header::CONTENT_RANGE).and_then(|value| value.to_str().ok());
        let Some(range) = range.and_then(ContentRange::parse) else { return false };
        // Upstream may have sent the rest of another version all the same.
        let version = Validators::of(response.headers()).if_range();
        let same_version = version.is_none() || self.version.is_none() || version == self.version;
        let continues = same_version && range.continues(position, self.total);
        if continues {
            self.total = self.total.or(range.total);
        }
        continues
    }
}
