//! The format of an archive of crates.

use std::fmt;
use std::str::FromStr;

use romt_types::{ParseError, PrefixStyle};

/// The format of an archive of crates: how the prefix folders of its crates are spelled.
///
/// It is written in the archive's first member and read with [`FromStr`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum ArchiveFormat {
    /// Format 1: prefixes as the names spell them. Also what an archive is that names no format (before romt 0.4).
    Mixed,
    /// Format 2: prefixes in lower case. What romt has written since 0.8.
    #[default]
    Lower,
}

impl ArchiveFormat {
    /// The most bytes to read of a member that holds a format; more cannot be one.
    pub const MAX_SIZE: u64 = 16;

    /// How prefixes are spelled in it.
    pub fn prefix_style(self) -> PrefixStyle {
        match self {
            Self::Mixed => PrefixStyle::Mixed,
            Self::Lower => PrefixStyle::Lower,
        }
    }

    /// What the first member of the archive holds, byte for byte.
    pub fn content(self) -> &'static str {
        match self {
            Self::Mixed => "1\n",
            Self::Lower => "2\n",
        }
    }
}

impl FromStr for ArchiveFormat {
    type Err = ParseError;

    /// `1` or `2`, white space around it allowed.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        match text.trim() {
            "1" => Ok(Self::Mixed),
            "2" => Ok(Self::Lower),
            _ => Err(ParseError::new(text, "the format of an archive of crates", "only 1 and 2 are known")),
        }
    }
}

impl fmt::Display for ArchiveFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.content().trim_end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_and_back() {
        for format in [ArchiveFormat::Mixed, ArchiveFormat::Lower] {
            assert_eq!(format.content().parse(), Ok(format));
            assert_eq!(format.to_string().parse(), Ok(format));
            assert!(format.content().len() as u64 <= ArchiveFormat::MAX_SIZE);
        }
        assert_eq!("\r\n 2 ".parse(), Ok(ArchiveFormat::Lower));
    }

    #[test]
    fn other_formats_are_refused() {
        for bad in ["", "0", "3", "12", "1 2", "01", "2.0", "²"] {
            assert!(bad.parse::<ArchiveFormat>().is_err(), "{bad:?}");
        }
    }
}
