//! An export in words.

use romt_bus::messages::{ExportedArchive, RunStep};
use romt_types::ByteSize;

/// How far an archive is.
pub(super) fn packing(step: &RunStep) -> String {
    match step {
        RunStep::Packing { archive, files, bytes } => format!("{archive}: {files} files, {}", ByteSize(*bytes)),
        _ => String::new(),
    }
}

/// An archive that is in the outbox.
pub(super) fn exported(archive: &ExportedArchive) -> String {
    let ExportedArchive { name, size, files, left_out, .. } = archive;
    let lacks = if *left_out == 0 { String::new() } else { format!(", {left_out} are missing") };
    format!("exported {name}: {files} files, {}{lacks}", ByteSize(*size))
}
