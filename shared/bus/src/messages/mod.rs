//! What services say to each other.

mod fetch;
mod fleet;
mod run;
mod services;

pub use fetch::{FetchBatch, FetchItem, FetchOutcome, FetchSettled};
pub use fleet::{FleetNews, FleetWord};
pub use run::{
    Failure, LAST_RUN, LastRun, PrunedDays, Published, RunEvent, RunKind, RunRequest, RunStep, RunSummary,
    RustupSummary, ToolchainSummary,
};
pub use services::{RollCall, ServiceReport};
