//! How to ask whether a file has changed.

use http::{HeaderMap, HeaderValue, header};
use serde::{Deserialize, Serialize};

/// What upstream said about the version of a file, to be sent back with the next question.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Validators {
    /// The `ETag`, as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// The `Last-Modified`, as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
}

/// Longer ones are not kept: they are stored for every index file.
const MAX_LENGTH: usize = 256;

impl Validators {
    /// Whether there is nothing to send back.
    pub fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }

    /// Those of an answer.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let text = |name| {
            let value = headers.get(name)?.to_str().ok()?;
            (!value.is_empty() && value.len() <= MAX_LENGTH).then(|| value.to_owned())
        };
        Self { etag: text(header::ETAG), last_modified: text(header::LAST_MODIFIED) }
    }

    /// The headers of "only if it has changed".
    pub(crate) fn if_changed(&self) -> HeaderMap {
        let pairs = [(header::IF_NONE_MATCH, &self.etag), (header::IF_MODIFIED_SINCE, &self.last_modified)];
        let parsed = pairs.into_iter().filter_map(|(name, value)| {
            // What was persisted may be anything by now.
            Some((name, HeaderValue::from_str(value.as_deref()?).ok()?))
        });
        parsed.collect()
    }

    /// The value of `If-Range`: "the rest, if it is still this one". A weak tag cannot promise equal bytes.
    pub(crate) fn if_range(&self) -> Option<HeaderValue> {
        let strong = self.etag.as_deref().filter(|etag| !etag.starts_with("W/"));
        HeaderValue::from_str(strong.or(self.last_modified.as_deref())?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn validators(etag: Option<&str>, last_modified: Option<&str>) -> Validators {
        Validators { etag: etag.map(str::to_owned), last_modified: last_modified.map(str::to_owned) }
    }

    #[test]
    fn a_weak_tag_does_not_resume() {
        assert_eq!(validators(Some("\"a\""), Some("date")).if_range().unwrap(), "\"a\"");
        assert_eq!(validators(Some("W/\"a\""), Some("date")).if_range().unwrap(), "date");
        assert_eq!(validators(Some("W/\"a\""), None).if_range(), None);
    }

    #[test]
    fn what_cannot_be_sent_is_left_out() {
        let headers = validators(Some("\"a\"\r\nX: y"), Some("date")).if_changed();
        assert_eq!(headers.len(), 1);
        assert_eq!(headers[header::IF_MODIFIED_SINCE], "date");
    }
}
