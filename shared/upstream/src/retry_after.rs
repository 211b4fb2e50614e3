//! How long upstream asks to wait.

use std::time::{Duration, SystemTime};

/// Reads a `Retry-After`: seconds or an HTTP date, which may have passed. `None` if it is neither.
pub(crate) fn parse(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        // A number that is too large is a very long time.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn seconds_and_dates() {
        let now = httpdate::parse_http_date("Mon, 23 Nov 2026 08:00:00 GMT").unwrap();
        assert_eq!(parse("121", now), Some(Duration::from_secs(121)));
        assert_eq!(parse(" 0 ", now), Some(Duration::ZERO));
        assert_eq!(parse("99999999999999999999999", now), Some(Duration::from_secs(u64::MAX)));
        assert_eq!(parse("Mon, 23 Nov 2026 08:01:30 GMT", now), Some(Duration::from_secs(90)));
        assert_eq!(parse("Sun, 22 Nov 2026 08:00:00 GMT", now), Some(Duration::ZERO));
        for odd in ["", "-1", "+1", "1.5", "soon", "Mon, 99 Nov"] {
            assert_eq!(parse(odd, now), None, "{odd}");
        }
    }

    proptest! {
        #[test]
        fn a_written_date_is_read(seconds in 0..10_000_000u64) {
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_001);
            let date = httpdate::fmt_http_date(now + Duration::from_secs(seconds));
            prop_assert_eq!(parse(&date, now), Some(Duration::from_secs(seconds)));
        }

        #[test]
        fn nothing_panics(value in "\\PC{0,40}") {
            let _ = parse(&value, SystemTime::UNIX_EPOCH);
        }
    }
}
