//! What an error says of an archive: that it is bad, that it came too early, or nothing.

use std::error::Error;
use std::io;

use romt_bundle::ReadArchiveError;
use romt_index::{BundleError, IndexError};
use romt_replica::ReplicaError;
use romt_storage::{StorageError, WriteError};

use crate::Stopped;

/// Whose fault it is that an archive was not taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// The archive's: it is not what it should be, and never will be unless it changes.
    Archive,
    /// Nobody's: it builds on these commits, which are not here.
    Early(Vec<String>),
    /// The disk's, the medium's, the mirror's: it may go well another time.
    Circumstances,
    /// It was to stop.
    Stopped,
}

impl Fault {
    /// Looks through the causes. What is not known to be something else is the archive's fault: all else that can be wrong
    /// while it is read is in it.
    pub(super) fn of(error: &anyhow::Error) -> Self {
        error.chain().find_map(of_cause).unwrap_or(Self::Archive)
    }
}

fn of_cause(cause: &(dyn Error + 'static)) -> Option<Fault> {
    if cause.is::<Stopped>() {
        return Some(Fault::Stopped);
    }
    if let Some(error) = cause.downcast_ref::<BundleError>() {
        return match error {
            BundleError::MissingPrerequisites { commits, .. } => Some(Fault::Early(commits.clone())),
            BundleError::Stopped => Some(Fault::Stopped),
            BundleError::Io { .. } | BundleError::Run(_) | BundleError::Index(_) => Some(Fault::Circumstances),
            _ => Some(Fault::Archive),
        };
    }
    if let Some(error) = cause.downcast_ref::<ReadArchiveError>() {
        return match error {
            ReadArchiveError::Unreadable { .. } => Some(Fault::Circumstances),
            _ => Some(Fault::Archive),
        };
    }
    if cause.is::<StorageError>() || cause.is::<WriteError>() || cause.is::<IndexError>() || cause.is::<ReplicaError>()
    {
        return Some(Fault::Circumstances);
    }
    // What the operating system says is about the disk, what a decompressor says about the archive.
    let from_system = cause.downcast_ref::<io::Error>().is_some_and(|error| error.raw_os_error().is_some());
    from_system.then_some(Fault::Circumstances)
}

#[cfg(test)]
mod tests {
    use anyhow::{Context as _, anyhow};

    use super::*;

    #[test]
    fn the_causes_tell_whose_fault_it_is() {
        let full = io::Error::from_raw_os_error(28);
        let damaged = ReadArchiveError::Damaged {
            archive: "a".into(),
            member: None,
            source: io::Error::from(io::ErrorKind::UnexpectedEof).into(),
        };
        let unreadable = ReadArchiveError::Unreadable { archive: "a".into(), source: io::Error::from_raw_os_error(5) };
        let early = BundleError::MissingPrerequisites { path: "b".into(), commits: vec!["c".into()] };
        for (error, fault) in [
            (anyhow!("the archive is refused: there is no manifest in it"), Fault::Archive),
            (damaged.into(), Fault::Archive),
            (unreadable.into(), Fault::Circumstances),
            (full.into(), Fault::Circumstances),
            (Stopped.into(), Fault::Stopped),
            (early.into(), Fault::Early(vec!["c".to_owned()])),
        ] {
            let error = Err::<(), _>(error).context("outer").unwrap_err();
            assert_eq!(Fault::of(&error), fault, "{error:#}");
        }
    }
}
