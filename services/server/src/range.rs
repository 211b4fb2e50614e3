//! The `Range` header: which bytes of a file a client asks for.

use std::ops::Range;

use http::HeaderValue;

/// What is to be sent of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// All of it.
    Whole,
    /// These bytes: at least one, all within the file.
    Bytes(Range<u64>),
    /// The client asks for bytes that the file does not have.
    Unsatisfiable,
}

/// Reads a `Range` header for a file of `length` bytes.
///
/// What is not understood, and several ranges at once, may be answered with the whole file (RFC 9110, 14.2), so they are.
pub(crate) fn requested(header: &HeaderValue, length: u64) -> Part {
    parse(header.as_bytes(), length).unwrap_or(Part::Whole)
}

fn parse(header: &[u8], length: u64) -> Option<Part> {
    let (unit, range) = str::from_utf8(header).ok()?.split_once('=')?;
    let (first, last) = range.trim().split_once('-')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    if first.is_empty() {
        let suffix = number(last)?;
        return match suffix {
            0 => Some(Part::Unsatisfiable),
            // Of an empty file, the last bytes are the whole of it.
            _ if length == 0 => None,
            _ => Some(Part::Bytes(length.saturating_sub(suffix)..length)),
        };
    }
    let first = number(first)?;
    let last = if last.is_empty() { u64::MAX } else { number(last)? };
    if last < first {
        return None;
    }
    if first >= length {
        return Some(Part::Unsatisfiable);
    }
    Some(Part::Bytes(first..length.min(last.saturating_add(1))))
}

/// Digits and nothing else; a number too large for us is larger than any file.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(header: &str, length: u64) -> Part {
        requested(&HeaderValue::from_str(header).unwrap(), length)
    }

    #[test]
    fn the_forms_of_a_range() {
        assert_eq!(of("bytes=0-3", 10), Part::Bytes(0..4));
        assert_eq!(of("Bytes=9-9", 10), Part::Bytes(9..10));
        assert_eq!(of("bytes=4-", 10), Part::Bytes(4..10));
        assert_eq!(of("bytes=4-99", 10), Part::Bytes(4..10));
        assert_eq!(of("bytes=-3", 10), Part::Bytes(7..10));
        assert_eq!(of("bytes=-99", 10), Part::Bytes(0..10));
        assert_eq!(of("bytes=0-99999999999999999999999", 10), Part::Bytes(0..10));
    }

    #[test]
    fn bytes_that_are_not_there() {
        for header in ["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=99999999999999999999999-"] {
            assert_eq!(of(header, 10), Part::Unsatisfiable, "{header}");
        }
        assert_eq!(of("bytes=0-", 0), Part::Unsatisfiable);
    }

    #[test]
    fn what_is_not_understood_gives_the_whole() {
        for header in
            ["", "bytes", "bytes=", "bytes=-", "bytes=5-4", "bytes=a-b", "bytes=+1-2", "lines=1-2", "bytes=1-2,4-5"]
        {
            assert_eq!(of(header, 10), Part::Whole, "{header}");
        }
        assert_eq!(of("bytes=-1", 0), Part::Whole);
    }

    proptest! {
        #[test]
        fn a_part_is_never_empty_and_never_outside(
            header in "(bytes=)?[0-9]{0,21}-?[0-9]{0,21}|[ -~]{0,20}",
            length: u64,
        ) {
            if let Part::Bytes(range) = of(&header, length) {
                prop_assert!(range.start < range.end && range.end <= length);
            }
        }
    }
}
