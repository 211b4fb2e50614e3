//! SPECs of toolchains.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use super::SpecError;
use super::words::{distinct_pieces, shown};
use crate::{ChannelName, Date, ManifestPath};

/// Which toolchains are asked for: `CHANNEL`, `CHANNEL-DATE` or `DATE`.
///
/// A CHANNEL is `nightly`, `beta`, `stable`, a version (`1.95.0`, `1.95`, `1.96.0-beta.2`) or `*`; a DATE is
/// `2026-04-16`, `latest` or `*`. A DATE alone is one of all channels, and `*` alone is `*-*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToolchainSpec {
    /// Just this one.
    Exact(ManifestPath),
    /// Whatever of these is on disk.
    Wild(WildSpec),
}

/// A SPEC that stands for what is on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WildSpec {
    /// As it was written.
    text: String,
    /// `None` for `*`.
    channel: Option<ChannelName>,
    date: WildDate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WildDate {
    On(Date),
    Latest,
    Every,
}

impl ToolchainSpec {
    /// The SPECs in the values of an option: each split at commas and white space, each SPEC once, in order. An empty
    /// piece is no SPEC, as in Python romt: a comma too many is more likely a word too few.
    pub fn parse_list(values: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Vec<Self>, SpecError> {
        distinct_pieces(values).iter().map(|word| word.parse()).collect()
    }

    /// What is asked of upstream: every SPEC names one toolchain.
    pub fn exact(specs: &[Self]) -> Result<Vec<ManifestPath>, SpecError> {
        let exact = specs.iter().map(|spec| match spec {
            Self::Exact(path) => Ok(*path),
            Self::Wild(wild) => Err(SpecError::Wild(shown(&wild.text))),
        });
        require(exact.collect::<Result<_, _>>()?)
    }

    /// What is asked of the mirror, where the manifests `held` are. A SPEC that names one toolchain is taken as it is,
    /// whether that is held or not.
    pub fn expand(specs: &[Self], held: &BTreeSet<ManifestPath>) -> Result<Vec<ManifestPath>, SpecError> {
        let mut found = Vec::new();
        for spec in specs {
            match spec {
                Self::Exact(path) => found.push(*path),
                Self::Wild(wild) => found.extend(wild.expand(held)?),
            }
        }
        require(found)
    }
}

fn require(found: Vec<ManifestPath>) -> Result<Vec<ManifestPath>, SpecError> {
    if found.is_empty() { Err(SpecError::Missing) } else { Ok(found) }
}

impl WildSpec {
    /// The dated manifests of `held` that this stands for, newest day first. `*` as channel stands for the three
    /// channels, never for versions; `latest` is the newest day that has any of them.
    fn expand(&self, held: &BTreeSet<ManifestPath>) -> Result<Vec<ManifestPath>, SpecError> {
        let mut days: BTreeMap<Date, Vec<ManifestPath>> = BTreeMap::new();
        for path in held {
            let (Some(date), true) = (path.date, self.takes(path.name)) else { continue };
            if !matches!(self.date, WildDate::On(day) if day != date) {
                days.entry(date).or_default().push(*path);
            }
        }
        let newest_first = days.into_values().rev();
        let taken = if self.date == WildDate::Latest { 1 } else { usize::MAX };
        let found: Vec<_> = newest_first.take(taken).flatten().collect();
        if found.is_empty() { Err(SpecError::NoMatches(shown(&self.text))) } else { Ok(found) }
    }

    fn takes(&self, name: ChannelName) -> bool {
        self.channel.map_or(matches!(name, ChannelName::Channel(_)), |channel| channel == name)
    }
}

impl FromStr for ToolchainSpec {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        let invalid = || SpecError::Invalid(shown(text));
        let wild = |channel, date| Self::Wild(WildSpec { text: text.to_owned(), channel, date });
        if let Some(date) = WildDate::parse(text) {
            return Ok(wild(None, date));
        }
        let (channel, date) = split_date(text);
        if channel == "*" {
            return date.map(|date| wild(None, date)).ok_or_else(invalid);
        }
        let name: ChannelName = channel.parse().map_err(|_| invalid())?;
        Ok(match date {
            None => Self::Exact(ManifestPath::dateless(name)),
            Some(WildDate::On(date)) => Self::Exact(ManifestPath::dated(date, name)),
            Some(date) => wild(Some(name), date),
        })
    }
}

impl WildDate {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "*" => Some(Self::Every),
            "latest" => Some(Self::Latest),
            _ => text.parse().ok().map(Self::On),
        }
    }
}

/// `CHANNEL-DATE` in its parts; channels and dates may have `-` in them, too.
fn split_date(text: &str) -> (&str, Option<WildDate>) {
    let parts = text.match_indices('-').find_map(|(at, _)| {
        let (channel, rest) = text.split_at(at);
        WildDate::parse(&rest[1..]).map(|date| (channel, Some(date)))
    });
    parts.unwrap_or((text, None))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn list(value: &str) -> Result<Vec<ToolchainSpec>, String> {
        ToolchainSpec::parse_list([value]).map_err(|e| e.to_string())
    }

    fn expand(value: &str) -> Result<String, String> {
        let held = [
            "channel-rust-stable.toml",
            "channel-rust-1.76.0.toml",
            "2024-02-08/channel-rust-stable.toml",
            "2024-02-08/channel-rust-1.76.0.toml",
            "2024-02-08/channel-rust-nightly.toml",
            "2024-02-08/channel-rust-1.77.0-beta.1.toml",
            "2024-02-09/channel-rust-nightly.toml",
            "2023-12-28/channel-rust-stable.toml",
        ];
        let held = held.map(|path| path.parse().unwrap()).into();
        let found = ToolchainSpec::expand(&list(value)?, &held).map_err(|e| e.to_string())?;
        Ok(found.into_iter().map(ManifestPath::spec).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn row_36_wildcards_stand_for_what_is_on_disk() {
        let all = "nightly-2024-02-09 nightly-2024-02-08 stable-2024-02-08 stable-2023-12-28";
        for (spec, found) in [
            ("*", all),
            ("*-*", all),
            ("latest", "nightly-2024-02-09"),
            ("*-latest", "nightly-2024-02-09"),
            ("stable-latest", "stable-2024-02-08"),
            ("stable-*", "stable-2024-02-08 stable-2023-12-28"),
            ("2024-02-08", "nightly-2024-02-08 stable-2024-02-08"),
            ("*-2023-12-28", "stable-2023-12-28"),
            ("1.76.0", "1.76.0"),
            ("1.76.0-*", "1.76.0-2024-02-08"),
            ("1.77.0-beta.1-latest", "1.77.0-beta.1-2024-02-08"),
            ("stable,nightly-latest", "stable nightly-2024-02-09"),
            ("1.99", "1.99"),
        ] {
            assert_eq!(expand(spec).as_deref(), Ok(found), "{spec}");
        }
        for spec in ["beta-*", "2024-02-10", "1.75.0-latest"] {
            assert_eq!(expand(spec), Err(format!("no matches for wild SPEC '{spec}'")));
        }
    }

    #[test]
    fn row_20_what_is_fetched_is_named() {
        let exact = |value: &str| ToolchainSpec::exact(&list(value)?).map_err(|e| e.to_string());
        for wild in ["nightly-*", "latest", "*", "2024-02-08", "stable-latest"] {
            assert_eq!(exact(wild), Err(format!("invalid wild SPEC: {wild}")));
        }
        let fetched = exact("stable 1.76.0-2024-02-08,1.77.0-beta.1,1.76").unwrap();
        let paths: Vec<_> = fetched.iter().map(ToString::to_string).collect();
        assert_eq!(
            paths,
            [
                "channel-rust-stable.toml",
                "2024-02-08/channel-rust-1.76.0.toml",
                "channel-rust-1.77.0-beta.1.toml",
                "channel-rust-1.76.toml"
            ]
        );
        assert_eq!(ToolchainSpec::exact(&[]), Err(SpecError::Missing));
        assert_eq!(SpecError::Missing.to_string(), "missing required SPEC; try --select");
    }

    #[test]
    fn what_is_no_spec_is_refused() {
        for bad in ["", "-latest", "nightly-", "**", "Stable", "1.77.0-beta", "stable-2024-02-8", "latest-stable", "*-"]
        {
            assert_eq!(list(bad), Err(format!("invalid SPEC '{bad}'")));
        }
        assert_eq!(list("stable,"), Err("invalid SPEC ''".into()));
        assert_eq!(list("stable, beta"), Err("invalid SPEC ''".into()));
        assert_eq!(list("stable beta stable").map(|specs| specs.len()), Ok(2));
    }

    proptest! {
        #[test]
        fn a_path_is_asked_for_by_its_spec(name in "nightly|beta|stable|[0-9]\\.[1-9][0-9](\\.[0-9](-beta\\.[1-9])?)?", date in "(20[0-9]{2}-0[1-9]-1[0-9])?") {
            let name = name.parse().unwrap();
            let path = ManifestPath { date: date.parse().ok(), name };
            prop_assert_eq!(path.spec().parse(), Ok(ToolchainSpec::Exact(path)));
            prop_assert_eq!(path.to_string().parse(), Ok(path));
        }

        #[test]
        fn no_text_is_too_strange(text in "\\PC{0,40}|(stable|\\*|-|latest|2024-02-08|1\\.2\\.3|,| ){0,6}") {
            let _ = ToolchainSpec::parse_list([text]);
        }
    }
}
