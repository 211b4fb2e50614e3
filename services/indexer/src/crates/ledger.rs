//! What the crates verbs left out, so that a later run makes good for it.
//!
//! A verb works on RANGE. What it left out of it (a crate that could not be had under `--keep-going`, one that a filter did
//! not choose, all of it when `config` moved `mark` first) lies behind `mark` soon, where no later RANGE begins. So the
//! ledger keeps, for each kind of work, up to which commit *everything* was had, and which versions are missing of that. A
//! run whose START is the default makes good for what lies between; one with an explicit START does what it says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use romt_types::CrateId;
use serde::{Deserialize, Serialize};

use crate::json_file;

/// The file in the state folder.
const FILE: &str = "crates.json";

/// What is remembered of the crates verbs' work on one mirror.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ledger {
    /// Files that are here: `download` and `verify`.
    #[serde(default)]
    pub(crate) held: Account,
    /// Files that are in an archive: `pack`.
    #[serde(default)]
    pub(crate) packed: Account,
    /// Files of removed versions that are gone: `prune`.
    #[serde(default)]
    pub(crate) pruned: Account,
}

/// How far one kind of work has come.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Account {
    /// By the key of a filter, empty for none: how far all that the filter chooses was done. While there is none for no
    /// filter, `mark` is believed, as Python romt left it.
    #[serde(default)]
    settled: BTreeMap<String, Settled>,
    /// What is missing of that.
    #[serde(default)]
    pub(crate) owed: BTreeSet<CrateId>,
}

/// How far all that a filter chooses was done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Settled {
    /// The commit, hexadecimal; `0` for nothing.
    pub(crate) commit: String,
    /// The filter's pieces.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) pieces: Vec<String>,
}

/// So many filters are remembered: more are not in use at once.
const FILTERS: usize = 32;

/// Work that was done to its end.
#[derive(Debug, Clone)]
pub(crate) struct Done<'a> {
    /// The key of the filter.
    pub(crate) filter: &'a str,
    /// Its pieces.
    pub(crate) pieces: Vec<String>,
    /// The commit of START, `0` for nothing.
    pub(crate) start: &'a str,
    /// Whether that was the default, and so what was owed was made good for.
    pub(crate) by_default: bool,
    /// The commit of END.
    pub(crate) end: &'a str,
    /// The commit of `mark`, `0` where there is none.
    pub(crate) mark: &'a str,
}

impl Account {
    /// Nothing was done yet, not even if `mark` is moved.
    pub(crate) fn new_mirror() -> Self {
        let nothing = Settled { commit: "0".to_owned(), pieces: Vec::new() };
        Self { settled: BTreeMap::from([(String::new(), nothing)]), owed: BTreeSet::new() }
    }

    /// What was done of other filters, besides that with this key.
    pub(crate) fn others(&self, filter: &str) -> impl Iterator<Item = &Settled> {
        self.settled.iter().filter(move |(key, _)| !key.is_empty() && *key != filter).map(|(_, settled)| settled)
    }

    /// The commit up to which all that the filter with this key chooses was done; `None` where `mark` says it.
    pub(crate) fn base(&self, filter: &str) -> Option<&str> {
        self.settled.get(filter).or_else(|| self.settled.get("")).map(|settled| settled.commit.as_str())
    }

    /// Work was done, but for what [`owed`](Self::owed) says.
    pub(crate) fn settle(&mut self, done: Done<'_>) {
        let covers = done.by_default || done.start == "0" || self.base(done.filter) == Some(done.start);
        if !covers {
            return;
        }
        if done.filter.is_empty() {
            // All filters choose less.
            self.settled.clear();
        } else {
            let mark = || Settled { commit: done.mark.to_owned(), pieces: Vec::new() };
            self.settled.entry(String::new()).or_insert_with(mark);
            if self.settled.len() > FILTERS {
                // What is forgotten is done again, no more.
                self.settled.retain(|filter, _| filter.is_empty());
            }
        }
        let settled = Settled { commit: done.end.to_owned(), pieces: done.pieces };
        self.settled.insert(done.filter.to_owned(), settled);
    }
}

impl Ledger {
    /// That of a mirror that was just made.
    pub(crate) fn new_mirror() -> Self {
        Self { held: Account::new_mirror(), packed: Account::new_mirror(), pruned: Account::new_mirror() }
    }

    /// Reads what was remembered in the folder `state`; nothing if there is nothing.
    ///
    /// One that cannot be read is an error: without it, what is owed would be lost in silence.
    pub(crate) fn load(state: &Path) -> anyhow::Result<Self> {
        Ok(json_file::load(state, FILE)?.unwrap_or_default())
    }

    /// Writes it in place of what was there, durably: whole, or not at all.
    pub(crate) fn save(&self, state: &Path) -> anyhow::Result<()> {
        json_file::save(state, FILE, self)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const DONE: Done<'static> =
        Done { filter: "", pieces: Vec::new(), start: "m", by_default: true, end: "e", mark: "m" };

    #[test]
    fn what_python_romt_left_is_believed() {
        let account = Account::default();
        assert_eq!((account.base(""), account.base("f")), (None, None));
    }

    #[test]
    fn a_new_mirror_has_nothing_whatever_mark_says() {
        assert_eq!(Account::new_mirror().base(""), Some("0"));
    }

    #[test]
    fn other_filters_are_told_apart() {
        let mut account = Account::new_mirror();
        for filter in ["f", "g"] {
            account.settle(Done { filter, pieces: vec![filter.to_owned()], ..DONE });
        }
        let others = |filter| account.others(filter).flat_map(|settled| settled.pieces.clone()).collect::<Vec<_>>();
        assert_eq!((others("f"), others("")), (vec!["g".to_owned()], vec!["f".to_owned(), "g".to_owned()]));
    }

    #[test]
    fn work_without_a_filter_settles_all() {
        let mut account = Account::default();
        account.settle(Done { filter: "f", ..DONE });
        assert_eq!((account.base("f"), account.base(""), account.base("g")), (Some("e"), Some("m"), Some("m")));
        account.settle(Done { end: "e2", ..DONE });
        assert_eq!((account.base("f"), account.base("")), (Some("e2"), Some("e2")));
    }

    #[test]
    fn a_filter_leaves_the_rest_where_it_was() {
        let mut account = Account::default();
        account.settle(DONE);
        account.settle(Done { filter: "f", mark: "e", end: "e2", ..DONE });
        account.settle(Done { filter: "f", mark: "e2", end: "e3", ..DONE });
        assert_eq!((account.base("f"), account.base("")), (Some("e3"), Some("e")));
    }

    #[test]
    fn an_explicit_start_settles_only_what_it_covers() {
        let mut account = Account::default();
        let explicit = Done { by_default: false, end: "e2", ..DONE };
        account.settle(explicit.clone());
        assert_eq!(account.base(""), None, "from the middle, and nothing is known of what was before");
        account.settle(Done { start: "0", ..explicit.clone() });
        assert_eq!(account.base(""), Some("e2"), "from nothing");
        account.settle(Done { start: "e1", end: "e3", ..explicit.clone() });
        assert_eq!(account.base(""), Some("e2"));
        account.settle(Done { start: "e2", end: "e3", ..explicit });
        assert_eq!(account.base(""), Some("e3"), "from where it was settled");
    }

    #[test]
    fn filters_do_not_pile_up() {
        let mut account = Account::default();
        account.settle(DONE);
        for n in 0..1_000 {
            account.settle(Done { filter: &n.to_string(), end: "e2", ..DONE });
        }
        assert!(account.settled.len() <= FILTERS + 1);
        assert_eq!((account.base(""), account.base("999")), (Some("e"), Some("e2")));
    }

    #[test]
    fn it_is_read_as_it_was_written_and_a_torn_one_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("new/.romt");
        assert_eq!(Ledger::load(&state).unwrap(), Ledger::default());
        let mut ledger = Ledger::default();
        ledger.held.settle(DONE);
        ledger.packed.owed.insert("a@1.0.0".parse().unwrap());
        ledger.save(&state).unwrap();
        assert_eq!(Ledger::load(&state).unwrap(), ledger);
        fs::write(state.join(FILE), "{torn").unwrap();
        assert!(Ledger::load(&state).unwrap_err().to_string().contains("damaged"));
    }
}
