//! Days on which toolchains were released.

use std::fmt;
use std::str::FromStr;

use romt_types::ParseError;

/// A day, `2026-04-16`: the name of a folder in `dist/`. Ordered by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl FromStr for Date {
    type Err = ParseError;

    /// Four, two and two digits. A day that some month lacks is not looked for: it names a folder, no more.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let error = || ParseError::new(text, "a date", "it is not like 2026-04-16");
        let bytes = text.as_bytes();
        let formed = bytes.len() == 10
            && bytes.iter().enumerate().all(|(at, b)| if at == 4 || at == 7 { *b == b'-' } else { b.is_ascii_digit() });
        if !formed {
            return Err(error());
        }
        let number = |range: std::ops::Range<usize>| text.get(range).and_then(|part| part.parse::<u16>().ok());
        let small = |range| number(range).and_then(|n| u8::try_from(n).ok());
        match (number(0..4), small(5..7), small(8..10)) {
            (Some(year), Some(month @ 1..=12), Some(day @ 1..=31)) => Ok(Self { year, month, day }),
            _ => Err(error()),
        }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_date_is_refused() {
        for bad in ["", "2026-4-16", "2026-04-16 ", "2026-13-01", "2026-00-01", "2026-01-32", "26-04-16", "٢026-04-1"]
        {
            assert!(bad.parse::<Date>().is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn text_and_back_in_the_same_order(a in "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])", b in "[0-9]{4}-0[1-9]-0[1-9]") {
            let (first, second): (Date, Date) = (a.parse().unwrap(), b.parse().unwrap());
            prop_assert_eq!(first.to_string(), a.clone());
            prop_assert_eq!(first.cmp(&second), a.cmp(&b));
        }

        #[test]
        fn no_text_is_too_strange(text in "\\PC{0,12}") {
            if let Ok(date) = text.parse::<Date>() {
                prop_assert_eq!(date.to_string(), text);
            }
        }
    }
}
