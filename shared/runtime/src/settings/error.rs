//! What is wrong with the settings.

use std::fmt;
use std::path::{Path, PathBuf};

use super::Key;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// An option on the command line.
    Option(&'static Key),
    /// An environment variable.
    Variable(&'static Key),
    /// A place in a settings file.
    File {
        /// The file.
        file: PathBuf,
        /// The path of the key, or nothing for the file as a whole.
        path: String,
        /// The line, from 1; 0 for the file as a whole.
        line: usize,
    },
    /// The built-in default.
    Default(&'static Key),
}

impl Place {
    /// The folder that relative paths from here are relative to; none: the working directory.
    pub(super) fn folder(&self) -> Option<&Path> {
        match self {
            Self::File { file, .. } => file.parent(),
            Self::Option(_) | Self::Variable(_) | Self::Default(_) => None,
        }
    }

    /// The line of a file; 0 where there is none.
    pub(super) fn line(&self) -> usize {
        match self {
            Self::File { line, .. } => *line,
            Self::Option(_) | Self::Variable(_) | Self::Default(_) => 0,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Option(key) => f.write_str(&key.flag()),
            Self::Variable(key) => f.write_str(key.env),
            Self::Default(key) => write!(f, "the default of {}", key.name),
            Self::File { file, path, line } => {
                write!(f, "{}", file.display())?;
                if !path.is_empty() {
                    write!(f, ": {path}")?;
                }
                if *line > 0 { write!(f, " (line {line})") } else { Ok(()) }
            }
        }
    }
}

/// One value that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it came from.
    pub place: Place,
    /// Why it cannot be used.
    pub reason: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.reason)
    }
}

/// Everything that is wrong with the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsError {
    /// The problems, in the order in which the settings were read; at least one.
    pub problems: Vec<Problem>,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.problems {
            [one] => one.fmt(f),
            several => {
                write!(f, "{} settings cannot be used", several.len())?;
                several.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
            }
        }
    }
}

impl std::error::Error for SettingsError {}
