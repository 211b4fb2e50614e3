//! What names from a manifest and parts of paths may be made of.

use romt_types::ParseError;

/// The longest name. The longest of upstream's has about 40 bytes.
const LONGEST: usize = 100;

/// Checks that `text` can be a name, and a part of a path, on every system: letters, digits, `.`, `_`, `-` and `+`, with a
/// letter, a digit or `_` first, and no dot last.
pub(crate) fn check_name(text: &str, expected: &'static str) -> Result<(), ParseError> {
    let error = |reason| Err(ParseError::new(text, expected, reason));
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let bytes = text.as_bytes();
    match bytes.first() {
        None => error("it is empty"),
        Some(&first) if !word(first) => error("it begins with neither a letter nor a digit"),
        _ if bytes.len() > LONGEST => error("it is too long"),
        _ if bytes.last() == Some(&b'.') => error("it ends with a dot"),
        _ if bytes.iter().all(|&b| word(b) || b".-+".contains(&b)) => Ok(()),
        _ => error("there is more in it than letters, digits and `._-+`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_nowhere() {
        for good in ["x86_64-unknown-linux-gnu", "thumbv8m.main-none-eabi", "rust-std", "2024-02-08", "a..b"] {
            assert_eq!(check_name(good, "a name"), Ok(()), "{good}");
        }
        let long = "a".repeat(LONGEST + 1);
        for bad in
            ["", ".", "..", "-t", ".hidden", "a/b", "a\\b", "a b", "a\0", "a:b", "ä", "a%2f", "a~", "a.", long.as_str()]
        {
            assert!(check_name(bad, "a name").is_err(), "{bad:?}");
        }
    }
}
