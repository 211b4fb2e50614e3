//! `.sha256` files.

use std::fmt;

use romt_types::{Digest, ParseError};

/// What a `.sha256` file says: the digest, and of which file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HashFile {
    /// The digest.
    pub digest: Digest,
    /// The name of the file that it is of; some have none (rustup for Windows). It is shown, never believed.
    pub name: Option<String>,
}

/// Why a `.sha256` file could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HashFileError {
    /// It is no such file: fetch it again, or look at what serves it.
    #[error("it is larger than {} bytes", HashFile::MAX_SIZE)]
    TooLarge,
    /// It is no such file: fetch it again, or look at what serves it.
    #[error("it is not one line with a SHA-256 digest and a file's name")]
    Malformed,
    /// There is no digest where one should be.
    #[error("its digest cannot be used")]
    Digest(#[source] ParseError),
}

/// How long a digest is in hexadecimal.
const DIGITS: usize = 64;

impl HashFile {
    /// The most bytes of the file that are read. Most have about 130.
    pub const MAX_SIZE: usize = 1024;

    /// That of a file: romt's own form has the name of the file without its folder.
    pub fn new(digest: Digest, name: impl Into<String>) -> Self {
        Self { digest, name: Some(name.into()) }
    }

    /// Reads the file: `DIGEST *NAME`, `DIGEST  NAME` or the digest alone, in upper or lower case, with nothing after it
    /// but white space.
    pub fn parse(content: &[u8]) -> Result<Self, HashFileError> {
        if content.len() > Self::MAX_SIZE {
            return Err(HashFileError::TooLarge);
        }
        let text = std::str::from_utf8(content).map_err(|_| HashFileError::Malformed)?;
        let line = text.trim_end_matches(|c: char| c.is_ascii_whitespace());
        if line.contains(char::is_control) {
            return Err(HashFileError::Malformed);
        }
        let (digest, rest) = line.split_at_checked(DIGITS).ok_or(HashFileError::Malformed)?;
        let name = match rest {
            "" => None,
            // Two blanks for a text file, ` *` for a binary one: both mean the bytes as they are.
            _ => match rest.strip_prefix(" *").or_else(|| rest.strip_prefix("  ")) {
                None | Some("") => return Err(HashFileError::Malformed),
                Some(name) => Some(name.to_owned()),
            },
        };
        Ok(Self { digest: digest.parse().map_err(HashFileError::Digest)?, name })
    }
}

impl fmt::Display for HashFile {
    /// The file, byte for byte as Python romt writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => writeln!(f, "{} *{name}", self.digest),
            None => writeln!(f, "{}", self.digest),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn digest() -> Digest {
        Digest::of(b"x")
    }

    #[test]
    fn every_usual_form_is_read() {
        let (digest, upper) = (digest(), digest().to_string().to_uppercase());
        for (text, name) in [
            (format!("{digest} *cargo.tar.xz\n"), Some("cargo.tar.xz")),
            (format!("{digest}  cargo.tar.xz"), Some("cargo.tar.xz")),
            (format!("{digest}  two words \r\n"), Some("two words")),
            (format!("{digest}"), None),
            (format!("{upper}\n"), None),
        ] {
            let read = HashFile::parse(text.as_bytes()).unwrap();
            assert_eq!((read.digest, read.name.as_deref()), (digest, name), "{text:?}");
        }
        assert_eq!(HashFile::new(digest, "a").to_string(), format!("{digest} *a\n"));
    }

    #[test]
    fn nothing_else_is_read() {
        let digest = digest();
        for bad in [
            String::new(),
            "<html>".into(),
            format!(" {digest}"),
            format!("{digest}a"),
            format!("{digest} a"),
            format!("{digest} *"),
            format!("{digest} *a\n{digest} *b\n"),
            format!("{digest}\n{digest}"),
            format!("{digest} *a\0"),
            format!("é{}", "a".repeat(63)),
        ] {
            assert_eq!(HashFile::parse(bad.as_bytes()), Err(HashFileError::Malformed), "{bad:?}");
        }
        assert!(matches!(HashFile::parse("g".repeat(64).as_bytes()), Err(HashFileError::Digest(_))));
        assert_eq!(HashFile::parse(&[b'a'; 1025]), Err(HashFileError::TooLarge));
        assert_eq!(HashFile::parse(b"\xff"), Err(HashFileError::Malformed));
    }

    proptest! {
        #[test]
        fn written_and_back(bytes: Vec<u8>, name in "[^\\p{C} *][^\\p{C} ]{0,30}") {
            let file = HashFile::new(Digest::of(&bytes), name);
            prop_assert_eq!(HashFile::parse(file.to_string().as_bytes()), Ok(file));
        }

        #[test]
        fn no_bytes_are_too_strange(content in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(HashFile::parse(&content).is_err());
        }
    }
}
