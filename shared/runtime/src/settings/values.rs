//! Values that several settings share, and how people write them.

use std::num::NonZeroUsize;
use std::time::Duration;

use romt_types::ParseError;

/// A port: 0 to 65535.
pub fn port(text: &str) -> Result<u16, ParseError> {
    text.parse().map_err(|_| ParseError::new(text, "a port", "a number from 0 to 65535 is needed"))
}

/// The largest count: more at once helps nobody, and memory is taken for each.
const MAX_COUNT: usize = 1_000;

/// A count of things done at once or tried: 1 to 1000.
pub fn count(text: &str) -> Result<NonZeroUsize, ParseError> {
    let number = text.parse().ok().filter(|count: &NonZeroUsize| count.get() <= MAX_COUNT);
    number.ok_or_else(|| ParseError::new(text, "a count", "a number from 1 to 1000 is needed"))
}

/// A whole number, 0 included.
pub fn number(text: &str) -> Result<u64, ParseError> {
    text.parse().map_err(|_| ParseError::new(text, "a number", "a whole number is needed"))
}

/// A duration with its unit, not zero: `90s`, `1h 30m`.
pub fn duration(text: &str) -> Result<Duration, ParseError> {
    let error = |reason: String| ParseError::new(text, "a duration", reason);
    let duration =
        humantime::parse_duration(text.trim()).map_err(|e| error(format!("{e}; write it like 90s, 30m or 1h")))?;
    if duration.is_zero() { Err(error("it is zero".to_owned())) } else { Ok(duration) }
}

/// A duration, which may be zero.
pub fn duration_or_zero(text: &str) -> Result<Duration, ParseError> {
    let zero = |text: &str| text == "0" || humantime::parse_duration(text).is_ok_and(|parsed| parsed.is_zero());
    if zero(text.trim()) { Ok(Duration::ZERO) } else { duration(text) }
}

/// Seconds, or a duration with its unit; not zero.
pub fn seconds(text: &str) -> Result<Duration, ParseError> {
    match text.trim().parse() {
        Ok(0) => Err(ParseError::new(text, "a duration", "it is zero")),
        Ok(seconds) => Ok(Duration::from_secs(seconds)),
        Err(_) => duration(text),
    }
}

/// Yes or no.
pub fn flag(text: &str) -> Result<bool, ParseError> {
    text.trim().parse().map_err(|_| ParseError::new(text, "yes or no", "it is `true` or `false`"))
}

/// Any text but an empty one.
pub fn text(text: &str) -> Result<String, ParseError> {
    if text.trim().is_empty() { Err(ParseError::new(text, "a value", "it is empty")) } else { Ok(text.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_people_write_them() {
        assert_eq!(port("8000"), Ok(8000));
        assert_eq!((flag("true"), flag(" false")), (Ok(true), Ok(false)));
        assert_eq!(count("16").map(NonZeroUsize::get), Ok(16));
        assert_eq!(duration("1h 30m"), Ok(Duration::from_mins(90)));
        assert_eq!(seconds("60"), seconds("1m"));
        assert_eq!(duration_or_zero("0"), Ok(Duration::ZERO));
        assert_eq!(duration_or_zero("0s"), Ok(Duration::ZERO));
        assert_eq!(flag(" true"), Ok(true));
    }

    #[test]
    fn what_is_out_of_range_is_refused() {
        assert!(port("65536").is_err());
        assert!(port("-1").is_err());
        assert!(count("0").is_err());
        assert!(count("1001").is_err());
        assert!(duration("5").is_err());
        assert!(duration("0s").is_err());
        assert!(seconds("0").is_err());
        assert!(seconds("soon").is_err());
        assert!(duration("99999999999999999999y").is_err());
        assert!(text(" ").is_err());
        assert!(flag("yes").is_err());
    }
}
