//! The end of a run in words.

use std::fmt;
use std::time::Duration;

use romt_bus::messages::{RunKind, RunSummary};
use romt_runtime::Report;
use romt_types::ByteSize;

/// Failures that are named on a terminal.
const NAMED: usize = 20;

/// How a run ended, for people.
pub(crate) struct Verdict<'a> {
    /// What the run was to do.
    pub(crate) kind: RunKind,
    /// How it ended.
    pub(crate) summary: &'a RunSummary,
}

impl fmt::Display for Verdict<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, summary } = self;
        for failure in summary.failures.iter().take(NAMED) {
            writeln!(f, "failed: {}: {}", failure.what, failure.reason)?;
        }
        let more = summary.failed.saturating_sub(summary.failures.len().min(NAMED) as u64);
        if more > 0 {
            writeln!(f, "  and {more} more; see --json")?;
        }
        if !summary.error.is_empty() {
            let report = Report { lines: summary.error.clone(), hint: summary.hint.clone() };
            return report.fmt(f);
        }
        let time = round(summary.seconds);
        let RunSummary { selected, new, removed, failed, .. } = summary;
        match kind {
            RunKind::Prune { dry_run: true } => write!(f, "{removed} versions would be removed, {selected} stay")?,
            RunKind::Prune { dry_run: false } => write!(f, "{removed} versions removed, {selected} stay; {time}")?,
            RunKind::Sync { .. } if *new == 0 && *removed == 0 && *failed == 0 && summary.bytes == 0 => {
                write!(f, "nothing new: all {selected} versions are here; {time}")?;
            }
            RunKind::Sync { .. } => {
                let bytes = ByteSize(summary.bytes);
                write!(
                    f,
                    "{selected} versions selected: {new} new, {removed} removed, {failed} failed; {bytes}, {time}"
                )?;
            }
        }
        match &summary.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

/// Seconds as `0.4s`, `12s`, `3m 5s`.
fn round(seconds: f64) -> String {
    match Duration::try_from_secs_f64(seconds) {
        Ok(time) if time >= Duration::from_secs(10) => {
            humantime::format_duration(Duration::from_secs(time.as_secs())).to_string()
        }
        _ => format!("{:.1}s", seconds.max(0.0)),
    }
}

#[cfg(test)]
mod tests {
    use romt_bus::messages::Failure;

    use super::*;

    fn told(kind: RunKind, summary: &RunSummary) -> String {
        Verdict { kind, summary }.to_string()
    }

    const SYNC: RunKind = RunKind::Sync { refresh: false };

    #[test]
    fn a_run_is_summed_up_in_a_line() {
        let mut summary = RunSummary { selected: 12, seconds: 0.43, ..RunSummary::default() };
        assert_eq!(told(SYNC, &summary), "nothing new: all 12 versions are here; 0.4s");
        summary = RunSummary { new: 10, bytes: 1_500_000, seconds: 185.2, ..summary };
        assert_eq!(told(SYNC, &summary), "12 versions selected: 10 new, 0 removed, 0 failed; 1.5 MB, 3m 5s");
        summary.removed = 3;
        assert_eq!(told(RunKind::Prune { dry_run: true }, &summary), "3 versions would be removed, 12 stay");
    }

    #[test]
    fn the_first_failures_are_named() {
        let failure = |n: usize| Failure { what: format!("c@0.0.{n}"), reason: "404 Not Found".to_owned() };
        let failures: Vec<_> = (0..25).map(failure).collect();
        let summary = RunSummary { selected: 30, failed: 40, failures, ..RunSummary::default() };
        let text = told(SYNC, &summary);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 22);
        assert_eq!(lines[0], "failed: c@0.0.0: 404 Not Found");
        assert_eq!(lines[20], "  and 20 more; see --json");
        assert_eq!(lines[21], "30 versions selected: 0 new, 0 removed, 40 failed; 0 B, 0.0s");
    }

    #[test]
    fn a_run_that_could_not_be_done_is_an_error() {
        let error = vec!["cannot reach the index".to_owned(), "connection refused".to_owned()];
        let summary = RunSummary { error, hint: Some("try later".to_owned()), ..RunSummary::default() };
        assert_eq!(
            told(SYNC, &summary),
            "error: cannot reach the index\n  caused by: connection refused\nhint: try later"
        );
    }
}
