//! The version side of a filter.

use std::collections::HashSet;

use super::pattern::{Case, Pattern};

/// The patterns for the versions of one name, or of the names that one pattern fits.
#[derive(Debug, Clone, Default)]
pub(super) struct VersionPatterns {
    all: bool,
    exact: HashSet<String>,
    wild: Vec<Pattern>,
}

impl VersionPatterns {
    pub(super) fn add(&mut self, pattern: &str) {
        if pattern == "*" {
            self.all = true;
        } else if pattern.contains(['*', '?', '[']) {
            self.wild.push(Pattern::new(pattern, Case::Kept));
        } else {
            self.exact.insert(pattern.to_owned());
        }
    }

    /// Whether every version fits, so that its text is not needed.
    pub(super) fn is_all(&self) -> bool {
        self.all
    }

    pub(super) fn matches(&self, version: &str) -> bool {
        self.all || self.exact.contains(version) || self.wild.iter().any(|pattern| pattern.matches(version))
    }
}
