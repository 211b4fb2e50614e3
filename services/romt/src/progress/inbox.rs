//! What becomes of the archives of the inbox, in words.

use romt_bus::messages::{ArchiveState, InboxEvent, InboxStatus};
use romt_runtime::Report;
use serde_json::json;

use crate::screen::{Screen, Style};

/// Shows what became of an archive.
pub(crate) fn show_inbox(event: &InboxEvent, screen: &Screen) -> anyhow::Result<()> {
    let archive = &event.archive;
    if screen.style() == Style::Json {
        let mut line = serde_json::to_value(event)?;
        if let Some(line) = line.as_object_mut() {
            line.insert("event".to_owned(), json!("inbox"));
        }
        return screen.data(line);
    }
    match &archive.state {
        ArchiveState::Trouble { error, hint } => {
            let report = Report { lines: error.clone(), hint: hint.clone() };
            screen.complain(format_args!("inbox: {archive}\n{report}"));
        }
        ArchiveState::Bad { error, hint, reason_file } => {
            let report = Report { lines: error.clone(), hint: hint.clone() };
            let file = if reason_file.is_empty() { String::new() } else { format!("\n  written to {reason_file}") };
            screen.complain(format_args!("inbox: {archive}\n{report}{file}"));
        }
        state => {
            screen.say(format_args!("inbox: {archive}"));
            if let ArchiveState::Admitted { notes, .. } = state {
                for note in notes {
                    screen.say(format_args!("  {note}"));
                }
            }
        }
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
