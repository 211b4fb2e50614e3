//! What the command line says.

use std::collections::HashMap;

use super::Key;

/// The values that stood on the command line, by key, not yet parsed.
#[derive(Debug, Default)]
pub struct Arguments(HashMap<&'static str, Vec<String>>);

impl Arguments {
    /// Adds what was given for a key; an empty iterator says that nothing was.
    #[must_use]
    pub fn with(mut self, key: &Key, values: impl IntoIterator<Item = String>) -> Self {
        let mut values = values.into_iter().peekable();
        if values.peek().is_some() {
            self.0.entry(key.name).or_default().extend(values);
        }
        self
    }

    pub(super) fn get(&self, key: &Key) -> Option<&[String]> {
        self.0.get(key.name).map(Vec::as_slice)
    }
}
