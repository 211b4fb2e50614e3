//! The end of a run in words.

use std::fmt;
use std::time::Duration;

use romt_bus::messages::{PrunedDays, RunKind, RunSummary, RustupSummary, ToolchainSummary};
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
        let mut lines = self.lines();
        if !summary.error.is_empty() {
            let report = Report { lines: summary.error.clone(), hint: summary.hint.clone() };
            lines.retain(|line| !line.of_crates);
            lines.iter().try_for_each(|line| writeln!(f, "{}", line.text))?;
            return report.fmt(f);
        }
        let time = round(summary.seconds);
        let timed = !matches!(kind, RunKind::Prune { dry_run: true });
        for (at, line) in lines.iter().enumerate() {
            match line {
                Line { text, .. } if at + 1 < lines.len() => writeln!(f, "{text}")?,
                Line { text, .. } if !timed => f.write_str(text)?,
                Line { text, counted: true, .. } => write!(f, "{text}, {time}")?,
                Line { text, .. } => write!(f, "{text}; {time}")?,
            }
        }
        match &summary.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

/// What is said of one part of a run.
#[derive(Debug)]
struct Line {
    text: String,
    of_crates: bool,
    /// Whether it ends with a size, so that the time may follow as one more number.
    counted: bool,
}

impl Line {
    fn plain(text: String) -> Self {
        Self { text, of_crates: false, counted: false }
    }

    fn counted(text: String) -> Self {
        Self { text, of_crates: false, counted: true }
    }
}

impl Verdict<'_> {
    /// What is said of each part, in the order in which they were done.
    fn lines(&self) -> Vec<Line> {
        if let RunKind::Export { .. } = self.kind {
            return vec![self.export()];
        }
        let mut lines = Vec::new();
        if self.summary.crates {
            lines.push(Line { of_crates: true, ..self.crates() });
        }
        lines.extend(self.rustup());
        lines.extend(self.toolchains());
        lines.extend(self.pruned());
        lines
    }

    fn export(&self) -> Line {
        let archives = &self.summary.archives;
        let size = ByteSize(archives.iter().map(|archive| archive.size).sum());
        match archives.len() {
            0 => Line::plain("nothing new to export".to_owned()),
            1 => Line::counted(format!("1 archive exported; {size}")),
            count => Line::counted(format!("{count} archives exported; {size}")),
        }
    }

    fn crates(&self) -> Line {
        let RunSummary { selected, new, removed, crates_failed: failed, bytes, .. } = self.summary;
        match self.kind {
            RunKind::Prune { dry_run: true } => {
                Line::plain(format!("{removed} versions would be removed, {selected} stay"))
            }
            RunKind::Prune { dry_run: false } => Line::plain(format!("{removed} versions removed, {selected} stay")),
            RunKind::Sync { .. } if *new == 0 && *removed == 0 && *failed == 0 && *bytes == 0 => {
                Line::plain(format!("nothing new: all {selected} versions are here"))
            }
            RunKind::Sync { .. } | RunKind::Export { .. } => Line::counted(format!(
                "{selected} versions selected: {new} new, {removed} removed, {failed} failed; {}",
                ByteSize(*bytes)
            )),
        }
    }

    fn rustup(&self) -> impl Iterator<Item = Line> {
        self.summary.rustup.iter().map(|RustupSummary { spec, version, new, failed, files, bytes, .. }| {
            let name = if version.is_empty() { spec } else { version };
            match (failed, new) {
                (true, _) => Line::plain(format!("rustup {name}: failed, nothing of it is published")),
                (false, true) => Line::counted(format!("rustup {name}: new, {files} files; {}", ByteSize(*bytes))),
                (false, false) => Line::plain(format!("nothing new: rustup {name} is here")),
            }
        })
    }

    fn toolchains(&self) -> Option<Line> {
        let all = &self.summary.toolchains;
        let count = |of: fn(&ToolchainSummary) -> u64| all.iter().map(of).sum::<u64>();
        let (new, failed) = (count(|toolchain| toolchain.new.into()), count(|toolchain| toolchain.failed.into()));
        let (selected, files, bytes) =
            (all.len(), count(|toolchain| toolchain.files), count(|toolchain| toolchain.bytes));
        match (selected, new + failed) {
            (0, _) => None,
            (1, 0) => Some(Line::plain(format!("nothing new: toolchain {} is here", all.first()?.spec))),
            (_, 0) => Some(Line::plain(format!("nothing new: all {selected} toolchains are here"))),
            _ => Some(Line::counted(format!(
                "{selected} toolchains selected: {new} new, {failed} failed; {files} files, {}",
                ByteSize(bytes)
            ))),
        }
    }

    fn pruned(&self) -> Option<Line> {
        let PrunedDays { days, files, bytes } = self.summary.pruned.as_ref()?;
        let (days, size) = (days.len(), ByteSize(*bytes));
        match self.kind {
            // Said only when there is something to say.
            RunKind::Sync { .. } if days == 0 => None,
            RunKind::Prune { dry_run: true } => {
                Some(Line::counted(format!("{days} days of toolchains would be removed: {files} files, {size}")))
            }
            RunKind::Prune { dry_run: false } | RunKind::Sync { .. } | RunKind::Export { .. } => {
                Some(Line::counted(format!("{days} days of toolchains removed: {files} files, {size}")))
            }
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
    use romt_bus::messages::{ExportedArchive, Failure};

    use super::*;

    fn told(kind: RunKind, summary: &RunSummary) -> String {
        Verdict { kind, summary }.to_string()
    }

    const SYNC: RunKind = RunKind::Sync { refresh: false };

    #[test]
    fn a_run_is_summed_up_in_a_line() {
        let mut summary = RunSummary { selected: 12, crates: true, seconds: 0.43, ..RunSummary::default() };
        assert_eq!(told(SYNC, &summary), "nothing new: all 12 versions are here; 0.4s");
        summary = RunSummary { new: 10, bytes: 1_500_000, seconds: 185.2, ..summary };
        assert_eq!(told(SYNC, &summary), "12 versions selected: 10 new, 0 removed, 0 failed; 1.5 MB, 3m 5s");
        summary.removed = 3;
        assert_eq!(told(RunKind::Prune { dry_run: true }, &summary), "3 versions would be removed, 12 stay");
    }

    #[test]
    fn an_export_is_summed_up_in_a_line() {
        let export = RunKind::Export { full: false };
        let mut summary = RunSummary { seconds: 0.43, ..RunSummary::default() };
        assert_eq!(told(export, &summary), "nothing new to export; 0.4s");
        let archive = ExportedArchive {
            name: "crates-20260416T120000Z.tar.gz".to_owned(),
            size: 1_500_000,
            sha256: romt_types::Digest::of(b"x"),
            files: 7,
            left_out: 0,
            left_out_list: None,
        };
        summary.archives = vec![archive.clone()];
        assert_eq!(told(export, &summary), "1 archive exported; 1.5 MB, 0.4s");
        summary.archives.push(archive);
        assert_eq!(told(export, &summary), "2 archives exported; 3.0 MB, 0.4s");
    }

    #[test]
    fn the_first_failures_are_named() {
        let failure = |n: usize| Failure { what: format!("c@0.0.{n}"), reason: "404 Not Found".to_owned() };
        let failures: Vec<_> = (0..25).map(failure).collect();
        let summary =
            RunSummary { selected: 30, crates: true, failed: 40, crates_failed: 40, failures, ..RunSummary::default() };
        let text = told(SYNC, &summary);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 22);
        assert_eq!(lines[0], "failed: c@0.0.0: 404 Not Found");
        assert_eq!(lines[20], "  and 20 more; see --json");
        assert_eq!(lines[21], "30 versions selected: 0 new, 0 removed, 40 failed; 0 B, 0.0s");
    }

    #[test]
    fn toolchains_and_rustup_have_lines_of_their_own() {
        let stable =
            ToolchainSummary { spec: "stable".to_owned(), new: true, files: 7, bytes: 9_000, ..Default::default() };
        let nightly = ToolchainSummary { spec: "nightly".to_owned(), failed: true, ..ToolchainSummary::default() };
        let rustup =
            RustupSummary { spec: "stable".to_owned(), version: "1.29.0".to_owned(), ..RustupSummary::default() };
        let failures = vec![Failure { what: "toolchain nightly".to_owned(), reason: "404".to_owned() }];
        let mut summary = RunSummary { failed: 1, failures, seconds: 0.3, ..RunSummary::default() };
        (summary.toolchains, summary.rustup) = (vec![stable, nightly], vec![rustup]);
        let text = "failed: toolchain nightly: 404\nnothing new: rustup 1.29.0 is here\n\
                    2 toolchains selected: 1 new, 1 failed; 7 files, 9.0 kB";
        assert_eq!(told(SYNC, &summary), format!("{text}, 0.3s"));
        (summary.crates, summary.selected) = (true, 3);
        let crates = "nothing new: all 3 versions are here\nnothing new: rustup";
        assert!(told(SYNC, &summary).contains(crates), "a toolchain is no crate");
        summary.error = vec!["no index".to_owned()];
        assert_eq!(told(SYNC, &summary), format!("{text}\nerror: no index"));
        summary = RunSummary { pruned: Some(PrunedDays::default()), ..RunSummary::default() };
        assert_eq!(
            told(RunKind::Prune { dry_run: true }, &summary),
            "0 days of toolchains would be removed: 0 files, 0 B"
        );
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
