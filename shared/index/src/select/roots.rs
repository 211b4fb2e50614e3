//! What a selection asks for directly.

use std::fmt;

use romt_types::{CrateId, CrateName, Digest};
use semver::VersionReq;

use super::{SelectError, Selection, lockfile, manifest};

/// What a selection asks for directly, before dependencies are followed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Roots {
    /// Versions that are named.
    pub exact: Vec<ExactRoot>,
    /// Requirements, whose dependencies are followed.
    pub requirements: Vec<RequirementRoot>,
    /// What was passed over and why, a line each.
    pub notes: Vec<String>,
}

/// A version that is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExactRoot {
    /// Which.
    pub id: CrateId,
    /// What its file must hash to, where that was said.
    pub cksum: Option<Digest>,
    /// Who named it.
    pub reason: Reason,
}

/// A requirement on a crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequirementRoot {
    /// The crate.
    pub name: CrateName,
    /// Which versions fit.
    pub requirement: VersionReq,
    /// The features that are asked for.
    pub features: Vec<String>,
    /// Whether its `default` feature is asked for.
    pub default_features: bool,
    /// Whether all of its features are asked for.
    pub all_features: bool,
    /// Who requires it.
    pub reason: Reason,
}

/// Why a version is selected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// A lock file lists it.
    Lockfile {
        /// The file.
        path: String,
    },
    /// It was asked for by name.
    Request {
        /// `NAME@REQ` as it was given.
        request: String,
    },
    /// A manifest requires it.
    Manifest {
        /// The file.
        path: String,
        /// The requirement in it.
        requirement: String,
    },
    /// Another selected version requires it.
    Dependency {
        /// That version.
        of: CrateId,
        /// Its requirement.
        requirement: String,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lockfile { path } => write!(f, "`{path}` lists it"),
            Self::Request { request } => write!(f, "`--crate {request}` asks for it"),
            Self::Manifest { path, requirement } => write!(f, "`{path}` requires {requirement}"),
            Self::Dependency { of, requirement } => write!(f, "{of} requires {requirement}"),
        }
    }
}

impl Roots {
    /// Reads the files of a selection. Blocks.
    pub fn read(selection: &Selection) -> Result<Self, SelectError> {
        let mut roots = Self::default();
        for path in &selection.lockfiles {
            lockfile::read(path, &mut roots)?;
        }
        for path in &selection.manifests {
            manifest::read(path, &mut roots)?;
        }
        roots.requirements.extend(selection.crates.iter().map(|request| RequirementRoot {
            name: request.name.clone(),
            requirement: request.requirement.clone(),
            features: Vec::new(),
            default_features: true,
            all_features: true,
            reason: Reason::Request { request: request.to_string() },
        }));
        Ok(roots)
    }
}
