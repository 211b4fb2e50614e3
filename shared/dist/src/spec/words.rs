//! Splitting values into words, and showing words that are wrong.

use std::collections::BTreeSet;

/// The most of a wrong word that is shown; a hostile one must not fill a log.
const SHOWN: usize = 80;

/// The pieces between single commas and runs of white space, empty ones included, as Python romt splits: `a, b` has an
/// empty piece in its middle.
pub(super) fn pieces(value: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = value;
    while let Some((at, mark)) = rest.char_indices().find(|(_, c)| *c == ',' || c.is_whitespace()) {
        let (piece, from_mark) = rest.split_at(at);
        pieces.push(piece);
        rest = if mark == ',' { &from_mark[1..] } else { from_mark.trim_start() };
    }
    pieces.push(rest);
    pieces
}

/// The pieces of all values, each once, in the order in which they came first.
pub(super) fn distinct_pieces(values: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut words = Vec::new();
    for value in values {
        for piece in pieces(value.as_ref()) {
            if seen.insert(piece.to_owned()) {
                words.push(piece.to_owned());
            }
        }
    }
    words
}

/// `word` as it is shown in an error: shortened, control characters escaped.
pub(super) fn shown(word: &str) -> String {
    let mut shown: String = word.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    if word.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_split_as_python_romt_splits_them() {
        assert_eq!(pieces(""), [""]);
        assert_eq!(pieces("a,b \t c"), ["a", "b", "c"]);
        assert_eq!(pieces("a, b"), ["a", "", "b"]);
        assert_eq!(pieces(",a,,b\n"), ["", "a", "", "b", ""]);
        assert_eq!(pieces("a\u{a0}b"), ["a", "b"]);
        assert_eq!(distinct_pieces(["b,a", "a c", ","]), ["b", "a", "c", ""]);
    }
}
