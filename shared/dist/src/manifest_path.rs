//! Where manifests are.

use std::fmt;
use std::str::FromStr;

use romt_types::ParseError;

use crate::{ChannelName, Date};

/// One manifest of a mirror: its path below `dist/`, and the toolchain SPEC that asks for just it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ManifestPath {
    /// The folder it is in; `None` for `dist/` itself, whose manifests change with time.
    pub date: Option<Date>,
    /// The name it has there.
    pub name: ChannelName,
}

impl ManifestPath {
    /// The one at the top of `dist/`.
    pub fn dateless(name: impl Into<ChannelName>) -> Self {
        Self { date: None, name: name.into() }
    }

    /// The one of a day.
    pub fn dated(date: Date, name: impl Into<ChannelName>) -> Self {
        Self { date: Some(date), name: name.into() }
    }

    /// The SPEC that asks for it: `stable`, `stable-2026-04-16`.
    pub fn spec(self) -> String {
        match self.date {
            None => self.name.to_string(),
            Some(date) => format!("{}-{date}", self.name),
        }
    }
}

impl FromStr for ManifestPath {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let (date, file) = match text.split_once('/') {
            None => (None, text),
            Some((date, file)) => (Some(date.parse()?), file),
        };
        Ok(Self { date, name: ChannelName::from_file_name(file)? })
    }
}

impl fmt::Display for ManifestPath {
    /// The path below `dist/`: `2026-04-16/channel-rust-stable.toml`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(date) = self.date {
            write!(f, "{date}/")?;
        }
        f.write_str(&self.name.file_name())
    }
}
