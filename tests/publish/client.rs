//! A client that believes nothing.

use romt_testkit::Serving;
use romt_types::{CrateName, Digest};
use serde_json::Value;

/// Reads a crate's index file and downloads what it lists. Returns the lines; none if there is no such file.
///
/// # Panics
/// When a listed file is not there or is not right, while the line that promises it stands.
pub(crate) fn check(mirror: &Serving, name: &str) -> Vec<String> {
    let name = &parse(name);
    let before = lines(mirror, name);
    for line in &before {
        if !is_kept(mirror, name, line) {
            // Replaced between the two requests? Then the line is another one now.
            let stands = lines(mirror, name).contains(line);
            assert!(!stands || is_kept(mirror, name, line), "the mirror does not hold what it promises: {line}");
        }
    }
    before
}

fn parse(name: &str) -> CrateName {
    name.parse().unwrap_or_else(|error| panic!("{error}"))
}

/// The lines of a crate's index file.
fn lines(mirror: &Serving, name: &CrateName) -> Vec<String> {
    let answer = mirror.get(&format!("/crates-index/{}", name.index_path()));
    match answer.status {
        200 => answer.text().lines().map(str::to_owned).collect(),
        404 => Vec::new(),
        status => panic!("the index file of {name} is answered by {status}"),
    }
}

/// Whether the file that a line promises is there and right.
fn is_kept(mirror: &Serving, name: &CrateName, line: &str) -> bool {
    let fields: Value = serde_json::from_str(line).unwrap_or_default();
    let version = fields["vers"].as_str().unwrap_or("(none)");
    let answer = mirror.get(&format!("/crates/{name}/{version}/download"));
    answer.status == 200 && fields["cksum"] == Digest::of(&answer.body).to_string()
}
