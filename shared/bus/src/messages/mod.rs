//! What services say to each other.

mod fetch;
mod run;

pub use fetch::{FetchBatch, FetchItem, FetchOutcome, FetchSettled};
pub use run::{
    Failure, LAST_RUN, PrunedDays, Published, RunEvent, RunKind, RunRequest, RunStep, RunSummary, RustupSummary,
    ToolchainSummary,
};
