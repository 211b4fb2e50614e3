//! Answers that are not what the client asked for: a status and a sentence.

use axum::response::{IntoResponse, Response};
use http::{HeaderName, StatusCode, header};

use crate::base_url::HostError;

/// For everything that may change at the next publish: a cache may keep it, but asks us before each use. Without this,
/// caches may take a "not found" for lasting (RFC 9111, 4.2.2), and hide what was published since.
pub(crate) const REVALIDATE: (HeaderName, &str) = (header::CACHE_CONTROL, "public, max-age=0, must-revalidate");

/// For what never changes while it is there: a cache may use it for a year without asking (RFC 8246).
pub(crate) const KEEP: (HeaderName, &str) = (header::CACHE_CONTROL, "public, max-age=31536000, immutable");

/// Browsers must not guess that a crate or an index file is a page.
pub(crate) const NO_SNIFFING: (HeaderName, &str) = (header::X_CONTENT_TYPE_OPTIONS, "nosniff");

/// Why a request is refused.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// There is no such thing, as far as clients may know.
    Absent(String),
    /// We cannot tell what the client calls us.
    Host(HostError),
    /// The mirror failed; the log says how.
    Broken(anyhow::Error),
}

impl Refusal {
    /// Nothing of that name is published.
    pub(crate) fn unpublished(what: impl std::fmt::Display) -> Self {
        Self::Absent(format!("{what} is not published on this mirror"))
    }
}

impl From<anyhow::Error> for Refusal {
    fn from(error: anyhow::Error) -> Self {
        Self::Broken(error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Absent(sentence) => refuse(StatusCode::NOT_FOUND, &sentence),
            Self::Host(error) => refuse(StatusCode::BAD_REQUEST, &error.to_string()),
            Self::Broken(error) => {
                tracing::error!(error = format!("{error:#}"), "cannot answer a request");
                refuse(StatusCode::INTERNAL_SERVER_ERROR, "the mirror cannot be read just now; its log says why")
            }
        }
    }
}

/// The routes there are take no such request.
pub(crate) async fn method_not_allowed() -> Response {
    refuse(StatusCode::METHOD_NOT_ALLOWED, "this mirror only answers GET and HEAD")
}

/// There is no such route.
pub(crate) async fn no_route() -> Refusal {
    Refusal::Absent("there is nothing at this path".to_owned())
}

fn refuse(status: StatusCode, sentence: &str) -> Response {
    (status, [REVALIDATE, NO_SNIFFING], format!("{sentence}\n")).into_response()
}
