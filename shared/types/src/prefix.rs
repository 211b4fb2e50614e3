//! The directory prefix of a crate's file in a mirror.

use serde::{Deserialize, Serialize};

use crate::CrateName;

/// How the prefix directories of crate files are spelled: `1`, `2`, `3/x`, `xx/xx`, from the name's first letters.
///
/// Python romt knows both styles (`crates/config.toml`; archive formats 2 and 1). Only the prefix changes case, never
/// the crate's own directory and file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PrefixStyle {
    /// Lower case, as in the index: the default of new mirrors.
    #[default]
    Lower,
    /// As the name spells it: mirrors made before romt 0.8.
    Mixed,
}

impl PrefixStyle {
    /// The prefix of `name` in this style, without slashes at its ends.
    pub fn prefix(self, name: &CrateName) -> String {
        let lower;
        let name = match self {
            Self::Lower => {
                lower = name.lowercase();
                &*lower
            }
            Self::Mixed => name.as_str(),
        };
        // A name is ASCII, so these cuts fall between characters.
        match name.len() {
            1 => "1".to_owned(),
            2 => "2".to_owned(),
            3 => format!("3/{}", &name[..1]),
            _ => format!("{}/{}", &name[..2], &name[2..4]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_style_changes_the_case() {
        let name: CrateName = "ABcd".parse().unwrap();
        assert_eq!(PrefixStyle::Lower.prefix(&name), "ab/cd");
        assert_eq!(PrefixStyle::Mixed.prefix(&name), "AB/cd");
    }
}
