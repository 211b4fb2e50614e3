//! Disks that are soon full.

#![expect(clippy::expect_used, reason = "for tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use romt_testkit::{Outcome, Process, not_run};

/// A small file system in memory. It is gone when this is dropped.
#[derive(Debug)]
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// One of so many kilobytes at a folder; `None`, having said so, where nobody may mount.
    ///
    /// # Panics
    /// When there can be no such folder.
    pub fn mount(test: &str, folder: &Path, kilobytes: u32) -> Option<Self> {
        fs::create_dir_all(folder).expect("a folder");
        let outcome = mount(folder, &format!("size={kilobytes}k"));
        if outcome.status != Some(0) {
            not_run(test, &format!("no small disk can be mounted: {}", outcome.stderr.trim()));
            return None;
        }
        Some(Self(folder.to_owned()))
    }

    /// Makes it one of so many kilobytes, which are more than before.
    pub fn grow(&self, kilobytes: u32) {
        mount(&self.0, &format!("remount,size={kilobytes}k")).succeeds();
    }

    /// The bytes that are free.
    ///
    /// # Panics
    /// When they cannot be counted.
    pub fn free(&self) -> usize {
        let mut df = Command::new("df");
        df.args(["--block-size=1", "--output=avail"]).arg(&self.0);
        let said = Process::spawn(df).wait().succeeds().stdout;
        said.lines().nth(1).and_then(|line| line.trim().parse().ok()).expect("a number")
    }
}

fn mount(folder: &Path, options: &str) -> Outcome {
    let mut mount = Command::new("mount");
    mount.args(["-t", "tmpfs", "-o", options, "romt-test"]).arg(folder);
    Process::spawn(mount).wait()
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let mut unmount = Command::new("umount");
        unmount.arg("--lazy").arg(&self.0);
        Process::spawn(unmount).wait();
    }
}
