//! Tests that need something that is not there.

use std::io::Write;

/// Says that a test did not run, and why; where tests must run (`CI=true`), fails instead.
///
/// # Panics
/// When the environment says `CI=true`.
pub fn not_run(test: &str, reason: &str) {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "cannot run {test}: {reason}");
    // Past the test harness, which keeps what a passing test prints; `tests/run` looks for this line.
    let _ = writeln!(std::io::stderr(), "NOT RUN: {test}: {reason}");
}
