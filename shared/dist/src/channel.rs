//! The three channels, and the names that manifests go by.

use std::fmt;
use std::str::FromStr;

use romt_types::ParseError;

use crate::{BetaVersion, MinorVersion, ReleaseVersion};

/// A release channel: what a manifest is of, whichever name it was found under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// `nightly`
    Nightly,
    /// `beta`
    Beta,
    /// `stable`
    Stable,
}

impl Channel {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 3] = [Self::Nightly, Self::Beta, Self::Stable];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nightly => "nightly",
            Self::Beta => "beta",
            Self::Stable => "stable",
        }
    }
}

impl FromStr for Channel {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let known = Self::ALL.into_iter().find(|channel| channel.as_str() == text);
        known.ok_or_else(|| ParseError::new(text, "a channel", "it is none of nightly, beta, stable"))
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What rustup asks for a toolchain by, without the date: a channel, or a version of one for good.
///
/// Every name has a manifest of its own, `channel-rust-NAME.toml`; manifests under different names may be the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChannelName {
    /// `stable`: whatever that is at the time.
    Channel(Channel),
    /// `1.95.0`: one release of stable for good.
    Version(ReleaseVersion),
    /// `1.95`: the newest patch release of it.
    Minor(MinorVersion),
    /// `1.96.0-beta.2`: one beta for good.
    Beta(BetaVersion),
}

impl ChannelName {
    /// The name of its manifest's file: `channel-rust-stable.toml`.
    pub fn file_name(self) -> String {
        format!("{PREFIX}{self}{SUFFIX}")
    }

    /// Reads what [`file_name`](Self::file_name) wrote.
    pub fn from_file_name(name: &str) -> Result<Self, ParseError> {
        name.strip_prefix(PREFIX)
            .and_then(|rest| rest.strip_suffix(SUFFIX))
            .ok_or_else(|| ParseError::new(name, "the name of a manifest", "it is not like channel-rust-stable.toml"))?
            .parse()
    }
}

const PREFIX: &str = "channel-rust-";
const SUFFIX: &str = ".toml";

impl From<Channel> for ChannelName {
    fn from(channel: Channel) -> Self {
        Self::Channel(channel)
    }
}

impl FromStr for ChannelName {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let name = (text.parse().map(Self::Channel))
            .or_else(|_| text.parse().map(Self::Version))
            .or_else(|_| text.parse().map(Self::Minor))
            .or_else(|_: ParseError| text.parse().map(Self::Beta));
        name.map_err(|_| {
            let reason = "it is none of nightly, beta, stable and no version like 1.95.0, 1.95 or 1.96.0-beta.2";
            ParseError::new(text, "a channel", reason)
        })
    }
}

impl fmt::Display for ChannelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Channel(channel) => channel.fmt(f),
            Self::Version(version) => version.fmt(f),
            Self::Minor(version) => version.fmt(f),
            Self::Beta(version) => version.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_back() {
        for name in ["nightly", "beta", "stable", "1.95.0", "1.95", "1.96.0-beta.2"] {
            let channel: ChannelName = name.parse().unwrap();
            assert_eq!(channel.to_string(), name);
            assert_eq!(channel.file_name(), format!("channel-rust-{name}.toml"));
            assert_eq!(ChannelName::from_file_name(&channel.file_name()), Ok(channel));
        }
    }

    #[test]
    fn what_is_no_channel_is_refused() {
        for bad in [
            "",
            "Stable",
            "stable-2026-04-16",
            "*",
            "latest",
            "1",
            "1.95.0-beta",
            "1.95-beta.1",
            "1.95.0-rc.1",
            "stable/..",
            "nightly ",
        ] {
            assert!(bad.parse::<ChannelName>().is_err(), "{bad:?}");
        }
        for bad in ["stable", "channel-rust-.toml", "channel-rust-stable.toml.sha256", "rust-stable.toml"] {
            assert!(ChannelName::from_file_name(bad).is_err(), "{bad:?}");
        }
    }
}
