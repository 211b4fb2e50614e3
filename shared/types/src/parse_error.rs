//! The one error of all parsers in this crate.

/// A text that is not what it should be: the text, what it should have been, and why it is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{input}` is not {expected}: {reason}")]
pub struct ParseError {
    /// The text, shortened for display and with control characters escaped.
    pub input: String,
    /// What was expected, with its article: "a crate name".
    pub expected: &'static str,
    /// Why it is not that.
    pub reason: String,
}

/// An input longer than this is cut in the error; a hostile one must not fill a log.
const SHOWN: usize = 80;

impl ParseError {
    /// An error about `input`.
    pub fn new(input: &str, expected: &'static str, reason: impl Into<String>) -> Self {
        let mut shown: String = input.chars().take(SHOWN).flat_map(char::escape_debug).collect();
        if input.chars().count() > SHOWN {
            shown.push('…');
        }
        Self { input: shown, expected, reason: reason.into() }
    }
}
