//! SPECs of rustup.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use super::SpecError;
use super::words::{distinct_pieces, shown};
use crate::ReleaseVersion;

/// Which releases of rustup are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RustupSpec {
    /// `1.29.0`: this one.
    Version(ReleaseVersion),
    /// `stable`: the one that `release-stable.toml` names.
    Stable,
    /// `latest`: the newest on disk.
    Latest,
    /// `*`: every one on disk.
    Every,
}

impl RustupSpec {
    /// The SPECs in the values of an option; split as those of toolchains are.
    pub fn parse_list(values: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Vec<Self>, SpecError> {
        distinct_pieces(values).iter().map(|word| word.parse()).collect()
    }

    /// Checks that `specs` can be asked of upstream: there are some, and none stands for what is on disk.
    pub fn check_exact(specs: &[Self]) -> Result<(), SpecError> {
        match specs.iter().find(|spec| matches!(spec, Self::Latest | Self::Every)) {
            Some(Self::Latest) => Err(SpecError::Wild("latest".into())),
            Some(_) => Err(SpecError::Wild("*".into())),
            None if specs.is_empty() => Err(SpecError::Missing),
            None => Ok(()),
        }
    }

    /// The releases that `specs` stand for, where `held` are on disk and `stable` is the one that
    /// `release-stable.toml` names. `*` is the newest first.
    pub fn expand(
        specs: &[Self],
        held: &BTreeSet<ReleaseVersion>,
        stable: Option<ReleaseVersion>,
    ) -> Result<Vec<ReleaseVersion>, SpecError> {
        let mut found = Vec::new();
        for spec in specs {
            match spec {
                Self::Version(version) => found.push(*version),
                Self::Stable => found.push(stable.ok_or(SpecError::NoStable)?),
                Self::Latest => found.push(*held.last().ok_or_else(|| SpecError::NoMatches("latest".into()))?),
                Self::Every if held.is_empty() => return Err(SpecError::NoMatches("*".into())),
                Self::Every => found.extend(held.iter().rev()),
            }
        }
        if found.is_empty() { Err(SpecError::Missing) } else { Ok(found) }
    }
}

impl FromStr for RustupSpec {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        match text {
            "stable" => Ok(Self::Stable),
            "latest" => Ok(Self::Latest),
            "*" => Ok(Self::Every),
            version => version.parse().map(Self::Version).map_err(|_| SpecError::Invalid(shown(text))),
        }
    }
}

impl fmt::Display for RustupSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => version.fmt(f),
            Self::Stable => f.write_str("stable"),
            Self::Latest => f.write_str("latest"),
            Self::Every => f.write_str("*"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expand(value: &str, held: &[&str]) -> Result<String, String> {
        let specs = RustupSpec::parse_list([value]).map_err(|e| e.to_string())?;
        let held = held.iter().map(|version| version.parse().unwrap()).collect();
        let found = RustupSpec::expand(&specs, &held, "1.26.0".parse().ok()).map_err(|e| e.to_string())?;
        Ok(found.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn rows_64_and_66_versions_are_ordered_by_number() {
        let held = ["1.9.0", "1.26.0", "1.27.1"];
        assert_eq!(expand("*", &held).as_deref(), Ok("1.27.1 1.26.0 1.9.0"));
        assert_eq!(expand("latest stable,1.3.0", &held).as_deref(), Ok("1.27.1 1.26.0 1.3.0"));
        assert_eq!(expand("*", &[]), Err("no matches for wild SPEC '*'".into()));
        assert_eq!(expand("latest", &[]), Err("no matches for wild SPEC 'latest'".into()));
        assert_eq!(RustupSpec::expand(&[RustupSpec::Stable], &BTreeSet::new(), None), Err(SpecError::NoStable));
    }

    #[test]
    fn what_is_no_spec_or_none_for_upstream_is_refused() {
        for bad in ["", "1.27", "1.27.1-beta", "nightly", "01.2.3"] {
            assert_eq!(expand(bad, &[]), Err(format!("invalid SPEC '{bad}'")));
        }
        let check = |value: &str| {
            let specs = RustupSpec::parse_list([value]).unwrap();
            RustupSpec::check_exact(&specs).map_err(|e| e.to_string())
        };
        assert_eq!(check("stable,1.27.1"), Ok(()));
        assert_eq!(check("stable,latest"), Err("invalid wild SPEC: latest".into()));
        assert_eq!(check("*"), Err("invalid wild SPEC: *".into()));
        assert_eq!(RustupSpec::check_exact(&[]), Err(SpecError::Missing));
    }
}
