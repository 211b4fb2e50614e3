//! What becomes of the archives of the inbox, in words.

use romt_bus::messages::{ArchiveState, ArchiveStatus, InboxEvent, InboxStatus};
use romt_runtime::Report;
use serde_json::json;

use crate::screen::{Screen, Style};

/// Commits that are named of those that are missing.
const NAMED: usize = 3;

/// Shows what became of an archive.
pub(crate) fn show_inbox(event: &InboxEvent, screen: &Screen) -> anyhow::Result<()> {
    let ArchiveStatus { archive, state, .. } = &event.archive;
    if screen.style() == Style::Json {
        let mut line = serde_json::to_value(event)?;
        if let Some(line) = line.as_object_mut() {
            line.insert("event".to_owned(), json!("inbox"));
        }
        return screen.data(line);
    }
    // A name may hold anything that a terminal would obey.
    let archive = archive.escape_debug();
    match state {
        ArchiveState::Waiting { reason } => screen.say(format_args!("inbox: {archive} waits: {reason}")),
        ArchiveState::Verifying => screen.say(format_args!("inbox: {archive} is being verified")),
        ArchiveState::Early { missing: commits } => screen.say(format_args!(
            "inbox: {archive} came too early and waits: it builds on archives that are not here, up to commit {}",
            missing(commits)
        )),
        ArchiveState::Trouble { error, hint } => {
            let report = Report { lines: error.clone(), hint: hint.clone() };
            screen.complain(format_args!("inbox: {archive} cannot be taken in now and is tried again\n{report}"));
        }
        ArchiveState::Admitted { of, new, removed, absent: _, notes } => {
            let gone = if *removed == 0 { String::new() } else { format!(", {removed} removed") };
            screen.say(format_args!("inbox: {archive} is admitted: {new} {} new{gone}", things(of)));
            for note in notes {
                screen.say(format_args!("  {note}"));
            }
        }
        ArchiveState::Again { first } => {
            screen.say(format_args!("inbox: {archive} was admitted before, as {}", first.escape_debug()));
        }
        ArchiveState::Bad { error, hint, reason_file } => {
            let report = Report { lines: error.clone(), hint: hint.clone() };
            let file = if reason_file.is_empty() { String::new() } else { format!("\n  written to {reason_file}") };
            screen.complain(format_args!("inbox: {archive} is refused\n{report}{file}"));
        }
        ArchiveState::Ignored { reason } => screen.say(format_args!("inbox: {archive} is left alone: {reason}")),
    }
    Ok(())
}

/// Shows what the inbox came to.
pub(crate) fn show_inbox_at_rest(status: &InboxStatus, screen: &Screen) -> anyhow::Result<()> {
    if screen.style() == Style::Json {
        let mut line = serde_json::to_value(status)?;
        if let Some(line) = line.as_object_mut() {
            line.insert("event".to_owned(), json!("inbox_at_rest"));
        }
        return screen.data(line);
    }
    let line = format!("inbox: {}", at_rest(status));
    if status.is_complete() {
        screen.say(line);
    } else {
        screen.complain(line);
    }
    Ok(())
}

/// How many archives of the inbox are taken in, wait, are bad.
pub(crate) fn at_rest(status: &InboxStatus) -> String {
    let InboxStatus { inbox, admitted, waiting, bad, unreadable, .. } = status;
    let counts = format!("`{}`: {admitted} admitted, {waiting} waiting, {bad} bad", inbox.escape_debug());
    match unreadable {
        Some(error) => format!("{counts}; it cannot be read now: {error}"),
        None => counts,
    }
}

/// The commits that an archive builds on and that are not here.
pub(crate) fn missing(commits: &[String]) -> String {
    let named: Vec<_> = commits.iter().take(NAMED).map(String::as_str).collect();
    let more = if commits.len() > NAMED { ", …" } else { "" };
    format!("{}{more}", named.join(", "))
}

/// What an archive is of.
pub(crate) fn things(of: &str) -> &str {
    match of {
        "crates" => "versions",
        "rustup" => "releases of rustup",
        of => of,
    }
}
