//! What several areas of these tests share beyond the testkit: nothing but what concerns this workspace itself.

mod chance;
mod programs;
mod scenes;
mod small_disk;

use std::path::{Path, PathBuf};

pub use chance::Chance;
pub use programs::{alike, python_romt};
pub use romt_testkit::not_run;
pub use scenes::{BIG, SMALL, big_and_small};
pub use small_disk::SmallDisk;

/// The folder of this workspace.
pub fn workspace() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).to_owned()
}
