//! Which part of a file an answer brings.

/// A `Content-Range: bytes START-END/TOTAL`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ContentRange {
    /// The first byte.
    pub(crate) start: u64,
    /// One past the last byte.
    pub(crate) end: u64,
    /// The size of the whole file, if it is told.
    pub(crate) total: Option<u64>,
}

impl ContentRange {
    /// Reads a `Content-Range`; `None` if it does not make sense.
    pub(crate) fn parse(value: &str) -> Option<Self> {
        let (unit, rest) = value.trim().split_once(' ')?;
        if !unit.eq_ignore_ascii_case("bytes") {
            return None;
        }
        let (range, total) = rest.trim().split_once('/')?;
        let (start, last) = range.split_once('-')?;
        let (start, last) = (number(start)?, number(last)?);
        let total = if total == "*" { None } else { Some(number(total)?) };
        let end = last.checked_add(1)?;
        let makes_sense = start < end && total.is_none_or(|total| end <= total);
        makes_sense.then_some(Self { start, end, total })
    }

    /// Whether this is the rest, from `position` on, of a file of `total` bytes where that is known.
    pub(crate) fn continues(&self, position: u64, total: Option<u64>) -> bool {
        let same_file = total.is_none() || self.total.is_none() || self.total == total;
        let to_the_end = self.total.is_none_or(|total| self.end == total);
        self.start == position && same_file && to_the_end
    }
}

fn number(text: &str) -> Option<u64> {
    // `parse` would take a sign.
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_ranges_that_make_sense() {
        let range = ContentRange { start: 5, end: 10, total: Some(10) };
        assert_eq!(ContentRange::parse("bytes 5-9/10"), Some(range));
        assert_eq!(ContentRange::parse("Bytes 5-9/*"), Some(ContentRange { total: None, ..range }));
        for odd in [
            "",
            "bytes",
            "bytes */10",
            "bytes 9-5/10",
            "bytes 5-10/10",
            "bytes +5-9/10",
            "items 5-9/10",
            "bytes 5-9",
            "bytes -9/10",
            "bytes 0-18446744073709551615/*",
            "bytes 5-9/x",
        ] {
            assert_eq!(ContentRange::parse(odd), None, "{odd}");
        }
    }

    #[test]
    fn only_the_rest_of_the_same_file_continues() {
        let range = ContentRange { start: 5, end: 10, total: Some(10) };
        assert!(range.continues(5, Some(10)) && range.continues(5, None));
        assert!(!range.continues(4, Some(10)) && !range.continues(5, Some(11)));
        assert!(!ContentRange { end: 9, ..range }.continues(5, Some(10)), "it stops short");
    }

    proptest! {
        #[test]
        fn written_and_read(start in 0..1_000_000u64, length in 1..1_000_000u64, after in 0..9u64) {
            let (end, total) = (start + length, start + length + after);
            let text = format!("bytes {start}-{}/{total}", end - 1);
            prop_assert_eq!(ContentRange::parse(&text), Some(ContentRange { start, end, total: Some(total) }));
        }

        #[test]
        fn nothing_panics(value in "(bytes )?[0-9*/ -]{0,50}") {
            if let Some(range) = ContentRange::parse(&value) {
                prop_assert!(range.start < range.end);
            }
        }
    }
}
