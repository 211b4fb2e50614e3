//! Errors and their causes on one line.

use std::error::Error;

/// More causes than this are not shown.
const CAUSES: usize = 12;
/// A longer line is cut: parts of it may come from upstream.
const LENGTH: usize = 600;

/// An error and its causes as `a: b: c`, on one line, for records of what failed.
pub fn one_line(error: &(dyn Error + 'static)) -> String {
    let mut line = String::new();
    let causes = std::iter::successors(Some(error), |&error| error.source());
    for text in causes.take(CAUSES).map(ToString::to_string) {
        // Some libraries' errors repeat their cause.
        if line.ends_with(&text) {
            continue;
        }
        if !line.is_empty() {
            line.push_str(": ");
        }
        line.push_str(&text);
    }
    let mut shown: String =
        line.chars().take(LENGTH).map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect();
    if shown.len() < line.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Layer {
        text: String,
        #[source]
        source: Option<Box<Layer>>,
    }

    fn layers(texts: &[&str]) -> Option<Box<Layer>> {
        let (first, rest) = texts.split_first()?;
        Some(Box::new(Layer { text: (*first).to_owned(), source: layers(rest) }))
    }

    #[test]
    fn causes_follow_and_are_not_repeated() {
        let error = layers(&["not fetched", "no answer: refused", "refused", "told\nso"]).unwrap();
        assert_eq!(one_line(&*error), "not fetched: no answer: refused: told\u{fffd}so");
    }

    #[test]
    fn a_long_line_is_cut() {
        let error = layers(&[&"é".repeat(5_000)]).unwrap();
        assert_eq!(one_line(&*error).chars().count(), LENGTH + 1);
    }
}
