//! What a mirror is to hold: the selection, and which versions follow from it.

mod features;
mod lockfile;
mod manifest;
mod request;
mod resolve;
mod roots;
mod workspace;

use std::path::PathBuf;
use std::str::FromStr;

use romt_types::ParseError;

pub use request::CrateRequest;
pub use resolve::{Resolver, Wanted};
pub use roots::{ExactRoot, Reason, RequirementRoot, Roots};

/// What the operator selected. The files are read anew in every run ([`Roots::read`]).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// `Cargo.lock` files: exactly their registry versions.
    pub lockfiles: Vec<PathBuf>,
    /// `Cargo.toml` files: what their packages need, and what that needs.
    pub manifests: Vec<PathBuf>,
    /// Crates by name, and what they need.
    pub crates: Vec<CrateRequest>,
    /// Which versions meet a requirement.
    pub versions: VersionChoice,
}

impl Selection {
    /// Whether nothing is selected.
    pub fn is_empty(&self) -> bool {
        self.lockfiles.is_empty() && self.manifests.is_empty() && self.crates.is_empty()
    }
}

/// Which of the versions that match a requirement are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum VersionChoice {
    /// The newest that is not yanked.
    #[default]
    Newest,
    /// Every one that is not yanked.
    All,
}

impl FromStr for VersionChoice {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        match text {
            "newest" => Ok(Self::Newest),
            "all" => Ok(Self::All),
            _ => Err(ParseError::new(text, "a choice of versions", "it is `newest` or `all`")),
        }
    }
}

/// Why a selection cannot be read. Each names the file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SelectError {
    /// A file is not there or cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        #[source]
        source: std::io::Error,
    },
    /// A `Cargo.lock` is not one.
    #[error("`{}` is not a Cargo.lock", path.display())]
    Lockfile {
        /// The file.
        path: PathBuf,
        /// What the parser said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A `Cargo.toml` is not one.
    #[error("`{}` is not a Cargo.toml", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What the parser said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// No manifest or lock file of use is larger, in bytes.
const FILE_LIMIT: u64 = 64 * 1024 * 1024;

/// A text file of the operator's, read under a limit.
fn read_text(path: &std::path::Path) -> Result<String, SelectError> {
    let read = || {
        use std::io::Read;
        let mut text = String::new();
        let taken = std::fs::File::open(path)?.take(FILE_LIMIT + 1).read_to_string(&mut text)?;
        if taken as u64 > FILE_LIMIT {
            return Err(std::io::Error::other("it is larger than 64 MB"));
        }
        Ok(text)
    };
    read().map_err(|source| SelectError::Read { path: path.to_owned(), source })
}
