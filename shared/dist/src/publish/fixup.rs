//! The copies of manifests that make a release known by all its names.

use std::collections::BTreeMap;

use romt_types::Digest;

use crate::{ChannelName, ManifestPath, Release};

/// A manifest of a mirror, as far as publishing is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldManifest {
    /// Where it is.
    pub path: ManifestPath,
    /// What it is of.
    pub release: Release,
    /// The hash of the file.
    pub digest: Digest,
}

/// A copy to be made: of the manifest, its signature, and, written anew, its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ManifestCopy {
    /// The manifest of the release, in the folder of its day.
    pub from: ManifestPath,
    /// The name that it is to be known by.
    pub to: ManifestPath,
    /// The same manifest is there already; only what lies beside it may not be.
    pub unchanged: bool,
}

/// The copies that publish `releases`, given the manifests that are `held`, in the order in which to make them: what
/// clients ask for most, the names that move on, comes last.
///
/// A release is to be in `releases` only when all of its packages are on disk: then no published manifest is ever
/// ahead of them. It takes a name that moves on only from an older one, and the version of a channel only from an older
/// day of the same version; so the outcome depends neither on the order of `releases` nor on how often this is done.
/// A release whose manifest is not held in the folder of its day is passed over: there is nothing to copy.
pub fn fixup_plan(held: &[HeldManifest], releases: &[Release]) -> Vec<ManifestCopy> {
    let by_path: BTreeMap<ManifestPath, &HeldManifest> =
        held.iter().map(|manifest| (manifest.path, manifest)).collect();
    let mut best: BTreeMap<ManifestPath, &HeldManifest> = BTreeMap::new();
    for release in releases {
        let Some(own) = by_path.get(&release.canonical()).filter(|own| own.release == *release) else { continue };
        for alias in release.aliases() {
            let other = best.get(&alias).or_else(|| by_path.get(&alias).filter(|other| serves(other, alias)));
            if other.is_none_or(|other| rank(&own.release, alias) >= rank(&other.release, alias)) {
                best.insert(alias, own);
            }
        }
    }
    let mut copies: Vec<_> = best
        .into_iter()
        .map(|(to, own)| ManifestCopy {
            from: own.path,
            to,
            unchanged: by_path.get(&to).is_some_and(|there| there.digest == own.digest),
        })
        .collect();
    copies.sort_by_key(|copy| (moves_on(copy.to), copy.to.date.is_none(), copy.to));
    copies
}

/// Whether what is at `alias` belongs there at all; if it does not, anything is better.
fn serves(manifest: &HeldManifest, alias: ManifestPath) -> bool {
    manifest.release.aliases().contains(&alias)
}

/// By what the better of two manifests for one name is told: the day, and for patch releases the version before it.
fn rank(release: &Release, alias: ManifestPath) -> impl Ord + use<> {
    let version = matches!(alias.name, ChannelName::Minor(_)).then_some(release.version);
    (version, release.date)
}

fn moves_on(path: ManifestPath) -> u8 {
    match path.name {
        ChannelName::Version(_) | ChannelName::Beta(_) => 0,
        ChannelName::Minor(_) => 1,
        ChannelName::Channel(_) => 2,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Channel;

    fn release(channel: Channel, version: &str, date: &str) -> Release {
        let beta = (channel == Channel::Beta).then_some(1);
        Release { date: date.parse().unwrap(), channel, version: version.parse().unwrap(), beta }
    }

    fn at(path: ManifestPath, release: Release) -> HeldManifest {
        HeldManifest { path, release, digest: Digest::of(release.to_string().as_bytes()) }
    }

    fn canonical(releases: &[Release]) -> Vec<HeldManifest> {
        releases.iter().map(|release| at(release.canonical(), *release)).collect()
    }

    fn shown(copies: &[ManifestCopy]) -> Vec<String> {
        copies.iter().map(|copy| format!("{} {}", copy.from.spec(), copy.to)).collect()
    }

    #[test]
    fn a_release_gets_all_its_names_and_the_channel_last() {
        let stable = release(Channel::Stable, "1.76.0", "2024-02-08");
        assert_eq!(
            shown(&fixup_plan(&canonical(&[stable]), &[stable])),
            [
                "stable-2024-02-08 2024-02-08/channel-rust-1.76.0.toml",
                "stable-2024-02-08 channel-rust-1.76.0.toml",
                "stable-2024-02-08 channel-rust-1.76.toml",
                "stable-2024-02-08 channel-rust-stable.toml",
            ]
        );
        let nightly = release(Channel::Nightly, "1.78.0", "2024-02-09");
        let copies = fixup_plan(&canonical(&[nightly, stable]), &[nightly]);
        assert_eq!(shown(&copies), ["nightly-2024-02-09 channel-rust-nightly.toml"]);
    }

    #[test]
    fn row_43_an_older_stable_takes_its_own_names_and_no_other() {
        let new = release(Channel::Stable, "1.76.0", "2024-02-08");
        let old = release(Channel::Stable, "1.75.0", "2023-12-28");
        let mut held = canonical(&[new, old]);
        held.push(at(ManifestPath::dateless(Channel::Stable), new));
        assert_eq!(
            shown(&fixup_plan(&held, &[old])),
            [
                "stable-2023-12-28 2023-12-28/channel-rust-1.75.0.toml",
                "stable-2023-12-28 channel-rust-1.75.0.toml",
                "stable-2023-12-28 channel-rust-1.75.toml",
            ]
        );
    }

    #[test]
    fn the_minor_version_is_the_newest_patch_release() {
        let patch = release(Channel::Stable, "1.76.1", "2024-02-20");
        let first = release(Channel::Stable, "1.76.0", "2024-02-28");
        let copies = fixup_plan(&canonical(&[patch, first]), &[first, patch]);
        assert!(shown(&copies).contains(&"stable-2024-02-20 channel-rust-1.76.toml".to_owned()));
        assert!(shown(&copies).contains(&"stable-2024-02-28 channel-rust-stable.toml".to_owned()));
    }

    #[test]
    fn what_lies_at_a_name_that_is_not_its_own_is_replaced() {
        let stable = release(Channel::Stable, "1.76.0", "2024-02-08");
        let nightly = release(Channel::Nightly, "1.78.0", "2024-02-09");
        let mut held = canonical(&[stable]);
        held.push(at(ManifestPath::dateless(Channel::Stable), nightly));
        assert_eq!(fixup_plan(&held, &[stable]).len(), 4);
        assert_eq!(fixup_plan(&[at(ManifestPath::dateless(Channel::Stable), stable)], &[stable]), []);
    }

    fn releases() -> impl Strategy<Value = Vec<Release>> {
        let one = (0..3usize, 70..73u32, 0..3u32, 1..9u32).prop_map(|(channel, minor, patch, day)| {
            release(Channel::ALL[channel], &format!("1.{minor}.{patch}"), &format!("2024-02-0{day}"))
        });
        // One folder has one manifest of a channel.
        prop::collection::vec(one, 0..9).prop_map(|mut all| {
            all.sort_by_key(Release::canonical);
            all.dedup_by_key(|release| release.canonical());
            all
        })
    }

    fn apply(held: &mut Vec<HeldManifest>, copies: &[ManifestCopy]) {
        for copy in copies {
            let own = *held.iter().find(|manifest| manifest.path == copy.from).unwrap();
            held.retain(|manifest| manifest.path != copy.to);
            held.push(HeldManifest { path: copy.to, ..own });
        }
    }

    proptest! {
        #[test]
        fn row_42_neither_order_nor_repetition_matters(all in releases(), published: prop::sample::Index) {
            let (mut once, mut one_by_one) = (canonical(&all), canonical(&all));
            let copies = fixup_plan(&once, &all);
            apply(&mut once, &copies);
            let start = if all.is_empty() { 0 } else { published.index(all.len()) };
            for release in all.iter().cycle().skip(start).take(all.len()) {
                let copies = fixup_plan(&one_by_one, &[*release]);
                apply(&mut one_by_one, &copies);
            }
            let by_path = |held: &[HeldManifest]| -> BTreeMap<_, _> { held.iter().map(|m| (m.path, m.digest)).collect() };
            prop_assert_eq!(by_path(&once), by_path(&one_by_one));
            prop_assert!(fixup_plan(&once, &all).iter().all(|copy| copy.unchanged));
        }

        #[test]
        fn row_137_nothing_moves_back_or_to_what_is_not_complete(all in releases(), complete in prop::collection::vec(any::<bool>(), 9)) {
            let mut held = canonical(&all);
            let ready: Vec<_> = all.iter().zip(&complete).filter(|(_, ready)| **ready).map(|(r, _)| *r).collect();
            let copies = fixup_plan(&held, &ready);
            apply(&mut held, &copies);
            for channel in Channel::ALL {
                let newest = ready.iter().filter(|release| release.channel == channel).map(|release| release.date).max();
                let published = held.iter().find(|manifest| manifest.path == ManifestPath::dateless(channel));
                prop_assert_eq!(published.map(|manifest| manifest.release.date), newest);
            }
        }
    }
}
