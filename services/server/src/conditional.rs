//! Conditional requests (RFC 9110, 13): what to answer a client that has something already.
//!
//! Written out here because the typed headers there are for this (crate `headers`) refuse suffix ranges that are longer
//! than the file and take any later date for an `If-Range` match; both would break resumed downloads.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use romt_storage::ObjectInfo;

use crate::range::{self, Part};

/// A strong entity tag: the same tag, the same bytes. Shown with its quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ETag(Box<str>);

impl ETag {
    /// The tag that says `digest`: a digest of the bytes, in hexadecimal digits.
    pub(crate) fn of_digest(digest: impl fmt::Display) -> Self {
        Self(format!("\"{digest}\"").into())
    }

    /// The tag of a file of the store whose digest is not known: the store's own, which changes whenever the file is
    /// written.
    pub(crate) fn of_object(info: &ObjectInfo) -> Self {
        // What may stand in a tag (RFC 9110, 8.8.3); and a weak one promises too little.
        let fits = |b: u8| b == b'!' || (b'#'..=b'~').contains(&b);
        match info.etag.as_deref() {
            Some(etag) if !etag.is_empty() && !etag.starts_with("W/") && etag.bytes().all(fits) => {
                Self::of_digest(etag)
            }
            _ => {
                let written = info.modified.duration_since(UNIX_EPOCH).unwrap_or_default().as_micros();
                Self::of_digest(format_args!("{written:x}-{:x}", info.size))
            }
        }
    }

    /// As it stands in a header.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// What tells one state of a file from another.
#[derive(Debug, Clone)]
pub(crate) struct Validators {
    /// Changes with the bytes.
    pub(crate) etag: ETag,
    /// When the bytes last changed, in whole seconds, if that is known.
    modified: Option<SystemTime>,
}

impl Validators {
    /// A time that lies ahead is taken for now: a client must never be told that a file is from the future.
    pub(crate) fn new(etag: ETag, modified: Option<SystemTime>) -> Self {
        let whole_seconds = |time: SystemTime| {
            let since = time.min(SystemTime::now()).duration_since(UNIX_EPOCH).unwrap_or_default();
            UNIX_EPOCH + Duration::from_secs(since.as_secs())
        };
        Self { etag, modified: modified.map(whole_seconds) }
    }

    /// `Last-Modified`, as it stands in a header.
    pub(crate) fn last_modified(&self) -> Option<String> {
        self.modified.map(httpdate::fmt_http_date)
    }
}

/// How a request for a file is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// 200, 206 or 416: this part of it.
    Send(Part),
    /// 304: the client has it.
    NotModified,
    /// 412: it is not what the client made a condition of.
    PreconditionFailed,
}

/// Decides, in the order of RFC 9110, 13.2.2.
pub(crate) fn evaluate(method: &Method, headers: &HeaderMap, file: &Validators, length: u64) -> Answer {
    if headers.contains_key(header::IF_MATCH) {
        if !matches(headers, &header::IF_MATCH, &file.etag, Comparison::Strong) {
            return Answer::PreconditionFailed;
        }
    } else if let (Some(modified), Some(since)) = (file.modified, date(headers, &header::IF_UNMODIFIED_SINCE))
        && modified > since
    {
        return Answer::PreconditionFailed;
    }
    if headers.contains_key(header::IF_NONE_MATCH) {
        if matches(headers, &header::IF_NONE_MATCH, &file.etag, Comparison::Weak) {
            return Answer::NotModified;
        }
    } else if let (Some(modified), Some(since)) = (file.modified, date(headers, &header::IF_MODIFIED_SINCE))
        && modified <= since
    {
        return Answer::NotModified;
    }
    match headers.get(header::RANGE) {
        // A range means something to GET alone.
        Some(range) if method == Method::GET && range_still_fits(headers, file) => {
            Answer::Send(range::requested(range, length))
        }
        _ => Answer::Send(Part::Whole),
    }
}

/// Whether the part of the file that the client has (`If-Range`) is of this state of it.
fn range_still_fits(headers: &HeaderMap, file: &Validators) -> bool {
    let Some(condition) = headers.get(header::IF_RANGE) else { return true };
    // Our tag is strong, so the same text is a strong match; and a date must be the very one that we sent.
    condition.as_bytes() == file.etag.as_str().as_bytes()
        || file.modified.is_some_and(|modified| parse_date(condition) == Some(modified))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Strong,
    Weak,
}

/// Whether a list of tags, or `*`, names this one.
fn matches(headers: &HeaderMap, name: &HeaderName, etag: &ETag, comparison: Comparison) -> bool {
    let mut tags = headers.get_all(name).iter().flat_map(|value| Tags(value.as_bytes()));
    headers.get_all(name).iter().any(|value| value.as_bytes().trim_ascii() == b"*")
        || tags.any(|tag| tag.quoted == etag.as_str().as_bytes() && !(tag.weak && comparison == Comparison::Strong))
}

/// The tags of one header line; ends at the first thing that is none.
struct Tags<'a>(&'a [u8]);

struct Tag<'a> {
    weak: bool,
    quoted: &'a [u8],
}

impl<'a> Iterator for Tags<'a> {
    type Item = Tag<'a>;

    fn next(&mut self) -> Option<Tag<'a>> {
        let between = |b: &u8| matches!(b, b' ' | b'\t' | b',');
        let start = self.0.iter().position(|b| !between(b))?;
        let rest = &self.0[start..];
        let (weak, rest) = rest.strip_prefix(b"W/").map_or((false, rest), |rest| (true, rest));
        let opaque = rest.strip_prefix(b"\"")?;
        // Both quotes belong to the tag.
        let end = opaque.iter().position(|&b| b == b'"')? + 2;
        let (quoted, after) = rest.split_at(end);
        self.0 = after;
        Some(Tag { weak, quoted })
    }
}

fn date(headers: &HeaderMap, name: &HeaderName) -> Option<SystemTime> {
    headers.get(name).and_then(parse_date)
}

fn parse_date(value: &HeaderValue) -> Option<SystemTime> {
    httpdate::parse_http_date(value.to_str().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DATE: &str = "Fri, 20 Nov 2026 10:00:00 GMT";
    const BEFORE: &str = "Fri, 20 Nov 2026 09:59:59 GMT";
    const AFTER: &str = "Fri, 20 Nov 2026 10:00:01 GMT";
    const WHOLE: Answer = Answer::Send(Part::Whole);
    const PART: Answer = Answer::Send(Part::Bytes(2..4));

    fn file() -> Validators {
        // Not by `new`: the test must not depend on today.
        Validators { etag: ETag::of_digest("abc"), modified: httpdate::parse_http_date(DATE).ok() }
    }

    fn answer(headers: &[(&str, &str)]) -> Answer {
        answer_to(&Method::GET, headers)
    }

    fn answer_to(method: &Method, headers: &[(&str, &str)]) -> Answer {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap());
        }
        evaluate(method, &map, &file(), 10)
    }

    #[test]
    fn without_conditions_all_is_sent() {
        assert_eq!(answer(&[]), WHOLE);
    }

    #[test]
    fn the_tag_decides_whether_the_client_has_it() {
        for list in ["\"abc\"", "W/\"abc\"", "*", "\"x\", \"abc\"", "\"x\",W/\"abc\"", ",, \"a,b\" ,\"abc\""] {
            assert_eq!(answer(&[("if-none-match", list)]), Answer::NotModified, "{list}");
        }
        for list in ["", "abc", "\"ab\"", "\"abcd\"", "\"x\"", "w/\"abc\"", "\"abc", "x, \"abc\""] {
            assert_eq!(answer(&[("if-none-match", list)]), WHOLE, "{list}");
        }
        assert_eq!(answer(&[("if-none-match", "\"x\""), ("if-none-match", "\"abc\"")]), Answer::NotModified);
    }

    #[test]
    fn the_date_decides_only_without_a_tag() {
        assert_eq!(answer(&[("if-modified-since", DATE)]), Answer::NotModified);
        assert_eq!(answer(&[("if-modified-since", AFTER)]), Answer::NotModified);
        assert_eq!(answer(&[("if-modified-since", BEFORE)]), WHOLE);
        assert_eq!(answer(&[("if-modified-since", "yesterday")]), WHOLE);
        assert_eq!(answer(&[("if-modified-since", DATE), ("if-none-match", "\"x\"")]), WHOLE);
    }

    #[test]
    fn conditions_on_what_is_there() {
        assert_eq!(answer(&[("if-match", "\"abc\"")]), WHOLE);
        assert_eq!(answer(&[("if-match", "*")]), WHOLE);
        assert_eq!(answer(&[("if-match", "W/\"abc\"")]), Answer::PreconditionFailed);
        assert_eq!(answer(&[("if-match", "\"x\"")]), Answer::PreconditionFailed);
        assert_eq!(answer(&[("if-unmodified-since", DATE)]), WHOLE);
        assert_eq!(answer(&[("if-unmodified-since", BEFORE)]), Answer::PreconditionFailed);
    }

    #[test]
    fn a_range_is_for_get_and_for_the_same_bytes() {
        let range = ("range", "bytes=2-3");
        assert_eq!(answer(&[range]), PART);
        assert_eq!(answer_to(&Method::HEAD, &[range]), WHOLE);
        assert_eq!(answer(&[range, ("if-range", "\"abc\"")]), PART);
        assert_eq!(answer(&[range, ("if-range", DATE)]), PART);
        for other in ["W/\"abc\"", "\"x\"", BEFORE, AFTER, "never"] {
            assert_eq!(answer(&[range, ("if-range", other)]), WHOLE, "{other}");
        }
        assert_eq!(answer(&[range, ("if-none-match", "\"abc\"")]), Answer::NotModified);
    }

    #[test]
    fn a_file_of_the_store_has_the_tag_of_the_store() {
        let tag = |etag: Option<&str>| {
            let modified = UNIX_EPOCH + Duration::from_micros(0x1234);
            let info = ObjectInfo { key: "k".to_owned(), size: 0xab, modified, etag: etag.map(str::to_owned) };
            ETag::of_object(&info).as_str().to_owned()
        };
        assert_eq!(tag(Some("1f-5-a")), "\"1f-5-a\"");
        for none in [None, Some(""), Some("W/\"1"), Some("a\"b"), Some("a b"), Some("a\u{e4}"), Some("a\n")] {
            assert_eq!(tag(none), "\"1234-ab\"", "{none:?}");
        }
    }

    #[test]
    fn no_file_is_from_the_future() {
        let ahead = SystemTime::now() + Duration::from_hours(1);
        let modified = Validators::new(ETag::of_digest("a"), Some(ahead)).modified;
        assert!(modified.is_some_and(|modified| modified <= SystemTime::now()));
    }

    #[test]
    fn times_are_told_in_whole_seconds() {
        let file = Validators::new(ETag::of_digest("a"), Some(UNIX_EPOCH + Duration::from_millis(1_999)));
        assert_eq!(file.modified, Some(UNIX_EPOCH + Duration::from_secs(1)));
    }

    proptest! {
        #[test]
        fn tags_are_read_from_anything(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            for tag in Tags(&bytes) {
                prop_assert!(tag.quoted.len() >= 2 && tag.quoted.starts_with(b"\"") && tag.quoted.ends_with(b"\""));
            }
        }

        #[test]
        fn a_tag_is_found_wherever_it_stands(before in "(W/)?\"[a-z, ]{0,6}\"", after in "(W/)?\"[a-z, ]{0,6}\"") {
            let list = format!("{before}, \"abc\" ,{after}");
            prop_assert_eq!(answer(&[("if-none-match", &list)]), Answer::NotModified);
        }
    }
}
