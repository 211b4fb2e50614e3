//! Numbers of bytes for people.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ParseError;

/// A number of bytes: shown as `12.3 MB`, read as `4096`, `16k`, `512 MB` or `1 GiB`.
///
/// Decimal units are powers of 1,000, binary ones (`KiB`) powers of 1,024; a bare letter is decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ByteSize(pub u64);

const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut value = self.0 as f64;
        let mut unit = UNITS[0];
        for larger in &UNITS[1..] {
            // 999.95 would be shown as 1000.0 of the smaller unit.
            if value < 999.95 {
                break;
            }
            value /= 1000.0;
            unit = larger;
        }
        if unit == UNITS[0] { write!(f, "{} B", self.0) } else { write!(f, "{value:.1} {unit}") }
    }
}

impl FromStr for ByteSize {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let error = |reason: &str| ParseError::new(text, "a size", reason);
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let number: u64 = number.parse().map_err(|_| error("a whole number of bytes is needed, like 4096 or 512MB"))?;
        let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
            "" | "b" => 1,
            "k" | "kb" => 1_000,
            "m" | "mb" => 1_000_000,
            "g" | "gb" => 1_000_000_000,
            "t" | "tb" => 1_000_000_000_000,
            "kib" => 1 << 10,
            "mib" => 1 << 20,
            "gib" => 1 << 30,
            "tib" => 1 << 40,
            _ => return Err(error("its unit is not one of B, kB, MB, GB, TB, KiB, MiB, GiB, TiB")),
        };
        number.checked_mul(factor).map(Self).ok_or_else(|| error("it is too large"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_well() {
        let shown = |bytes| ByteSize(bytes).to_string();
        assert_eq!(shown(0), "0 B");
        assert_eq!(shown(999), "999 B");
        assert_eq!(shown(1_000), "1.0 kB");
        assert_eq!(shown(999_960), "1.0 MB");
        assert_eq!(shown(u64::MAX), "18446744.1 TB");
    }

    #[test]
    fn sizes_are_parsed_with_units() {
        assert_eq!("4096".parse(), Ok(ByteSize(4096)));
        assert_eq!("512MB".parse(), Ok(ByteSize(512_000_000)));
        assert_eq!("1 GiB".parse(), Ok(ByteSize(1 << 30)));
        for bad in ["", "MB", "-1", "1.5 MB", "1 parsec", "99999999999 TB"] {
            assert!(bad.parse::<ByteSize>().is_err(), "{bad}");
        }
    }
}
