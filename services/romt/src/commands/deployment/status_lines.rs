//! What people read of a deployment's status.

use std::collections::BTreeSet;
use std::time::Duration;

use humantime::format_duration;
use romt_bus::messages::{
    AdmissionOutcome, Admitted, ArchiveState, ArchiveStatus, INBOX_PART, InboxStatus, LastAdmission, LastExport,
    LastRun, QuarantineStatus, RunKind, ServiceReport,
};
use romt_types::ByteSize;

use super::status::{QueueDepth, Status};
use crate::progress::at_rest;

/// So many archives are named that were taken in.
const ADMITTED: usize = 3;

/// What there is to say, `now` being in seconds since 1970.
pub(super) fn lines(status: &Status, now: u64) -> Vec<String> {
    let mut lines = Vec::new();
    if status.services.is_empty() {
        lines.push("no service answers".to_owned());
    }
    lines.extend(status.services.iter().map(|report| service(report, now)));
    for QueueDepth { queue, waiting, given_up } in &status.queues {
        lines.push(format!("queue    {queue}: {waiting} waiting or in work, {given_up} given up"));
    }
    match &status.last_run {
        Some(run) => lines.push(last_run(run, now)),
        // A mirror that is filled from archives has none.
        None if status.last_admission.is_some() || status.inbox.is_some() => {}
        None => lines.push("last run none yet".to_owned()),
    }
    if let Some(last) = &status.last_export {
        export(last, now, &mut lines);
    }
    if let Some(last) = &status.last_admission {
        admission(last, now, &mut lines);
    }
    if let Some(found) = &status.inbox {
        inbox(found, &status.services, now, &mut lines);
    }
    lines
}

fn ago(then: u64, now: u64) -> String {
    format_duration(Duration::from_secs(now.saturating_sub(then))).to_string()
}

fn service(report: &ServiceReport, now: u64) -> String {
    let ServiceReport { service, name, version, since, parts, folders, note, troubles } = report;
    let state = if troubles.is_empty() { "ready".to_owned() } else { format!("not ready: {}", troubles.join("; ")) };
    let part = |part: &String| match folders.get(part) {
        Some(folder) => format!("{part} `{}`", folder.escape_debug()),
        None => part.clone(),
    };
    let notes: Vec<_> = parts.iter().map(part).chain(note.clone()).collect();
    let notes = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join(", ")) };
    format!("{service:<8} {name}  {state}{notes}, romt {version}, for {}", ago(*since, now))
}

fn last_run(LastRun { kind, summary, .. }: &LastRun, now: u64) -> String {
    let end = if summary.is_complete() {
        "complete".to_owned()
    } else if summary.error.is_empty() {
        format!("{} could not be had", summary.failed)
    } else {
        format!("failed: {}", summary.error.join(": "))
    };
    let then = ago(summary.ended, now);
    match kind {
        Some(RunKind::Export { .. }) => {
            format!("last run {then} ago, an export: {} archives, {end}", summary.archives.len())
        }
        _ => format!("last run {then} ago: {} new, {} removed, {end}", summary.new, summary.removed),
    }
}

fn export(last: &LastExport, now: u64, lines: &mut Vec<String>) {
    let end = if !last.error.is_empty() {
        format!("failed: {}", last.error.join(": "))
    } else if last.failed > 0 {
        format!("{} could not be exported", last.failed)
    } else if last.wrote == 0 {
        "nothing was new".to_owned()
    } else {
        "complete".to_owned()
    };
    lines.push(format!("export   {} ago: {end}", ago(last.ended, now)));
    lines.extend(last.hint.iter().map(|hint| format!("  hint: {hint}")));
    let Some(written) = last.written else { return };
    for archive in &last.archives {
        lines.push(format!(
            "outbox   {}: {} files, {}, written {} ago",
            archive.name,
            archive.files,
            ByteSize(archive.size),
            ago(written, now)
        ));
    }
}

/// The admission that ended last.
fn admission(last: &LastAdmission, now: u64, lines: &mut Vec<String>) {
    let LastAdmission { archive, of, ended, outcome } = last;
    let (became, hint) = match outcome {
        AdmissionOutcome::Admitted(admitted) => (published(admitted, of), None),
        AdmissionOutcome::Early { missing: commits } => (
            format!(
                "came too early: it builds on archives that are not here, up to commit {}",
                ArchiveState::missing(commits)
            ),
            None,
        ),
        AdmissionOutcome::Refused { error, hint } => (format!("refused: {}", error.join(": ")), hint.as_ref()),
        AdmissionOutcome::Failed { error, hint } => (format!("failed: {}", error.join(": ")), hint.as_ref()),
    };
    lines.push(format!("last admission {} ago: {}, {became}", ago(*ended, now), archive.escape_debug()));
    lines.extend(hint.map(|hint| format!("  hint: {hint}")));
}

fn published(Admitted { new, removed, absent, .. }: &Admitted, of: &str) -> String {
    let of = ArchiveState::things(of);
    let removed = if *removed == 0 { String::new() } else { format!(", {removed} removed") };
    let absent = if *absent == 0 { String::new() } else { format!(", {absent} without a file so far") };
    format!("{new} {of} new{removed}{absent}")
}

/// Whether a packer has an inbox.
fn has_inbox(report: &ServiceReport) -> bool {
    report.parts.iter().any(|part| part == INBOX_PART)
}

fn inbox(status: &InboxStatus, services: &BTreeSet<ServiceReport>, now: u64, lines: &mut Vec<String>) {
    // Of those that said who they are, one may have ended since.
    let watches =
        |report: &ServiceReport| has_inbox(report) && (status.packer.is_empty() || report.name == status.packer);
    let by = if !services.iter().any(watches) {
        "; no packer watches it now".to_owned()
    } else if status.packer.is_empty() {
        String::new()
    } else {
        format!("; {} watches it", status.packer)
    };
    lines.push(format!("inbox    {}{by}", at_rest(status)));
    for other in services.iter().filter(|report| has_inbox(report) && report.name != status.packer) {
        let Some(folder) = other.folders.get(INBOX_PART).filter(|folder| **folder != status.inbox) else { continue };
        let (folder, name) = (folder.escape_debug(), &other.name);
        lines.push(format!("inbox    `{folder}` of {name} is not watched: {name} stands by, and only one inbox is"));
    }
    let mut admitted = 0;
    for archive in &status.archives {
        if matches!(archive.state, ArchiveState::Admitted { .. } | ArchiveState::Again { .. }) {
            admitted += 1;
            if admitted > ADMITTED {
                continue;
            }
        }
        lines.push(in_inbox(archive, now));
        if let ArchiveState::Trouble { hint: Some(hint), .. } = &archive.state {
            lines.push(format!("  hint: {hint}"));
        }
    }
    let QuarantineStatus { folder, refused, oldest, newest } = &status.quarantine;
    if let (Some(oldest), Some(newest)) = (oldest, newest) {
        let (folder, newest, oldest) = (folder.escape_debug(), ago(*newest, now), ago(*oldest, now));
        let since = if refused == &1 {
            format!("{newest} ago")
        } else {
            format!("the last {newest} ago, the first {oldest} ago")
        };
        lines.push(format!("refused  {refused} in `{folder}`, {since}"));
    }
}

/// What became of an archive, and since when that is so.
fn in_inbox(ArchiveStatus { archive, state, since }: &ArchiveStatus, now: u64) -> String {
    let since = ago(*since, now);
    let became = match state {
        ArchiveState::Waiting { reason } => format!("waits for {since}: {reason}"),
        ArchiveState::Verifying => format!("is being verified, for {since}"),
        ArchiveState::Early { missing: commits } => {
            format!(
                "came too early and waits for {since}: it builds on archives that are not here, up to commit {}",
                ArchiveState::missing(commits)
            )
        }
        ArchiveState::Trouble { error, .. } => {
            format!("cannot be taken in for {since} and is tried again: {}", error.join(": "))
        }
        ArchiveState::Admitted { of, new, .. } => {
            format!("admitted {since} ago: {new} {} new", ArchiveState::things(of))
        }
        ArchiveState::Again { first } => format!("was admitted before, as {}", first.escape_debug()),
        ArchiveState::Bad { error, reason_file, .. } => {
            let file = if reason_file.is_empty() { String::new() } else { format!(", see {reason_file}") };
            format!("refused {since} ago: {}{file}", error.join(": "))
        }
        ArchiveState::Ignored { reason } => format!("left alone: {reason}"),
    };
    // A name may hold anything that a terminal would obey.
    format!("inbox    {} {became}", archive.escape_debug())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use romt_bus::messages::{ExportedArchive, RunSummary};
    use romt_types::Digest;

    use super::*;

    fn report(service: &str, note: Option<&str>, parts: &[&str]) -> ServiceReport {
        ServiceReport {
            service: service.to_owned(),
            name: "a:1".to_owned(),
            version: "0.1.0".to_owned(),
            since: 40,
            parts: parts.iter().copied().map(str::to_owned).collect(),
            folders: BTreeMap::new(),
            note: note.map(str::to_owned),
            troubles: vec![],
        }
    }

    fn nothing() -> Status {
        Status {
            services: BTreeSet::new(),
            queues: vec![],
            last_run: None,
            last_export: None,
            last_admission: None,
            inbox: None,
        }
    }

    #[test]
    fn people_read_what_there_is() {
        let one = report("indexer", Some("standby"), &[]);
        let trouble = ServiceReport { name: "b:2".to_owned(), troubles: vec!["bus: gone".to_owned()], ..one.clone() };
        let summary = RunSummary { new: 3, failed: 2, ended: 70, ..RunSummary::default() };
        let status = Status {
            services: [one, trouble, report("packer", Some("standby"), &["inbox"])].into(),
            queues: vec![QueueDepth { queue: "runs", waiting: 1, given_up: 0 }],
            last_run: Some(LastRun { run: "r".parse().unwrap(), kind: None, summary }),
            ..nothing()
        };
        assert_eq!(
            lines(&status, 100),
            [
                "indexer  a:1  ready (standby), romt 0.1.0, for 1m",
                "indexer  b:2  not ready: bus: gone (standby), romt 0.1.0, for 1m",
                "packer   a:1  ready (inbox, standby), romt 0.1.0, for 1m",
                "queue    runs: 1 waiting or in work, 0 given up",
                "last run 30s ago: 3 new, 0 removed, 2 could not be had",
            ]
        );
        assert_eq!(lines(&nothing(), 0), ["no service answers", "last run none yet"]);
    }

    #[test]
    fn people_read_what_crossed_the_gap() {
        let archive = ExportedArchive {
            name: "crates-1.tar.gz".to_owned(),
            size: 2_000_000,
            sha256: Digest::of(b""),
            files: 7,
            left_out: 0,
            left_out_list: None,
        };
        let wrote = RunSummary { ended: 40, archives: vec![archive], ..RunSummary::default() };
        let failed = RunSummary { ended: 90, error: vec!["no".to_owned(), "why".to_owned()], ..RunSummary::default() };
        let state =
            |archive: &str, state: ArchiveState| ArchiveStatus { archive: archive.to_owned(), state, since: 95 };
        let bad =
            ArchiveState::Bad { error: vec!["torn".to_owned()], hint: None, reason_file: "/q/b.reason".to_owned() };
        let early = ArchiveState::Early { missing: vec!["abc".to_owned()] };
        let admitted = ArchiveState::Admitted { of: "crates".to_owned(), new: 3, removed: 0, absent: 0, notes: vec![] };
        let inbox = InboxStatus {
            inbox: "/inbox".to_owned(),
            admitted: 9,
            waiting: 1,
            bad: 1,
            archives: vec![state("b", bad), state("e", early), state("1", admitted.clone())],
            ..InboxStatus::default()
        };
        let kind = Some(RunKind::Export { full: false });
        let status = Status {
            last_export: Some(LastExport::default().followed_by(&wrote).followed_by(&failed)),
            last_run: Some(LastRun { run: "r".parse().unwrap(), kind, summary: failed }),
            inbox: Some(inbox),
            ..nothing()
        };
        assert_eq!(
            lines(&status, 100)[1..],
            [
                "last run 10s ago, an export: 0 archives, failed: no: why",
                "export   10s ago: failed: no: why",
                "outbox   crates-1.tar.gz: 7 files, 2.0 MB, written 1m ago",
                "inbox    `/inbox`: 9 admitted, 1 waiting, 1 bad; no packer watches it now",
                "inbox    b refused 5s ago: torn, see /q/b.reason",
                "inbox    e came too early and waits for 5s: it builds on archives that are not here, up to commit abc",
                "inbox    1 admitted 5s ago: 3 versions new",
            ]
        );
    }

    #[test]
    fn people_read_what_an_import_side_does() {
        let packer = |name: &str, folder: &str, note: &str| {
            let folders = [("inbox".to_owned(), folder.to_owned())].into();
            ServiceReport { name: name.to_owned(), folders, ..report("packer", Some(note), &["inbox"]) }
        };
        let quarantine = QuarantineStatus { folder: "/q".to_owned(), refused: 2, oldest: Some(40), newest: Some(90) };
        let error = vec!["no room".to_owned()];
        let state = ArchiveState::Trouble { error: error.clone(), hint: Some("make some".to_owned()) };
        let inbox = InboxStatus {
            inbox: "/a".to_owned(),
            packer: "a:1".to_owned(),
            waiting: 1,
            archives: vec![ArchiveStatus { archive: "x".to_owned(), state, since: 95 }],
            quarantine,
            ..InboxStatus::default()
        };
        let admitted = Admitted { new: 3, removed: 1, absent: 2, ..Admitted::default() };
        let admission = |outcome| {
            let (archive, of) = ("c.tar.gz".to_owned(), "crates".to_owned());
            Some(LastAdmission { archive, of, ended: 70, outcome })
        };
        let services = [packer("a:1", "/a", "watching the inbox"), packer("b:2", "/b", "standby")].into();
        let last_admission = admission(AdmissionOutcome::Admitted(admitted));
        let status = Status { services, last_admission, inbox: Some(inbox.clone()), ..nothing() };
        assert_eq!(
            lines(&status, 100),
            [
                "packer   a:1  ready (inbox `/a`, watching the inbox), romt 0.1.0, for 1m",
                "packer   b:2  ready (inbox `/b`, standby), romt 0.1.0, for 1m",
                "last admission 30s ago: c.tar.gz, 3 versions new, 1 removed, 2 without a file so far",
                "inbox    `/a`: 0 admitted, 1 waiting, 0 bad; a:1 watches it",
                "inbox    `/b` of b:2 is not watched: b:2 stands by, and only one inbox is",
                "inbox    x cannot be taken in for 5s and is tried again: no room",
                "  hint: make some",
                "refused  2 in `/q`, the last 10s ago, the first 1m ago",
            ]
        );
        let failed = AdmissionOutcome::Failed { error, hint: Some("make some".to_owned()) };
        let services = [packer("b:2", "/b", "standby")].into();
        let status = Status { services, last_admission: admission(failed), inbox: Some(inbox), ..nothing() };
        assert_eq!(
            lines(&status, 100)[1..4],
            [
                "last admission 30s ago: c.tar.gz, failed: no room",
                "  hint: make some",
                "inbox    `/a`: 0 admitted, 1 waiting, 0 bad; no packer watches it now",
            ]
        );
    }
}
