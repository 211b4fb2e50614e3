//! What several areas of these tests share beyond the testkit: nothing but what concerns this workspace itself.

mod bucket;
mod chance;
mod deployment;
mod programs;
mod scenes;
mod site;
mod small_disk;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub use bucket::Bucket;
pub use chance::Chance;
pub use deployment::{Deployment, IS_INDEXER, SYNCED, give_up_role, tell};
pub use programs::{alike, python_romt};
pub use romt_testkit::not_run;
pub use scenes::{BIG, SMALL, big_and_small};
pub use site::{Site, SiteKind, Staying, Syncing};
pub use small_disk::SmallDisk;

/// The folder of this workspace.
pub fn workspace() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).to_owned()
}

/// Waits until something is so.
///
/// # Panics
/// When it never comes to that.
#[track_caller]
pub fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_mins(2), "it never came to this: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
