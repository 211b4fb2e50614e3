//! What services say to each other.

mod admit;
mod export;
mod fetch;
mod fleet;
mod inbox;
mod pack;
mod run;
mod services;

pub use admit::{
    Admission, AdmissionContent, AdmissionOutcome, AdmissionSettled, Admitted, LAST_ADMISSION, LastAdmission,
};
pub use export::{LAST_EXPORT, LastExport};
pub use fetch::{FetchBatch, FetchItem, FetchOutcome, FetchSettled};
pub use fleet::{FleetNews, FleetWord};
pub use inbox::{ArchiveState, ArchiveStatus, INBOX, InboxCall, InboxEvent, InboxStatus, QuarantineStatus};
pub use pack::{ExportedArchive, PackContent, PackOrder, PackOutcome, PackSettled};
pub use run::{
    Failure, LAST_RUN, LastRun, PrunedDays, Published, RunEvent, RunKind, RunRequest, RunStep, RunSummary,
    RustupSummary, ToolchainSummary,
};
pub use services::{INBOX_PART, OUTBOX_PART, RollCall, ServiceReport};
