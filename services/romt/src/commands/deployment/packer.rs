//! `romt packer`: writes archives into an outbox, and takes in those of an inbox.

use std::path::PathBuf;

use romt_bus::messages::{INBOX_PART, OUTBOX_PART};
use romt_packer::Standing;
use romt_runtime::{Hint, Readiness, block_on};
use tokio::sync::watch;

use super::super::outcome::{Outcome, Usage};
use super::base::{Base, no_note, note_of};
use super::name::own_name;
use crate::cli::PackerOptions;
use crate::settings::{PackerSettings, check_signature};

pub(in super::super) fn packer(options: &PackerOptions) -> anyhow::Result<Outcome> {
    let PackerSettings { service, packer, signatures } = PackerSettings::read(options)?;
    if packer.outbox.is_none() && packer.inbox.is_none() {
        return Err(Usage(
            "the packer has neither an outbox nor an inbox, so there is nothing for it to do".to_owned(),
        ))
        .hint(
            "name one with `--outbox DIR` or `--inbox DIR`, or in romt.toml: `outbox` in [export], `inbox` in [import]",
        );
    }
    block_on(async {
        let mut base = match Base::build(&service).await? {
            Ok(base) => base,
            Err(outcome) => return Ok(outcome),
        };
        base.require_bus();
        let (outbox, inbox) = (packer.outbox.clone(), packer.inbox.as_ref().map(|inbox| inbox.inbox.clone()));
        for (part, folder) in [(OUTBOX_PART, outbox), (INBOX_PART, inbox)] {
            if let Some(folder) = folder {
                require_folder(&base.readiness, part, folder.clone());
                base.parts.push(part);
                base.folders.insert(part, folder);
            }
        }
        let packer = romt_packer::build(romt_packer::Context {
            config: packer,
            bus: base.bus.clone(),
            storage: base.storage.clone(),
            check_signature: check_signature(&signatures),
            holder: Some(own_name()),
        });
        let packer = packer.await?;
        let note = match packer.standing() {
            Some(standing) => {
                require_role(&base.readiness, standing.clone());
                note_of(standing, called)
            }
            None => no_note(),
        };
        base.lifecycle.spawn("packer", packer.run(base.lifecycle.token()));
        base.run("packer", note).await
    })?
}

/// Makes the service ready only while a folder can be read: a medium may be pulled out, a share may go.
fn require_folder(readiness: &Readiness, what: &'static str, folder: PathBuf) {
    readiness.require(what, move || {
        let folder = folder.clone();
        async move {
            let read = tokio::fs::read_dir(&folder).await;
            read.map(drop).map_err(|error| format!("`{}` cannot be read: {error}", folder.display()))
        }
    });
}

/// Whoever stands by is as ready as the one that it waits for.
fn require_role(readiness: &Readiness, standing: watch::Receiver<Standing>) {
    readiness.require("role", move || {
        let waiting = *standing.borrow() == Standing::Waiting;
        std::future::ready(if waiting {
            Err("another process is still at work on the inbox".to_owned())
        } else {
            Ok(())
        })
    });
}

/// What a standing is called.
fn called(standing: Standing) -> &'static str {
    match standing {
        Standing::Standby => "standby",
        Standing::Waiting => "waiting for the inbox",
        Standing::Watching => "watching the inbox",
    }
}
