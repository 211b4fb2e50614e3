//! The values of `--target`.

use romt_dist::{TargetError, TargetSelection};

/// The targets that were named, if any were.
pub(crate) fn targets(values: &[String]) -> Result<Option<TargetSelection>, TargetError> {
    match TargetSelection::parse_list(values) {
        Ok(targets) => Ok(Some(targets)),
        Err(TargetError::Missing) => Ok(None),
        Err(error) => Err(error),
    }
}
