//! What cargo is told: how to find this mirror, and where its files are.

use crate::BaseUrl;

/// The path of the sparse index below the server's address.
pub(crate) const INDEX: &str = "/crates-index/";

/// The lines for cargo's `config.toml` that put the mirror at `base` in the place of crates.io.
pub fn cargo_config(base: &BaseUrl) -> String {
    // The slash at the end of the index's address is part of the protocol.
    format!(
        r#"[source.crates-io]
replace-with = "romt"

[source.romt]
registry = "sparse+{base}{INDEX}"
"#
    )
}

/// The index's `config.json` (The Cargo Book, "Index configuration") for clients that reach us at `base`.
///
/// Written by hand to be the same bytes for the same address in every version; a `BaseUrl` holds nothing to escape.
pub(crate) fn registry_config(base: &BaseUrl) -> String {
    format!(r#"{{"dl":"{base}/crates/{{crate}}/{{crate}}-{{version}}.crate","api":"{base}"}}"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_are_what_cargo_reads() {
        let base: BaseUrl = "http://mirror.example:8000".parse().unwrap();
        insta::assert_snapshot!(format!("{}---\n{}", cargo_config(&base), registry_config(&base)), @r#"
        [source.crates-io]
        replace-with = "romt"

        [source.romt]
        registry = "sparse+http://mirror.example:8000/crates-index/"
        ---
        {"dl":"http://mirror.example:8000/crates/{crate}/{crate}-{version}.crate","api":"http://mirror.example:8000"}
        "#);
        let json: serde_json::Value = serde_json::from_str(&registry_config(&base)).unwrap();
        assert_eq!(json["api"], "http://mirror.example:8000");
    }
}
