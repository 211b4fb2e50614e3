//! What the paths of requests name. They come percent-decoded, once, and are believed only as far as they parse.

use romt_storage::StorageKey;
use romt_types::{CrateId, CrateName};

/// The crate file that a path below `/crates/` names, in any of the three ways of asking for it:
///
/// - `serde/serde-1.0.0.crate`: what our `config.json` tells cargo,
/// - `serde/1.0.0/download`: what cargo asks for where `config.json` has no markers,
/// - `se/rd/serde/serde-1.0.0.crate`: where the file lies. As in Python romt, any prefix will do: which one is right
///   depends on how the mirror spells prefixes, and that is our affair, not the client's.
pub(crate) fn crate_file(path: &str) -> Option<CrateId> {
    if let Some(path) = path.strip_suffix("/download") {
        let (name, version) = path.split_once('/')?;
        return Some(CrateId::new(name.parse().ok()?, version.parse().ok()?));
    }
    let (folder, file) = path.rsplit_once('/')?;
    let (prefix, name) = folder.rsplit_once('/').map_or((None, folder), |(prefix, name)| (Some(prefix), name));
    if prefix.is_some_and(|prefix| !prefix.split('/').all(is_plain)) {
        return None;
    }
    let version = file.strip_suffix(".crate")?.strip_prefix(name)?.strip_prefix('-')?;
    Some(CrateId::new(name.parse().ok()?, version.parse().ok()?))
}

/// The crate whose index file a path below `/crates-index/` names: `se/rd/serde`, in lower case, and no other spelling.
pub(crate) fn index_file(path: &str) -> Option<CrateName> {
    let name: CrateName = path.rsplit_once('/')?.1.parse().ok()?;
    (name.index_path() == path).then_some(name)
}

/// The file of a toolchain that a path below `/dist/` names: `2026-04-16/channel-rust-stable.toml`.
pub(crate) fn dist_file(path: &str) -> Option<StorageKey> {
    path.parse().ok().map(StorageKey::Dist)
}

/// The file of rustup that a path below `/rustup/` names: `release-stable.toml`.
pub(crate) fn rustup_file(path: &str) -> Option<StorageKey> {
    path.parse().ok().map(StorageKey::Rustup)
}

/// Whether this may be a part of a prefix: what crate names are made of, so neither empty nor `..`.
fn is_plain(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use romt_types::PrefixStyle;

    use super::*;

    #[test]
    fn a_crate_file_is_asked_for_in_three_ways() {
        for path in [
            "ABcd/ABcd-1.0.0+b.5.crate",
            "ABcd/1.0.0+b.5/download",
            "ab/cd/ABcd/ABcd-1.0.0+b.5.crate",
            "AB/cd/ABcd/ABcd-1.0.0+b.5.crate",
            "any/thing/at/all/ABcd/ABcd-1.0.0+b.5.crate",
        ] {
            assert_eq!(crate_file(path), Some("ABcd@1.0.0+b.5".parse().unwrap()), "{path}");
        }
    }

    #[test]
    fn other_paths_name_no_crate_file() {
        for path in [
            "",
            "/",
            "serde",
            "config.toml",
            "serde/serde.crate",
            "serde/serde-1.0.crate",
            "serde/serde-1.0.0",
            "serde/Serde-1.0.0.crate",
            "serde/other-1.0.0.crate",
            "/serde/serde-1.0.0.crate",
            "serde//serde-1.0.0.crate",
            "serde/serde-1.0.0.crate/",
            "../serde/serde-1.0.0.crate",
            "se/../serde/serde-1.0.0.crate",
            "se//serde/serde-1.0.0.crate",
            "se\\rd/serde/serde-1.0.0.crate",
            "se/rd\0/serde/serde-1.0.0.crate",
            "serde/..-1.0.0.crate",
            "serde/1.0.0/download/",
            "se/serde/1.0.0/download",
            "serde/1.0/download",
            "/download",
        ] {
            assert_eq!(crate_file(path), None, "{path:?}");
        }
    }

    #[test]
    fn an_index_file_has_one_path() {
        assert_eq!(index_file("se/rd/serde").unwrap().as_str(), "serde");
        assert_eq!(index_file("3/a/abc").unwrap().as_str(), "abc");
        for path in [
            "",
            "serde",
            "se/rd/Serde",
            "SE/rd/serde",
            "se/xx/serde",
            "/se/rd/serde",
            "se//rd/serde",
            "se/rd/serde/",
            "se/rd/../rd/serde",
            "config.json",
            "3/a/../../x",
            "1/",
            "1/.",
            "2/..",
        ] {
            assert_eq!(index_file(path), None, "{path:?}");
        }
    }

    proptest! {
        #[test]
        fn every_crate_is_found_where_it_lies(name in "[a-zA-Z][a-zA-Z0-9_-]{0,20}", major in 0..99u64, mixed: bool) {
            let id: CrateId = format!("{name}@{major}.0.1").parse().unwrap();
            let style = if mixed { PrefixStyle::Mixed } else { PrefixStyle::Lower };
            prop_assert_eq!(crate_file(&id.path(style)), Some(id.clone()));
            prop_assert_eq!(crate_file(&format!("{}/{}/download", id.name, id.version)), Some(id.clone()));
            prop_assert_eq!(index_file(&id.name.index_path()).map(|name| name.lowercase()), Some(id.name.lowercase()));
        }

        #[test]
        fn no_path_names_anything_odd(path in "\\PC{0,40}|(\\.\\.|\\.|/|a|-1\\.0\\.0|\\.crate|download|\\\\){0,9}") {
            if let Some(id) = crate_file(&path) {
                prop_assert!(!id.path(PrefixStyle::Lower).split('/').any(|part| part.is_empty() || part == ".."));
                prop_assert!(!path.contains("..") && !path.contains("//") && !path.contains('\\'));
            }
        }
    }
}
