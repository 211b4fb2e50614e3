//! Names of release channels.

use std::fmt;
use std::str::FromStr;

use romt_types::ParseError;

use crate::ReleaseVersion;

/// A release channel: what a toolchain is asked for by, without a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// `nightly`
    Nightly,
    /// `beta`
    Beta,
    /// `stable`: whichever version that is.
    Stable,
    /// `1.95.0`: one version of stable for good.
    Version(ReleaseVersion),
}

impl Channel {
    /// The name of its manifest's file: `channel-rust-stable.toml`.
    pub fn manifest_name(self) -> String {
        format!("channel-rust-{self}.toml")
    }
}

impl FromStr for Channel {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        match text {
            "nightly" => Ok(Self::Nightly),
            "beta" => Ok(Self::Beta),
            "stable" => Ok(Self::Stable),
            // A version of two numbers names a channel upstream, but no mirror of romt's has its manifest.
            version => version.parse().map(Self::Version).map_err(|_| {
                ParseError::new(text, "a channel", "it is none of nightly, beta, stable and no version like 1.95.0")
            }),
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nightly => f.pad("nightly"),
            Self::Beta => f.pad("beta"),
            Self::Stable => f.pad("stable"),
            Self::Version(version) => version.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_back() {
        for name in ["nightly", "beta", "stable", "1.95.0"] {
            let channel: Channel = name.parse().unwrap();
            assert_eq!(channel.to_string(), name);
            assert_eq!(channel.manifest_name(), format!("channel-rust-{name}.toml"));
        }
    }

    #[test]
    fn what_is_no_channel_is_refused() {
        for bad in ["", "Stable", "stable-2026-04-16", "*", "latest", "1.95", "1.95.0-beta.1", "stable/..", "nightly "]
        {
            assert!(bad.parse::<Channel>().is_err(), "{bad:?}");
        }
    }
}
