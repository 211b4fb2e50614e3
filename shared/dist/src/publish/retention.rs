//! What nothing published needs any more.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use romt_types::ParseError;

use crate::{Channel, ChannelName, Date, Manifest, ManifestPath, Release, ReleaseVersion};

/// How many of the newest days of each channel are kept, and how many versions stay known by their names:
/// `nightly=14,beta=4,stable=6,versions=6`. What is not mentioned is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keep {
    days: BTreeMap<Channel, usize>,
    versions: Option<usize>,
}

/// What stands for the names of versions in a [`Keep`].
const VERSIONS: &str = "versions";

impl FromStr for Keep {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let error = |reason: &str| ParseError::new(text, "a rule of what to keep", reason);
        let mut keep = Self::default();
        for part in text.split(',') {
            let (name, count) = part.split_once('=').ok_or_else(|| error("it is not like nightly=14,stable=6"))?;
            let (name, count) = (name.trim(), count.trim());
            let digits = count.bytes().all(|b| b.is_ascii_digit());
            let count = count.parse().ok().filter(|_| digits).ok_or_else(|| error("after the = comes a number"))?;
            let before = if name == VERSIONS {
                keep.versions.replace(count)
            } else {
                let channel = name.parse().map_err(|_| error("it is none of nightly, beta, stable, versions"))?;
                keep.days.insert(channel, count)
            };
            if before.is_some() {
                return Err(error("it says two numbers for one name"));
            }
        }
        Ok(keep)
    }
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = self.days.iter().map(|(channel, count)| (channel.as_str(), *count));
        for (at, (name, count)) in days.chain(self.versions.map(|count| (VERSIONS, count))).enumerate() {
            write!(f, "{}{name}={count}", if at == 0 { "" } else { "," })?;
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
    /// The manifests at the top of `dist/`, of versions, for whose sake other days stay that are too old.
    pub pinning: BTreeSet<ManifestPath>,
    /// Those days.
    pub pinned: BTreeSet<Date>,
}

/// Every manifest of a mirror; gathered one at a time, since each is large and little of it matters here.
#[derive(Debug, Clone, Default)]
pub struct Inventory(Vec<Held>);

impl Inventory {
    /// Takes in the manifest at `path`.
    pub fn add(&mut self, path: ManifestPath, manifest: &Manifest) {
        self.0.push(Held { path, release: *manifest.release(), uses: manifest.package_dates() });
    }

    /// What may be deleted so that of each channel as many days are left as `keep` says, and the days `spare` in any case.
    ///
    /// Only whole folders of days go, and only those whose every manifest is too old. Whatever a manifest that stays
    /// refers to stays, and what that folder's own manifests refer to, too. The manifests at the top stay, and so does what
    /// they point to: those of channels always; those of versions unless `keep` says how many versions are to stay known by
    /// name, and this is an older one whose day goes otherwise. (A minor version may have another patch release to point to
    /// afterwards: [`fixup_plan`](crate::fixup_plan) tells.) A folder without a manifest goes when only manifests that go
    /// have used it: another may be that of a download under way.
    pub fn prune(&self, keep: &Keep, spare: &BTreeSet<Date>) -> RetentionPlan {
        let too_old: BTreeSet<Date> = self.too_old(keep).difference(spare).copied().collect();
        let (manifests, days) = self.going(&too_old, &self.lasting(keep));
        let (without_names, without_days) = self.going(&too_old, &BTreeSet::new());
        RetentionPlan {
            pinning: without_names.difference(&manifests).copied().collect(),
            pinned: without_days.difference(&days).copied().collect(),
            manifests,
            days,
        }
    }

    /// The manifests at the top and the folders of days that go when the days `too_old` may, and the names of the releases
    /// `lasting` do not.
    fn going(&self, too_old: &BTreeSet<Date>, lasting: &BTreeSet<Release>) -> (BTreeSet<ManifestPath>, BTreeSet<Date>) {
        let mut stays: BTreeSet<Date> = BTreeSet::new();
        for manifest in self.0.iter().filter(|manifest| !manifest.goes_with(too_old, lasting)) {
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
        (manifests, days)
    }

    /// The releases that stay known by the names of their versions: of each channel the newest.
    fn lasting(&self, keep: &Keep) -> BTreeSet<Release> {
        let mut versions: BTreeMap<Channel, BTreeSet<(ReleaseVersion, Option<u32>)>> = BTreeMap::new();
        let order = |release: &Release| (release.version, release.beta);
        let named = || self.0.iter().filter(|manifest| manifest.names_a_version()).map(|manifest| &manifest.release);
        for release in named() {
            versions.entry(release.channel).or_default().insert(order(release));
        }
        let count = keep.versions.unwrap_or(usize::MAX);
        let newest = |release: &&Release| {
            let newest = versions.get(&release.channel).into_iter().flat_map(|all| all.iter().rev().take(count));
            newest.into_iter().any(|version| *version == order(release))
        };
        named().filter(newest).copied().collect()
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
                let count = keep.days.get(channel).copied().unwrap_or(usize::MAX);
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

    /// Whether it is at the top, where a version goes by its own name.
    fn names_a_version(&self) -> bool {
        self.path.date.is_none() && !matches!(self.path.name, ChannelName::Channel(_))
    }

    /// Whether it may go when the folders `days` do, and the names of the releases `lasting` do not.
    fn goes_with(&self, days: &BTreeSet<Date>, lasting: &BTreeSet<Release>) -> bool {
        let stays = match self.path.date {
            Some(_) => false,
            None => !self.names_a_version() || lasting.contains(&self.release),
        };
        !stays && days.contains(&self.day())
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
        let plan = Inventory(inventory.to_vec()).prune(&keep.parse().unwrap(), &BTreeSet::new());
        let days = plan.days.iter().map(ToString::to_string).collect();
        (days, plan.manifests.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn rules_are_read() {
        let keep = |text: &str| text.parse::<Keep>().map(|keep| keep.to_string());
        assert_eq!(keep("stable=6, nightly=14").as_deref(), Ok("nightly=14,stable=6"));
        assert_eq!(keep("versions=3,beta=1").as_deref(), Ok("beta=1,versions=3"));
        for bad in [
            "",
            "nightly",
            "nightly=",
            "nightly=+1",
            "nightly=-1",
            "1.76.0=2",
            "nightly=1,nightly=2",
            "beta=1,",
            "versions=1,versions=1",
        ] {
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

    /// Three releases of stable, the names of two of them and of one that has no folder, and the channel.
    fn versions() -> Vec<Held> {
        use Channel::Stable;
        let version = |released: u8| {
            let name = ChannelName::Version(format!("1.{released}.0").parse().unwrap());
            held(ManifestPath::dateless(name), Stable, released, &[released])
        };
        let pointer = held(ManifestPath::dateless(Stable), Stable, 2, &[2]);
        let days = [1, 2, 3].map(|on| dated(Stable, on, &[on]));
        days.into_iter().chain([version(1), version(2), version(7), pointer]).collect()
    }

    #[test]
    fn what_a_name_points_to_stays_unless_names_are_to_go() {
        let nothing = (Vec::new(), Vec::new());
        assert_eq!(prune(&versions(), "stable=1"), nothing);
        let plan = Inventory(versions()).prune(&"stable=1".parse().unwrap(), &BTreeSet::new());
        assert_eq!(plan.pinned, BTreeSet::from([day(1)]));
        assert_eq!(plan.pinning.iter().map(ToString::to_string).collect::<Vec<_>>(), ["channel-rust-1.1.0.toml"]);
        assert_eq!(prune(&versions(), "stable=1,versions=3"), nothing);
    }

    #[test]
    fn an_older_version_goes_with_its_day_and_a_channel_never_does() {
        let (days, manifests) = prune(&versions(), "stable=1,versions=2");
        assert_eq!(days, ["2024-02-01"]);
        assert_eq!(manifests, ["channel-rust-1.1.0.toml"]);
        assert_eq!(prune(&versions(), "stable=1,versions=0").0, ["2024-02-01"], "2 is where the channel points to");
        assert_eq!(prune(&versions(), "versions=0"), (Vec::new(), Vec::new()), "no name goes without its day");
    }

    #[test]
    fn days_that_are_spared_stay() {
        let keep = "stable=1,versions=0".parse().unwrap();
        let plan = Inventory(versions()).prune(&keep, &BTreeSet::from([day(1)]));
        assert_eq!(plan, RetentionPlan::default());
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
        fn nothing_that_stays_loses_anything(
            all in inventory(),
            nightly in 0..4usize,
            stable in 0..4usize,
            versions in prop::option::of(0..4usize),
        ) {
            let names = versions.map(|count| format!(",versions={count}")).unwrap_or_default();
            let keep: Keep = format!("nightly={nightly},stable={stable}{names}").parse().unwrap();
            let none = BTreeSet::new();
            let plan = Inventory(all.clone()).prune(&keep, &none);
            let left = left(&all, &plan);
            if versions.is_none() {
                prop_assert_eq!(&plan.manifests, &BTreeSet::new(), "a name went");
            }
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
            let again = Inventory(left).prune(&keep, &none);
            prop_assert_eq!((again.manifests, again.days), (BTreeSet::new(), BTreeSet::new()));
        }

        #[test]
        fn who_keeps_more_loses_less(all in inventory(), few in 0..4usize, more in 0..4usize) {
            let none = BTreeSet::new();
            let prune = |count: usize| Inventory(all.clone()).prune(&format!("nightly={count}").parse().unwrap(), &none);
            prop_assert!(prune(few).days.is_superset(&prune(few + more).days));
        }

        #[test]
        fn no_rule_is_too_strange(text in "\\PC{0,20}|(nightly|beta|versions|=|,|1|-){0,6}") {
            if let Ok(keep) = text.parse::<Keep>() {
                prop_assert_eq!(keep.to_string().parse(), Ok(keep));
            }
        }
    }
}
