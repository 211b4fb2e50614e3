//! The order of the members of an archive of crates.

use std::iter;

use romt_bundle::CratesMember;
use romt_types::CrateId;

/// The members of an archive of `crates` in the order in which they are written: the format, the index, then the crates
/// sorted by name and version *as text* (upper case first, 1.10.0 before 1.2.0), each once.
///
/// That is Python romt's order, so equal contents give equal archives whichever of the two wrote them. A reader needs the
/// format before anything else, and with the index second it can check every crate as it comes.
///
/// The ids are held in memory to sort them; the files they stand for are not touched.
pub fn crates_members(crates: impl IntoIterator<Item = CrateId>) -> impl Iterator<Item = CratesMember> {
    let mut crates: Vec<CrateId> = crates.into_iter().collect();
    // Versions are ordered by semantic versioning elsewhere, here by their text.
    crates.sort_by_cached_key(|id| (id.name.as_str().to_owned(), id.version.to_string()));
    crates.dedup();
    iter::once(CratesMember::Format)
        .chain(iter::once(CratesMember::Index))
        .chain(crates.into_iter().map(CratesMember::Crate))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use romt_bundle::ArchiveFormat;

    use super::*;

    fn names(ids: &[&str]) -> Vec<String> {
        crates_members(ids.iter().map(|id| id.parse().unwrap())).map(|m| m.name(ArchiveFormat::Lower)).collect()
    }

    #[test]
    fn the_order_is_that_of_python_romt() {
        let found =
            names(&["serde@1.2.0", "log@0.4.0", "serde@1.10.0", "Inflector@0.11.4", "serde_json@1.0.0", "log@0.4.0"]);
        assert_eq!(
            found,
            [
                "ARCHIVE_FORMAT",
                "git/crates.io-index/origin.bundle",
                "crates/in/fl/Inflector/Inflector-0.11.4.crate",
                "crates/3/l/log/log-0.4.0.crate",
                "crates/se/rd/serde/serde-1.10.0.crate",
                "crates/se/rd/serde/serde-1.2.0.crate",
                "crates/se/rd/serde_json/serde_json-1.0.0.crate",
            ]
        );
    }

    #[test]
    fn an_archive_without_crates_still_has_its_head() {
        assert_eq!(names(&[]), ["ARCHIVE_FORMAT", "git/crates.io-index/origin.bundle"]);
    }

    proptest! {
        #[test]
        fn the_order_given_does_not_matter(
            ids in prop::collection::vec("[a-c][A-C]?@[0-3]\\.1[0-9]\\.0(\\+b)?", 0..30),
        ) {
            let forward: Vec<&str> = ids.iter().map(String::as_str).collect();
            let backward: Vec<&str> = forward.iter().rev().copied().collect();
            prop_assert_eq!(names(&forward), names(&backward));
        }
    }
}
