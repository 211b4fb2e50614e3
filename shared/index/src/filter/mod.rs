//! Choosing crates by patterns: the `--filter` and `--filter-file` of Python romt.
//!
//! A filter is pieces `NAME[@VERSION]` between commas, semicolons and blanks; each side is a [`Pattern`], and a side that
//! is left out is `*`. A version is chosen when one piece fits it. Names are compared without regard to case, versions as
//! they are written.

mod pattern;
mod versions;

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::Path;

use romt_types::{CrateId, CrateName, Hasher};

use crate::IndexError;

use pattern::{Case, Pattern};
use versions::VersionPatterns;

/// Which versions of which crates are meant. Where no filter was given ([`Default`]) all of them are.
///
/// Once one was given, only what its pieces name is chosen. So a filter without pieces chooses nothing: the list of bad
/// crates of a good mirror is an empty file, and means no crates.
#[derive(Debug, Clone, Default)]
pub struct CrateFilter {
    given: bool,
    /// All pieces as they were given: what makes one filter the same as another.
    pieces: BTreeSet<String>,
    /// Names without a wildcard, in lower case. Kept apart because there may be 100,000 of them: a list of bad crates.
    exact: HashMap<String, VersionPatterns>,
    wild: Vec<(Pattern, VersionPatterns)>,
}

/// What makes a name a pattern.
const WILDCARDS: [char; 4] = ['*', '?', '[', ']'];

impl CrateFilter {
    /// Adds the pieces of one filter: `serde*, rand@0.8.*`.
    pub fn add(&mut self, filter: &str) {
        self.given = true;
        for piece in pieces(filter) {
            self.add_piece(piece);
        }
    }

    /// Adds the pieces in the file at `path`, any number on a line. A piece that begins with `#` begins a comment, up to
    /// the end of its line; no crate's name holds that character.
    pub fn add_file(&mut self, path: &Path) -> Result<(), IndexError> {
        let text = fs::read_to_string(path).map_err(|source| IndexError::Io {
            action: "read the filter file",
            path: path.to_owned(),
            source,
        })?;
        self.given = true;
        for line in text.lines() {
            for piece in pieces(line).take_while(|piece| !piece.starts_with('#')) {
                self.add_piece(piece);
            }
        }
        Ok(())
    }

    fn add_piece(&mut self, piece: &str) {
        self.pieces.insert(piece.to_owned());
        let (name, version) = piece.split_once('@').unwrap_or((piece, ""));
        let versions = if name.contains(WILDCARDS) || name.is_empty() {
            let name = Pattern::new(if name.is_empty() { "*" } else { name }, Case::Ignored);
            &mut self.wild.push_mut((name, VersionPatterns::default())).1
        } else {
            self.exact.entry(name.to_ascii_lowercase()).or_default()
        };
        versions.add(if version.is_empty() { "*" } else { version });
    }

    /// The pieces, in order, each once.
    pub fn pieces(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().map(String::as_str)
    }

    /// The names that the pieces spell out, in lower case and in order; or the first piece whose name has a wildcard.
    pub fn names(&self) -> Result<Vec<CrateName>, String> {
        let wild = |piece: &&String| {
            let name = piece.split('@').next().unwrap_or_default();
            name.is_empty() || name.contains(WILDCARDS)
        };
        if let Some(piece) = self.pieces.iter().find(wild) {
            return Err(piece.clone());
        }
        let mut names: Vec<_> = self.exact.keys().filter_map(|name| name.parse().ok()).collect();
        names.sort();
        Ok(names)
    }

    /// Equal for filters of the same pieces, however they were given; empty where no filter was.
    pub fn key(&self) -> String {
        if !self.given {
            return String::new();
        }
        let mut hasher = Hasher::default();
        for piece in &self.pieces {
            hasher.update(piece.as_bytes());
            // Stands in no piece.
            hasher.update(b" ");
        }
        hasher.finish().to_string()
    }

    /// Whether everything is chosen because no filter was given.
    pub fn is_everything(&self) -> bool {
        !self.given
    }

    /// Whether filters were given, but no piece in them: worth a word to the user.
    pub fn is_nothing(&self) -> bool {
        self.given && self.exact.is_empty() && self.wild.is_empty()
    }

    /// Whether some version of `name` may be chosen.
    pub fn may_match(&self, name: &CrateName) -> bool {
        !self.given || self.versions_of(name).next().is_some()
    }

    /// Whether this version is chosen.
    pub fn matches(&self, id: &CrateId) -> bool {
        if !self.given {
            return true;
        }
        let mut text = None;
        self.versions_of(&id.name)
            .any(|versions| versions.is_all() || versions.matches(text.get_or_insert_with(|| id.version.to_string())))
    }

    fn versions_of(&self, name: &CrateName) -> impl Iterator<Item = &VersionPatterns> {
        let wild = self.wild.iter().filter(|(pattern, _)| pattern.matches(name.as_str()));
        self.exact.get(&name.lowercase()).into_iter().chain(wild.map(|(_, versions)| versions))
    }
}

/// What stands between the separators; what is empty is no piece.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';')).filter(|piece| !piece.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CRATES: [&str; 8] = [
        "a@1.0.0",
        "ab@0.1.0",
        "Abc@0.1.0",
        "ABcd@0.2.0",
        "serde@1.0.0",
        "serde@1.0.1+build.5",
        "serde_json@0.1.7",
        "zz@1.0.0",
    ];

    fn chosen(filter: &CrateFilter) -> Vec<&'static str> {
        let mut all = CRATES.to_vec();
        all.retain(|id| filter.matches(&id.parse().unwrap()));
        all
    }

    fn chosen_by(filters: &[&str]) -> Vec<&'static str> {
        let mut filter = CrateFilter::default();
        for text in filters {
            filter.add(text);
        }
        chosen(&filter)
    }

    #[test]
    fn row_97_filters_choose_what_python_romt_does() {
        assert_eq!(chosen_by(&[]), CRATES);
        assert_eq!(chosen_by(&["serde*"]), ["serde@1.0.0", "serde@1.0.1+build.5", "serde_json@0.1.7"]);
        assert_eq!(chosen_by(&["@0.1.*"]), ["ab@0.1.0", "Abc@0.1.0", "serde_json@0.1.7"]);
        assert_eq!(chosen_by(&["serde@*build*"]), ["serde@1.0.1+build.5"]);
        assert_eq!(chosen_by(&["[as]*@1.0.0"]), ["a@1.0.0", "serde@1.0.0"]);
        assert_eq!(chosen_by(&["a,ab;abc zz"]), ["a@1.0.0", "ab@0.1.0", "Abc@0.1.0", "zz@1.0.0"]);
        assert_eq!(chosen_by(&["serde@1.0.0", "zz@"]), ["serde@1.0.0", "zz@1.0.0"]);
        assert_eq!(chosen_by(&["serde@1.0.0 serde@2.0.0 serde@1.0.1+*"]), ["serde@1.0.0", "serde@1.0.1+build.5"]);
        assert_eq!(chosen_by(&["@"]), CRATES);
        assert!(chosen_by(&["serd", "serde_json@0.1", "nothing*"]).is_empty());
    }

    #[test]
    fn names_are_spelled_out_or_not() {
        let names = |text: &str| {
            let mut filter = CrateFilter::default();
            filter.add(text);
            filter.names().map(|names| names.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert_eq!(names("serde, ABcd@1.* a@0.1"), Ok(vec!["a".into(), "abcd".into(), "serde".into()]));
        assert_eq!(names("serde b* a"), Err("b*".into()));
        assert_eq!(names("@1.0.0"), Err("@1.0.0".into()));
        assert_eq!(CrateFilter::default().names(), Ok(Vec::new()));
    }

    #[test]
    fn filters_of_the_same_pieces_have_the_same_key() {
        let key = |filters: &[&str]| {
            let mut filter = CrateFilter::default();
            for text in filters {
                filter.add(text);
            }
            filter.key()
        };
        assert_eq!(key(&[]), "");
        assert_eq!(key(&["a b"]), key(&["b", "a;", "b"]));
        assert_ne!(key(&["a b"]), key(&["ab"]));
        assert_ne!(key(&[""]), key(&[]));
    }

    #[test]
    fn row_98_names_are_compared_without_regard_to_case() {
        for filter in ["ABcd", "abcd", "abCD", "AB?D", "[A-B]BCD", "ABc[!A]"] {
            assert_eq!(chosen_by(&[filter]), ["ABcd@0.2.0"], "{filter}");
        }
        assert!(chosen_by(&["serde@*BUILD*"]).is_empty());
    }

    #[test]
    fn row_99_an_empty_piece_chooses_nothing() {
        let serde = ["serde@1.0.0", "serde@1.0.1+build.5"];
        for filter in ["serde,", ",serde", " serde ;; ", "serde\t,\n"] {
            assert_eq!(chosen_by(&[filter]), serde, "{filter:?}");
        }
        assert_eq!(chosen_by(&["", "serde"]), serde);
        assert!(chosen_by(&[""]).is_empty());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("filter");
        for (text, expected) in [
            ("serde\n\n", &serde[..]),
            ("\r\n  \r\n,serde\r\n", &serde),
            ("# serde_json a\nserde # zz\n#a", &serde),
            ("", &[]),
        ] {
            fs::write(&path, text).unwrap();
            let mut filter = CrateFilter::default();
            filter.add_file(&path).unwrap();
            assert_eq!(chosen(&filter), expected, "{text:?}");
            assert_eq!(filter.is_nothing(), expected.is_empty());
        }
        let missing = CrateFilter::default().add_file(&folder.path().join("gone")).unwrap_err();
        assert!(missing.to_string().contains("gone"), "{missing}");
    }

    /// What a list of bad crates says is chosen again, capitals and build metadata included.
    #[test]
    fn row_100_a_list_of_crates_is_a_filter_for_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bad");
        for list in CRATES.chunks(3) {
            fs::write(&path, list.join("\n") + "\n").unwrap();
            let mut filter = CrateFilter::default();
            filter.add_file(&path).unwrap();
            assert_eq!(chosen(&filter), list);
        }
    }

    proptest! {
        /// Pieces are OR-ed, however they are spread over filters.
        #[test]
        fn pieces_are_alternatives(pieces in prop::collection::vec("[A-Ca-c*?]{0,3}(@[0-2.*]{0,4})?", 1..6), cut in 0..6usize) {
            let cut = cut.min(pieces.len());
            let together = chosen_by(&[&pieces[..cut].join(", "), &pieces[cut..].join(";")]);
            let mut apart: Vec<_> = pieces.iter().flat_map(|piece| chosen_by(&[piece])).collect();
            apart.sort_by_key(|id| CRATES.iter().position(|known| known == id));
            apart.dedup();
            prop_assert_eq!(together, apart);
        }

        /// A name passes the first, quick look whenever one of its versions is chosen.
        #[test]
        fn the_quick_look_misses_nothing(filter in "[A-Ca-c*?, @0-1.]{0,12}") {
            let mut parsed = CrateFilter::default();
            parsed.add(&filter);
            for id in chosen(&parsed) {
                prop_assert!(parsed.may_match(&id.parse::<CrateId>().unwrap().name), "{}", id);
            }
        }
    }
}
