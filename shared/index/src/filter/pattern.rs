//! Wildcards as Python's `fnmatch` reads them.
//!
//! The crates for globs are made for paths: they know `**`, `/`, `{a,b}` and escapes, refuse patterns that `fnmatch`
//! takes (`[` alone, `***`), and some try all ways of dividing a text among many `*`.

/// Whether `a` and `A` are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Kept,
    Ignored,
}

/// A text with `*` (anything), `?` (one character), `[a-z]` (one of these) and `[!a-z]` (one, but none of these). Nothing
/// escapes them, but `[*]` stands for a star. Every text is a pattern: a `[` that is not closed stands for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    tokens: Vec<Token>,
    case: Case,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Star,
    Any,
    Char(char),
    /// First and last characters of ranges.
    Set {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

impl Pattern {
    pub(super) fn new(text: &str, case: Case) -> Self {
        let text: Vec<char> = text.chars().collect();
        let mut tokens = Vec::with_capacity(text.len());
        let mut rest = &text[..];
        while let Some((first, after)) = rest.split_first() {
            rest = after;
            match first {
                '*' if tokens.last() == Some(&Token::Star) => {}
                '*' => tokens.push(Token::Star),
                '?' => tokens.push(Token::Any),
                '[' => match set(after) {
                    Some((token, after)) => {
                        tokens.push(token);
                        rest = after;
                    }
                    None => tokens.push(Token::Char('[')),
                },
                other => tokens.push(Token::Char(*other)),
            }
        }
        Self { tokens, case }
    }

    /// Whether all of `text` fits. Takes at most (length of the pattern) × (length of the text) steps: when a text does
    /// not fit behind a `*`, it is enough to let the last one take a character more.
    pub(super) fn matches(&self, text: &str) -> bool {
        let (mut tokens, mut text) = (&self.tokens[..], text.chars());
        let mut last_star = None;
        loop {
            if let Some((Token::Star, after)) = tokens.split_first() {
                tokens = after;
                last_star = Some((tokens, text.clone()));
                continue;
            }
            let mut ahead = text.clone();
            match (tokens.split_first(), ahead.next()) {
                (None, None) => return true,
                (Some((token, after)), Some(c)) if token.fits(c, self.case) => {
                    (tokens, text) = (after, ahead);
                    continue;
                }
                // Only stars could fit where there is no text left.
                (Some(_), None) => return false,
                _ => {}
            }
            let Some((behind, from)) = &mut last_star else { return false };
            if from.next().is_none() {
                return false;
            }
            (tokens, text) = (*behind, from.clone());
        }
    }
}

impl Token {
    fn fits(&self, c: char, case: Case) -> bool {
        match self {
            Self::Star => false,
            Self::Any => true,
            Self::Char(expected) => *expected == c || (case == Case::Ignored && expected.eq_ignore_ascii_case(&c)),
            Self::Set { negated, ranges } => {
                let holds = |c| ranges.iter().any(|(first, last)| (*first..=*last).contains(&c));
                let found = match case {
                    Case::Kept => holds(c),
                    Case::Ignored => holds(c.to_ascii_lowercase()) || holds(c.to_ascii_uppercase()),
                };
                found != *negated
            }
        }
    }
}

/// The set that begins behind a `[`, and what follows its `]`; `None` if there is no `]`.
fn set(text: &[char]) -> Option<(Token, &[char])> {
    let negated = text.first() == Some(&'!');
    let text = &text[usize::from(negated)..];
    // A `]` in the first place is a member.
    let end = 1 + text.get(1..)?.iter().position(|c| *c == ']')?;
    let mut members = &text[..end];
    let mut ranges = Vec::new();
    while let Some((first, after)) = members.split_first() {
        // A range from high to low holds nothing, as it should.
        let (last, after) = if let ['-', last, after @ ..] = after { (last, after) } else { (first, after) };
        ranges.push((*first, *last));
        members = after;
    }
    Some((Token::Set { negated, ranges }, &text[end + 1..]))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::*;

    fn fits(pattern: &str, text: &str) -> bool {
        Pattern::new(pattern, Case::Kept).matches(text)
    }

    /// The definition, tried in all ways: exponential, but plain.
    fn naive(tokens: &[Token], text: &[char], case: Case) -> bool {
        match (tokens.split_first(), text.split_first()) {
            (None, None) => true,
            (Some((Token::Star, after)), None) => naive(after, text, case),
            (Some((Token::Star, after)), Some((_, rest))) => naive(after, text, case) || naive(tokens, rest, case),
            (Some((token, after)), Some((c, rest))) => token.fits(*c, case) && naive(after, rest, case),
            _ => false,
        }
    }

    /// Checked against `fnmatch.fnmatchcase` of Python 3.11.
    #[test]
    fn patterns_are_those_of_fnmatch() {
        for (pattern, yes, no) in [
            ("", &[""][..], &["a"][..]),
            ("*", &["", "a", "a/b.c"], &[]),
            ("a**b", &["ab", "axyb"], &["a", "abc"]),
            ("?", &["a", "/"], &["", "ab"]),
            ("[abc]", &["a", "c"], &["d", "", "ab"]),
            ("[!abc]", &["d", "!"], &["a", ""]),
            ("[a-c]x", &["ax", "cx"], &["dx", "-x"]),
            ("[c-a]", &[], &["a", "b", "c", "-"]),
            ("[!c-a]", &["a", "z"], &[""]),
            ("[a-]", &["a", "-"], &["b"]),
            ("[-a]", &["a", "-"], &["b"]),
            ("[a-c-e]", &["b", "-", "e"], &["d"]),
            ("[]a]", &["]", "a"], &["["]),
            ("[!]a]", &["b"], &["]", "a"]),
            ("[]", &["[]"], &["]", ""]),
            ("[!]", &["[!]"], &["!", "a"]),
            ("[^a]", &["^", "a"], &["b"]),
            ("a[", &["a["], &["a"]),
            ("a[b", &["a[b"], &["ab"]),
            ("[[]", &["["], &["]"]),
            ("[*]", &["*"], &["a", ""]),
            ("a\\*", &["a\\", "a\\b"], &["a*"]),
            ("{a,b}", &["{a,b}"], &["a"]),
            ("]", &["]"], &["a"]),
        ] {
            for text in yes {
                assert!(fits(pattern, text), "{pattern} should fit {text}");
            }
            for text in no {
                assert!(!fits(pattern, text), "{pattern} should not fit {text}");
            }
        }
    }

    #[test]
    fn many_stars_do_not_take_for_ever() {
        let started = Instant::now();
        assert!(!fits(&"*a".repeat(1000), &"a".repeat(999)));
        assert!(!fits(&("*a".repeat(500) + "b"), &"a".repeat(5000)));
        assert!(started.elapsed() < Duration::from_secs(10));
    }

    proptest! {
        #[test]
        fn matching_agrees_with_the_definition(pattern in "([ab*?A-]|\\[!?[]ab-]{1,3}\\]){0,6}", text in "[abA\\]-]{0,7}") {
            for case in [Case::Kept, Case::Ignored] {
                let pattern = Pattern::new(&pattern, case);
                let chars: Vec<_> = text.chars().collect();
                prop_assert_eq!(pattern.matches(&text), naive(&pattern.tokens, &chars, case));
            }
        }

        #[test]
        fn no_text_panics(pattern: String, text: String) {
            let _ = Pattern::new(&pattern, Case::Ignored).matches(&text);
        }
    }
}
