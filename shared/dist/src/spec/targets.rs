//! TARGETs.

use std::collections::BTreeSet;

use super::TargetError;
use super::words::{distinct_pieces, shown};
use crate::{Manifest, Target, is_rustup_target, rustup_targets};

/// Which targets are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetSelection {
    /// `*`: those on disk, whatever else was asked for.
    Held,
    /// These.
    These {
        /// `all`: every target there is.
        all: bool,
        /// Those named, aliases resolved.
        named: BTreeSet<Target>,
    },
}

/// The short names of common targets.
const ALIASES: [(&str, &str); 3] =
    [("linux", "x86_64-unknown-linux-gnu"), ("windows", "x86_64-pc-windows-msvc"), ("darwin", "aarch64-apple-darwin")];

impl TargetSelection {
    /// The TARGETs in the values of an option, split at commas and white space, empty pieces dropped.
    /// [`TargetError::Missing`] if there are none: where that means [`Held`](Self::Held), the caller says so.
    pub fn parse_list(values: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Self, TargetError> {
        let words: Vec<_> = distinct_pieces(values).into_iter().filter(|word| !word.is_empty()).collect();
        if words.is_empty() {
            return Err(TargetError::Missing);
        }
        if words.iter().any(|word| word == "*") {
            return Ok(Self::Held);
        }
        let all = words.iter().any(|word| word == "all");
        let named = words.iter().filter(|word| *word != "all").map(|word| parse_target(word));
        Ok(Self::These { all, named: named.collect::<Result<_, _>>()? })
    }

    /// The targets of a toolchain that this stands for, where those of `held` are on disk. `all` is every target that
    /// the manifest names, also those that nothing is available for.
    pub fn of_toolchain(
        &self,
        manifest: &Manifest,
        held: impl IntoIterator<Item = Target>,
    ) -> Result<BTreeSet<Target>, TargetError> {
        let Self::These { all, named } = self else { return Ok(held.into_iter().collect()) };
        let known = manifest.targets();
        if let Some(unknown) = named.iter().find(|target| !known.contains(target)) {
            return Err(TargetError::NotInManifest(unknown.clone()));
        }
        let all = known.into_iter().filter(|_| *all).cloned();
        Ok(all.chain(named.iter().cloned()).collect())
    }

    /// The targets of a release of rustup that this stands for, where those of `held` are on disk.
    pub fn of_rustup(&self, held: impl IntoIterator<Item = Target>) -> BTreeSet<Target> {
        match self {
            Self::Held => held.into_iter().collect(),
            Self::These { all, named } => rustup_targets().filter(|_| *all).chain(named.iter().cloned()).collect(),
        }
    }

    /// The targets named that rustup is not known to be released for; they are worth a warning.
    pub fn unknown_to_rustup(&self) -> impl Iterator<Item = &Target> {
        let named = match self {
            Self::Held => None,
            Self::These { named, .. } => Some(named),
        };
        named.into_iter().flatten().filter(|target| !is_rustup_target(target))
    }
}

fn parse_target(word: &str) -> Result<Target, TargetError> {
    let name = ALIASES.iter().find(|(alias, _)| *alias == word).map_or(word, |(_, name)| name);
    name.parse().map_err(|_| TargetError::Invalid(shown(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(values: &[&str]) -> Result<TargetSelection, String> {
        TargetSelection::parse_list(values).map_err(|e| e.to_string())
    }

    fn names(selection: &TargetSelection, held: &[&str]) -> Vec<String> {
        let held = held.iter().map(|target| target.parse().unwrap());
        selection.of_rustup(held).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn row_22_values_are_split_and_aliases_resolved() {
        let selection = list(&["linux,windows darwin", ",wasm32-wasip1, linux"]).unwrap();
        let sorted = ["aarch64-apple-darwin", "wasm32-wasip1", "x86_64-pc-windows-msvc", "x86_64-unknown-linux-gnu"];
        assert_eq!(names(&selection, &[]), sorted);
        let unknown: Vec<_> = selection.unknown_to_rustup().map(Target::as_str).collect();
        assert_eq!(unknown, ["wasm32-wasip1"]);
    }

    #[test]
    fn a_star_stands_for_what_is_held_and_swallows_the_rest() {
        assert_eq!(list(&["linux,*", "all", "a/b"]), Ok(TargetSelection::Held));
        assert_eq!(names(&TargetSelection::Held, &["b", "a"]), ["a", "b"]);
        assert_eq!(TargetSelection::Held.unknown_to_rustup().count(), 0);
    }

    #[test]
    fn all_stands_for_every_target_and_takes_more() {
        assert_eq!(names(&list(&["all"]).unwrap(), &["a"]).len(), 33);
        assert_eq!(names(&list(&["all,linux,nosuch"]).unwrap(), &["a"]).len(), 34);
    }

    #[test]
    fn nothing_and_what_is_no_target_are_refused() {
        for none in [&[][..], &[""], &[" , "]] {
            assert_eq!(list(none), Err("missing required TARGET; try --target".into()));
        }
        assert_eq!(list(&["linux,../x"]), Err("invalid TARGET '../x'".into()));
        assert_eq!(list(&["\u{1b}[31m"]), Err("invalid TARGET '\\u{1b}[31m'".into()));
    }
}
