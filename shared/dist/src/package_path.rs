//! Where packages are.

use std::fmt;
use std::str::FromStr;

use romt_types::ParseError;

use crate::Date;
use crate::names::check_name;

/// The path of a package's file below `dist/`: `2026-04-16/cargo-1.95.0-x86_64-unknown-linux-gnu.tar.xz`.
///
/// It comes out of a manifest, so it may say anything. What is let through leads to no other folder than one below
/// `dist/`, and can be neither a manifest nor a side-car file, whatever the manifest says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackagePath(String);

/// The most folders above a package's file; upstream's is in one, of the day.
const FOLDERS: usize = 3;
/// What follows `dist/` in a manifest's URLs is the path here.
const DIST: &str = "/dist/";
const SUFFIXES: [&str; 2] = [".tar.xz", ".tar.gz"];

impl PackagePath {
    /// The path in a URL of a manifest: all after the first `/dist/`, as Python romt takes it. Which host the URL
    /// names does not matter.
    pub fn from_url(url: &str) -> Result<Self, ParseError> {
        let (_, path) =
            url.split_once(DIST).ok_or_else(|| ParseError::new(url, EXPECTED, "it points outside /dist/"))?;
        path.parse().map_err(|e: ParseError| ParseError::new(url, EXPECTED, e.reason))
    }

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folder of a day that it is in; `None` when it is in no such folder.
    pub fn date(&self) -> Option<Date> {
        self.0.split_once('/').and_then(|(first, _)| first.parse().ok())
    }

    /// The name of the file alone.
    pub fn file_name(&self) -> &str {
        self.0.rsplit_once('/').map_or(self.0.as_str(), |(_, name)| name)
    }
}

const EXPECTED: &str = "a package's place in dist/";

impl FromStr for PackagePath {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let error = |reason: &str| ParseError::new(text, EXPECTED, reason);
        if text.split('/').count() > FOLDERS + 1 {
            return Err(error("it is too deep"));
        }
        for part in text.split('/') {
            check_name(part, "a part of a path").map_err(|e| error(&e.reason))?;
        }
        if !SUFFIXES.iter().any(|suffix| text.ends_with(suffix)) {
            return Err(error("it ends in neither .tar.xz nor .tar.gz"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for PackagePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
