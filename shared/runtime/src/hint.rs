//! Hints: what to do about an error.

use std::error::Error;
use std::fmt;

/// An error with a hint for the one who reads it. Everywhere but in a [`Report`](crate::Report) it looks like the error
/// inside.
#[derive(Debug)]
pub struct Hinted {
    error: anyhow::Error,
    hint: String,
}

impl Hinted {
    /// What to do about the error, one line, with the command to run if there is one.
    pub fn hint(&self) -> &str {
        &self.hint
    }

    /// The error inside.
    pub fn error(&self) -> &anyhow::Error {
        &self.error
    }
}

impl fmt::Display for Hinted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl Error for Hinted {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        // Not the error inside, or every report would say it twice.
        self.error.source()
    }
}

/// Attaches a hint to whatever went wrong.
pub trait Hint<T> {
    /// Says what to do about it.
    fn hint(self, hint: impl Into<String>) -> anyhow::Result<T>;
}

impl<T, E: Into<anyhow::Error>> Hint<T> for Result<T, E> {
    fn hint(self, hint: impl Into<String>) -> anyhow::Result<T> {
        self.map_err(|error| Hinted { error: error.into(), hint: hint.into() }.into())
    }
}
