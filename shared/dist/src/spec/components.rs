//! Which packages of a toolchain are asked for.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use romt_types::ParseError;

use super::words::{pieces, shown};
use crate::{Manifest, PackageName};

/// What `--components` says: names to take, and, with a `!` before them, names to leave out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ComponentChoice {
    included: BTreeSet<String>,
    excluded: BTreeSet<String>,
}

/// A [`ComponentChoice`] in the words of one manifest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Components {
    /// Whether only the included are taken. So it is when names were given that the manifest does not know: none of
    /// them being there must not mean everything.
    pub limited: bool,
    /// What is taken, if that is limited.
    pub included: BTreeSet<PackageName>,
    /// What is not taken, even if it is included.
    pub excluded: BTreeSet<PackageName>,
    /// Names that were asked for by one that the manifest has renamed: the old one, and the new.
    pub renamed: BTreeSet<(String, PackageName)>,
    /// Names that the manifest does not know, as they are shown; worth a warning, because they change nothing.
    pub unknown: BTreeSet<String>,
}

impl ComponentChoice {
    /// The names in the values of an option: each split at commas and white space, empty pieces ignored.
    pub fn parse_list(values: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let mut choice = Self::default();
        for value in values {
            for word in pieces(value.as_ref()) {
                match word.strip_prefix('!') {
                    _ if word.is_empty() || word == "!" => {}
                    Some(name) => drop(choice.excluded.insert(name.to_owned())),
                    None => drop(choice.included.insert(word.to_owned())),
                }
            }
        }
        choice
    }

    /// Whether nothing was chosen, which means everything.
    pub fn is_empty(&self) -> bool {
        self.included.is_empty() && self.excluded.is_empty()
    }

    /// The choice among what is on disk: beside a profile, the included came in addition to it, so that they limit nothing.
    #[must_use]
    pub fn beside_profile(&self) -> Self {
        Self { included: BTreeSet::new(), excluded: self.excluded.clone() }
    }

    /// The choice among the packages of `manifest`. A name that the manifest has renamed is taken for the new one, as
    /// rustup takes it: `rustfmt` for `rustfmt-preview`.
    pub fn of_manifest(&self, manifest: &Manifest) -> Components {
        let mut components = Components { limited: !self.included.is_empty(), ..Components::default() };
        let mut resolve = |words: &BTreeSet<String>| {
            let mut names = BTreeSet::new();
            for word in words {
                match manifest.find_package(word) {
                    Some(name) => {
                        if name.as_str() != word {
                            components.renamed.insert((word.clone(), name.clone()));
                        }
                        names.insert(name.clone());
                    }
                    None => drop(components.unknown.insert(shown(word))),
                }
            }
            names
        };
        let (included, excluded) = (resolve(&self.included), resolve(&self.excluded));
        Components { included, excluded, ..components }
    }
}

impl Components {
    /// Whether packages of this name are taken.
    pub fn take(&self, name: &PackageName) -> bool {
        !self.excluded.contains(name) && (!self.limited || self.included.contains(name))
    }
}

/// How much of a toolchain is wanted, in rustup's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Profile {
    /// What it takes to compile.
    Minimal,
    /// What rustup installs by default: also documentation, rustfmt and clippy.
    Default,
    /// Every component there is.
    Complete,
}

impl Profile {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Minimal => "minimal",
            Self::Default => "default",
            Self::Complete => "complete",
        }
    }
}

impl FromStr for Profile {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        [Self::Minimal, Self::Default, Self::Complete]
            .into_iter()
            .find(|profile| profile.as_str() == text)
            .ok_or_else(|| ParseError::new(text, "a profile", "it is none of minimal, default, complete"))
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
