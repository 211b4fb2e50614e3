//! Answering with a file, or a part of it, or with the news that the client has it.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use crate::conditional::{self, Answer, Validators};
use crate::range::Part;
use crate::refusal::{KEEP, NO_SNIFFING, REVALIDATE};

/// A file that is served, without its bytes.
#[derive(Debug)]
pub(crate) struct ServedFile {
    /// Its media type.
    pub(crate) content_type: &'static str,
    /// What tells its states apart.
    pub(crate) validators: Validators,
    /// Its size in bytes.
    pub(crate) length: u64,
    /// Whether it will never change, so that caches need not ask again.
    pub(crate) is_lasting: bool,
}

impl ServedFile {
    /// What the client is to be sent.
    pub(crate) fn answer(&self, method: &Method, headers: &HeaderMap) -> Answer {
        conditional::evaluate(method, headers, &self.validators, self.length)
    }

    /// The response to that; `body` is the part that the answer speaks of, and empty where it speaks of none.
    pub(crate) fn respond(&self, answer: &Answer, body: Body) -> Response {
        let all = self.length;
        let (status, length, content_range) = match answer {
            Answer::NotModified => (StatusCode::NOT_MODIFIED, None, None),
            Answer::PreconditionFailed => (StatusCode::PRECONDITION_FAILED, Some(0), None),
            Answer::Send(Part::Whole) => (StatusCode::OK, Some(all), None),
            Answer::Send(Part::Bytes(range)) => {
                let shown = format!("bytes {}-{}/{all}", range.start, range.end - 1);
                (StatusCode::PARTIAL_CONTENT, Some(range.end - range.start), Some(shown))
            }
            Answer::Send(Part::Unsatisfiable) => {
                (StatusCode::RANGE_NOT_SATISFIABLE, Some(0), Some(format!("bytes */{all}")))
            }
        };
        // What is no answer with the file is none for good either.
        let keeps = self.is_lasting && (status.is_success() || status == StatusCode::NOT_MODIFIED);
        let mut response = (
            status,
            [if keeps { KEEP } else { REVALIDATE }, NO_SNIFFING],
            [(header::ETAG, self.validators.etag.as_str()), (header::ACCEPT_RANGES, "bytes")],
            body,
        )
            .into_response();
        let headers = response.headers_mut();
        if let Some(length) = length {
            headers.insert(header::CONTENT_LENGTH, length.into());
        }
        if status.is_success() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        }
        let texts = [(header::CONTENT_RANGE, content_range), (header::LAST_MODIFIED, self.validators.last_modified())];
        for (name, text) in texts {
            // Digits and dates always are header values.
            if let Some(value) = text.and_then(|text| HeaderValue::try_from(text).ok()) {
                headers.insert(name, value);
            }
        }
        response
    }
}
