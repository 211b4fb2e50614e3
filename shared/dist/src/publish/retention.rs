//! What nothing published needs any more.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use romt_types::ParseError;

use crate::{Channel, ChannelName, Date, Manifest, ManifestPath, Release};

/// How many of the newest days of each channel are kept: `nightly=14,beta=4,stable=6`. Of a channel that is not
/// mentioned, all are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keep(BTreeMap<Channel, usize>);

impl FromStr for Keep {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let error = |reason: &str| ParseError::new(text, "a rule of what to keep", reason);
        let mut counts = BTreeMap::new();
        for part in text.split(',') {
            let (channel, count) = part.split_once('=').ok_or_else(|| error("it is not like nightly=14,stable=6"))?;
            let channel: Channel = channel.trim().parse().map_err(|e: ParseError| error(&e.reason))?;
            let count = count.trim();
            let digits = count.bytes().all(|b| b.is_ascii_digit());
            let count = count.parse().ok().filter(|_| digits).ok_or_else(|| error("after the = comes a number"))?;
            if counts.insert(channel, count).is_some() {
                return Err(error("it says two numbers for one channel"));
            }
        }
        Ok(Self(counts))
    }
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (channel, count)) in self.0.iter().enumerate() {
            write!(f, "{}{channel}={count}", if at == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

/// A manifest of a mirror, as far as retention is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Held {
    path: ManifestPath,
    release: Release,
    /// The folders of days that its packages are in.
    uses: BTreeSet<Date>,
}

/// What may be deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RetentionPlan {
    /// The manifests at the top of `dist/` that go first: those of a version whose packages go.
    pub manifests: BTreeSet<ManifestPath>,
    /// The folders of days that may then go, with all that is in them.
    pub days: BTreeSet<Date>,
}

/// Every manifest of a mirror; gathered one at a time, since each is large and little of it matters here.
#[derive(Debug, Clone, Default)]
pub struct Inventory(Vec<Held>);

impl Inventory {
    /// Takes in the manifest at `path`.
    pub fn add(&mut self, path: ManifestPath, manifest: &Manifest) {
        self.0.push(Held { path, release: *manifest.release(), uses: manifest.package_dates() });
    }

    /// What may be deleted so that of each channel as many days are left as `keep` says.
    ///
    /// Only whole folders of days go, and only those whose every manifest is too old. Whatever a manifest that stays
    /// refers to stays, and what that folder's own manifests refer to, too. The manifest of a channel at the top always
    /// stays; that of a version goes with the day of its release. (A minor version may have another patch release to
    /// point to afterwards: [`fixup_plan`](crate::fixup_plan) tells.) A folder without a manifest goes when only
    /// manifests that go have used it: another may be that of a download under way.
    pub fn prune(&self, keep: &Keep) -> RetentionPlan {
        let too_old = self.too_old(keep);
        let mut stays: BTreeSet<Date> = BTreeSet::new();
        for manifest in self.0.iter().filter(|manifest| !manifest.goes_with(&too_old)) {
            stays.extend(manifest.needs());
        }
        // What stays for another's sake has manifests, too, and they are not to be left without their packages.
        loop {
            let more: BTreeSet<Date> = (self.0.iter().filter(|manifest| stays.contains(&manifest.day())))
                .flat_map(Held::needs)
                .filter(|day| !stays.contains(day))
                .collect();
            if more.is_empty() {
                break;
            }
            stays.extend(more);
        }
        let going = self.0.iter().filter(|manifest| !stays.contains(&manifest.day()));
        let days = going.clone().flat_map(Held::needs).filter(|day| !stays.contains(day)).collect();
        let manifests = going.filter(|manifest| manifest.path.date.is_none()).map(|manifest| manifest.path).collect();
        RetentionPlan { manifests, days }
    }

    /// The days whose every manifest is older than those to keep of its channel.
    fn too_old(&self, keep: &Keep) -> BTreeSet<Date> {
        let mut days: BTreeMap<Channel, BTreeSet<Date>> = BTreeMap::new();
        for manifest in &self.0 {
            if let Some(date) = manifest.path.date {
                days.entry(manifest.release.channel).or_default().insert(date);
            }
        }
        let kept: BTreeSet<(Channel, Date)> = days
            .iter()
            .flat_map(|(channel, days)| {
                let count = keep.0.get(channel).copied().unwrap_or(usize::MAX);
                days.iter().rev().take(count).map(|day| (*channel, *day))
            })
            .collect();
        let is_kept = |day: &Date| Channel::ALL.iter().any(|channel| kept.contains(&(*channel, *day)));
        days.into_values().flatten().filter(|day| !is_kept(day)).collect()
    }
}

impl Held {
    /// The folder that it belongs to: where it is, or, at the top, that of its release.
    fn day(&self) -> Date {
        self.path.date.unwrap_or(self.release.date)
    }

    /// Whether it may go when the folders `days` do.
    fn goes_with(&self, days: &BTreeSet<Date>) -> bool {
        let pointer = self.path.date.is_none() && matches!(self.path.name, ChannelName::Channel(_));
        !pointer && days.contains(&self.day())
    }

    fn needs(&self) -> impl Iterator<Item = Date> {
        self.uses.iter().copied().chain([self.day()])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(day: u8) -> Date {
        format!("2024-02-{day:02}").parse().unwrap()
    }

    fn held(path: ManifestPath, channel: Channel, released: u8, uses: &[u8]) -> Held {
        let version = format!("1.{released}.0").parse().unwrap();
        let release = Release { date: day(released), channel, version, beta: None };
        Held { path, release, uses: uses.iter().map(|used| day(*used)).collect() }
    }

    fn dated(channel: Channel, on: u8, uses: &[u8]) -> Held {
        held(ManifestPath::dated(day(on), channel), channel, on, uses)
    }

    fn prune(inventory: &[Held], keep: &str) -> (Vec<String>, Vec<String>) {
        let plan = Inventory(inventory.to_vec()).prune(&keep.parse().unwrap());
        let days = plan.days.iter().map(ToString::to_string).collect();
        (days, plan.manifests.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn rules_are_read() {
        let keep = |text: &str| text.parse::<Keep>().map(|keep| keep.to_string());
        assert_eq!(keep("stable=6, nightly=14").as_deref(), Ok("nightly=14,stable=6"));
        for bad in ["", "nightly", "nightly=", "nightly=+1", "nightly=-1", "1.76.0=2", "nightly=1,nightly=2", "beta=1,"]
        {
            assert!(keep(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn old_days_of_a_channel_go_and_others_stay() {
        use Channel::{Nightly, Stable};
        let nightlies = [1, 2, 3, 4].map(|on| dated(Nightly, on, &[on]));
        let stables = [1, 5].map(|on| dated(Stable, on, &[on]));
        let all: Vec<_> = nightlies.into_iter().chain(stables).collect();
        let gone = |keep| prune(&all, keep).0.join(" ");
        assert_eq!(gone("nightly=2"), "2024-02-02");
        assert_eq!(gone("nightly=2,stable=1"), "2024-02-01 2024-02-02");
        assert_eq!(gone("beta=0"), "");
        assert_eq!(gone("nightly=9,stable=9"), "");
    }

    #[test]
    fn a_version_goes_with_its_day_and_a_channel_never_does() {
        use Channel::Stable;
        let version = |released: u8| {
            let name = ChannelName::Version(format!("1.{released}.0").parse().unwrap());
            held(ManifestPath::dateless(name), Stable, released, &[released])
        };
        let pointer = held(ManifestPath::dateless(Stable), Stable, 2, &[2]);
        let all = [
            dated(Stable, 1, &[1]),
            dated(Stable, 2, &[2]),
            dated(Stable, 3, &[3]),
            version(1),
            version(2),
            version(7),
            pointer,
        ];
        let (days, manifests) = prune(&all, "stable=1");
        assert_eq!(days, ["2024-02-01"]);
        assert_eq!(manifests, ["channel-rust-1.1.0.toml"]);
    }

    #[test]
    fn what_is_shared_stays_for_as_long_as_it_is_needed() {
        use Channel::Beta;
        // The packages of 3 are those of 1 and 2; 2 itself needs 9, which has no manifest.
        let all = [dated(Beta, 1, &[1, 8]), dated(Beta, 2, &[9]), dated(Beta, 3, &[2])];
        assert_eq!(prune(&all, "beta=1").0, ["2024-02-01", "2024-02-08"]);
        assert_eq!(prune(&all, "beta=0").0.len(), 5);
    }

    fn inventory() -> impl Strategy<Value = Vec<Held>> {
        let one = (0..3usize, 1..9u8, prop::collection::btree_set(1..9u8, 0..3), 0..3u8);
        let one = one.prop_map(|(channel, on, uses, kind)| {
            let (channel, uses) = (Channel::ALL[channel], uses.into_iter().collect::<Vec<_>>());
            let version = ChannelName::Version(format!("1.{on}.0").parse().unwrap());
            match kind {
                0 => held(ManifestPath::dateless(channel), channel, on, &uses),
                1 => held(ManifestPath::dateless(version), channel, on, &uses),
                _ => dated(channel, on, &uses),
            }
        });
        prop::collection::vec(one, 0..12).prop_map(|mut all| {
            all.sort_by_key(|manifest| manifest.path);
            all.dedup_by_key(|manifest| manifest.path);
            all
        })
    }

    fn left(all: &[Held], plan: &RetentionPlan) -> Vec<Held> {
        let stays = |manifest: &&Held| {
            !plan.manifests.contains(&manifest.path) && manifest.path.date.is_none_or(|date| !plan.days.contains(&date))
        };
        all.iter().filter(stays).cloned().collect()
    }

    proptest! {
        #[test]
        fn nothing_that_stays_loses_anything(all in inventory(), nightly in 0..4usize, stable in 0..4usize) {
            let keep: Keep = format!("nightly={nightly},stable={stable}").parse().unwrap();
            let plan = Inventory(all.clone()).prune(&keep);
            let left = left(&all, &plan);
            for manifest in &left {
                prop_assert!(manifest.needs().all(|day| !plan.days.contains(&day)), "{:?}", manifest.path);
            }
            for manifest in all.iter().filter(|manifest| !left.contains(manifest)) {
                let channel = manifest.path.name == ChannelName::Channel(manifest.release.channel);
                prop_assert!(!(channel && manifest.path.date.is_none()), "a pointer went");
                prop_assert!(plan.days.contains(&manifest.day()));
            }
            let days = |all: &[Held], channel| -> BTreeSet<Date> {
                all.iter().filter(|m| m.release.channel == channel).filter_map(|m| m.path.date).collect()
            };
            for (channel, count) in [(Channel::Nightly, nightly), (Channel::Beta, usize::MAX), (Channel::Stable, stable)] {
                let newest: BTreeSet<_> = days(&all, channel).into_iter().rev().take(count).collect();
                prop_assert!(days(&left, channel).is_superset(&newest));
            }
            prop_assert_eq!(Inventory(left).prune(&keep), RetentionPlan::default());
        }

        #[test]
        fn who_keeps_more_loses_less(all in inventory(), few in 0..4usize, more in 0..4usize) {
            let prune = |count: usize| Inventory(all.clone()).prune(&format!("nightly={count}").parse().unwrap());
            prop_assert!(prune(few).days.is_superset(&prune(few + more).days));
        }

        #[test]
        fn no_rule_is_too_strange(text in "\\PC{0,20}|(nightly|beta|=|,|1|-){0,6}") {
            if let Ok(keep) = text.parse::<Keep>() {
                prop_assert_eq!(keep.to_string().parse(), Ok(keep));
            }
        }
    }
}
