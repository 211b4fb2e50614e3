//! The indexer decides: it selects, plans, asks for files, and publishes.
//!
//! It takes [`RunRequest`](romt_bus::messages::RunRequest)s from the bus, one at a time, and is the only writer of the index
//! repository. A sync goes this way (see also `services/ARCHITECTURE.md`):
//!
//! 1. **select**: lock files, manifests and names give *wanted*, over upstream's index files, which are kept in the
//!    repository and asked about again only after a while;
//! 2. **plan**: wanted minus published, crate by crate, a pure function;
//! 3. **fetch**: what is missing goes to the fetchers in batches, their answers come back;
//! 4. **publish**: the store is synced, a commit is made of the lines whose files are there, `master` is moved.
//!
//! Everything it decides by is read anew in each run; what it remembers (`state.rs`) only saves questions.
//!
//! So it goes with crates. A sync also brings releases of rustup and toolchains, with the code of the verbs of Python romt, which
//! are modules of their own: [`crates`], [`toolchains`] and [`rustup`].

mod candidate;
mod check;
mod config;
pub mod crates;
mod explain;
mod fetching;
mod home;
mod jobs;
mod json_file;
mod key_set;
mod plan;
mod presence;
mod publish;
mod repository;
mod run;
pub mod rustup;
mod schedule;
mod select;
mod service;
mod state;
mod term;
pub mod toolchains;
mod upstream_files;
mod upstream_index;

pub use candidate::{Candidate, Standing};
pub use check::{check, recover};
pub use config::{Config, Context, RustupConfig, ToolchainsConfig};
pub use explain::{ExplainTarget, explain};
pub use fetching::FetchRun;
pub use jobs::{NotForArchives, prepare_import};
pub use schedule::{Exports, Schedule, Syncs};
pub use service::{Service, build};
pub use term::Term;
