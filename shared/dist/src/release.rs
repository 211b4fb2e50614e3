//! Which release a manifest is of.

use std::fmt;
use std::str::FromStr;

use romt_types::ParseError;

use crate::{BetaVersion, Channel, ChannelName, Date, ManifestPath, MinorVersion, ReleaseVersion};

/// A release of a toolchain: what a manifest says that it is of, whatever its file is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Release {
    /// Its day, by which newer and older are told.
    pub date: Date,
    /// Its channel.
    pub channel: Channel,
    /// Its version: of a nightly or beta the one that it leads to.
    pub version: ReleaseVersion,
    /// Which beta before that version it is; `None` for other channels, and for old betas that do not say.
    pub beta: Option<u32>,
}

impl Release {
    /// Where its manifest is kept for good: `2026-04-16/channel-rust-stable.toml`. All other places have copies.
    pub fn canonical(&self) -> ManifestPath {
        ManifestPath::dated(self.date, self.channel)
    }

    /// The other names that rustup asks for it by. Those of a channel and a minor version move on with time.
    pub fn aliases(&self) -> Vec<ManifestPath> {
        let pinned = match (self.channel, self.beta) {
            (Channel::Stable, _) => Some(ChannelName::Version(self.version)),
            (Channel::Beta, Some(number)) => Some(ChannelName::Beta(BetaVersion { release: self.version, number })),
            _ => None,
        };
        let minor = (self.channel == Channel::Stable).then(|| ChannelName::Minor(MinorVersion::from(self.version)));
        let dated = pinned.map(|name| ManifestPath::dated(self.date, name));
        let dateless = pinned.into_iter().chain(minor).chain([ChannelName::Channel(self.channel)]);
        dated.into_iter().chain(dateless.map(ManifestPath::dateless)).collect()
    }
}

impl fmt::Display for Release {
    /// As `list` shows it: `stable-2026-04-16(1.95.0)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}-{}({})", self.channel, self.date, self.version))
    }
}

/// What the version of a package says about a release: channel, version, and number of a beta.
pub(crate) struct VersionText {
    pub(crate) channel: Channel,
    pub(crate) version: ReleaseVersion,
    pub(crate) beta: Option<u32>,
}

impl FromStr for VersionText {
    type Err = ParseError;

    /// Reads `1.95.0 (59807616e 2026-04-14)`, `1.96.0-beta.2 (…)`, `1.97.0-nightly (…)`.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let word = text.split_ascii_whitespace().next().unwrap_or_default();
        let (version, suffix) = word.split_once('-').unwrap_or((word, ""));
        // Where the mark stands does not matter to Python romt, so it does not here.
        let channel = match () {
            () if text.contains("-beta") => Channel::Beta,
            () if text.contains("-nightly") => Channel::Nightly,
            () => Channel::Stable,
        };
        let beta = suffix.strip_prefix("beta.").and_then(|number| number.parse().ok());
        Ok(Self { channel, version: version.parse()?, beta: beta.filter(|_| channel == Channel::Beta) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(version: &str) -> Release {
        let VersionText { channel, version, beta } = version.parse().unwrap();
        Release { date: "2026-04-16".parse().unwrap(), channel, version, beta }
    }

    fn aliases(version: &str) -> Vec<String> {
        release(version).aliases().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_version_tells_the_channel() {
        assert_eq!(release("1.42.0 (b8cedc004 2020-03-09)").to_string(), "stable-2026-04-16(1.42.0)");
        assert_eq!(release("1.44.0-nightly (42abbd887 2020-04-07)").to_string(), "nightly-2026-04-16(1.44.0)");
        let beta = release("1.43.0-beta.5 (934ae7739 2020-04-06)");
        assert_eq!((beta.to_string().as_str(), beta.beta), ("beta-2026-04-16(1.43.0)", Some(5)));
        assert_eq!(release("1.9.0-beta").beta, None);
        for bad in ["", "nightly", "1.95", "../1.0.0 (x)"] {
            assert!(bad.parse::<VersionText>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_release_has_every_name_that_rustup_asks_for() {
        assert_eq!(release("1.95.0").canonical().to_string(), "2026-04-16/channel-rust-stable.toml");
        let (dated, top) = ("2026-04-16/channel-rust-", "channel-rust-");
        assert_eq!(
            aliases("1.95.0"),
            [
                format!("{dated}1.95.0.toml"),
                format!("{top}1.95.0.toml"),
                format!("{top}1.95.toml"),
                format!("{top}stable.toml")
            ]
        );
        assert_eq!(
            aliases("1.96.0-beta.2"),
            [format!("{dated}1.96.0-beta.2.toml"), format!("{top}1.96.0-beta.2.toml"), format!("{top}beta.toml")]
        );
        assert_eq!(aliases("1.97.0-nightly"), ["channel-rust-nightly.toml"]);
    }
}
