//! Where a piece of work stands in a trace.

use std::fmt;
use std::num::{NonZeroU64, NonZeroU128};
use std::str::FromStr;

use crate::ParseError;

/// The value of a `traceparent` header as [W3C Trace Context](https://www.w3.org/TR/trace-context/) has it: the trace, the span
/// that what follows belongs under, and whether they are kept by those who sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceParent {
    trace: NonZeroU128,
    span: NonZeroU64,
    sampled: bool,
}

impl TraceParent {
    /// Where version 00 ends. What a later version has to add comes after a dash.
    const LENGTH: usize = 55;
    /// More than this no version that makes sense has.
    const LONGEST: usize = 512;
    /// The one flag of version 00.
    const SAMPLED: u8 = 1;

    /// A span of a trace; `None` if one of the ids is zero, which says that there is none.
    pub fn new(trace: u128, span: u64, sampled: bool) -> Option<Self> {
        Some(Self { trace: NonZeroU128::new(trace)?, span: NonZeroU64::new(span)?, sampled })
    }

    /// The trace's id.
    pub fn trace(&self) -> u128 {
        self.trace.get()
    }

    /// The span's id.
    pub fn span(&self) -> u64 {
        self.span.get()
    }

    /// Whether the trace is kept.
    pub fn is_sampled(&self) -> bool {
        self.sampled
    }

    fn read(text: &str) -> Option<Self> {
        if text.len() > Self::LONGEST {
            return None;
        }
        let (known, added) = text.split_at_checked(Self::LENGTH)?;
        let mut fields = known.split('-');
        let version = digits(fields.next()?, 2)?;
        let (trace, span, flags) = (fields.next()?, fields.next()?, fields.next()?);
        // Version ff is none; a later one may add something, 00 may not.
        let fits = match version {
            0 => added.is_empty(),
            0xff => false,
            _ => added.is_empty() || added.starts_with('-'),
        };
        if !fits || fields.next().is_some() {
            return None;
        }
        let flags = u8::try_from(digits(flags, 2)?).ok()?;
        Self::new(digits(trace, 32)?, u64::try_from(digits(span, 16)?).ok()?, flags & Self::SAMPLED != 0)
    }
}

/// A number of so many hexadecimal digits, in lower case.
fn digits(text: &str, count: usize) -> Option<u128> {
    let are_digits = text.len() == count && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    are_digits.then(|| u128::from_str_radix(text, 16).ok()).flatten()
}

impl FromStr for TraceParent {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let wanted = "`00-`, 32 digits of a trace, 16 of a span and 2 of flags are needed";
        Self::read(text).ok_or_else(|| ParseError::new(text, "a traceparent", wanted))
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace, self.span, u8::from(self.sampled))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn it_is_read_and_written() {
        let parent: TraceParent = GOOD.parse().unwrap();
        assert_eq!(parent.trace(), 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c);
        assert_eq!((parent.span(), parent.is_sampled()), (0xb7ad_6b71_6920_3331, true));
        assert_eq!(parent.to_string(), GOOD);
        let small = TraceParent::new(1, 2, false).unwrap();
        assert_eq!(small.to_string().parse(), Ok(small));
    }

    #[test]
    fn flags_and_later_versions_are_read_as_far_as_they_are_known() {
        for (text, sampled) in [
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", false),
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-fe", false),
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-ff", true),
            ("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true),
            ("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-comes", true),
        ] {
            let parent: TraceParent = text.parse().unwrap();
            assert_eq!(parent.is_sampled(), sampled, "{text}");
            assert!(parent.to_string().starts_with(&GOOD[..53]), "{text}");
        }
    }

    #[test]
    fn what_is_malformed_is_none() {
        let upper = GOOD.to_uppercase();
        let long = format!("cc{}-{}", &GOOD[2..], "x".repeat(1_000));
        let umlaut = format!("{}ä", &GOOD[..54]);
        for text in [
            "",
            "00",
            &GOOD[..54],
            &upper,
            &long,
            &umlaut,
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.more",
            "00-0af7651916cd43dd8448eb211c80319-cb7ad6b7169203331-01",
            "00-+af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01",
        ] {
            assert!(text.parse::<TraceParent>().is_err(), "{text}");
        }
    }
}
