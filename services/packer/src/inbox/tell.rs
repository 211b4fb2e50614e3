//! Telling what became of each archive: to those who listen, and in the bus's small state to those who ask.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use romt_bus::BusHandle;
use romt_bus::messages::{ArchiveState, ArchiveStatus, INBOX, InboxEvent, InboxStatus, QuarantineStatus};

/// Tells each news once.
pub(super) struct Teller {
    bus: BusHandle,
    inbox: String,
    /// Whether the log is to say it too: nobody follows a service of a deployment all the time.
    is_logged: bool,
    packer: String,
    quarantine: QuarantineStatus,
    /// What was told of each archive.
    told: BTreeMap<String, (ArchiveState, u64)>,
    /// Whether the small state says what was told.
    is_written: bool,
    unreadable: Option<String>,
}

/// Says in the log what became of an archive.
fn log(archive: &ArchiveStatus) {
    match &archive.state {
        ArchiveState::Trouble { error, hint } | ArchiveState::Bad { error, hint, .. } => {
            tracing::warn!(error = error.join(": "), hint, "inbox: {archive}");
        }
        state => {
            tracing::info!("inbox: {archive}");
            if let ArchiveState::Admitted { notes, .. } = state {
                for note in notes {
                    tracing::info!(archive = archive.archive, "{note}");
                }
            }
        }
    }
}

/// Now, in seconds since 1970.
pub(super) fn now_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

impl Teller {
    /// `packer` is the name of this one in a deployment.
    pub(super) fn new(bus: BusHandle, inbox: &Path, packer: Option<&str>) -> Self {
        let (inbox, is_logged, packer) =
            (inbox.display().to_string(), packer.is_some(), packer.unwrap_or_default().to_owned());
        let quarantine = QuarantineStatus::default();
        Self { bus, inbox, is_logged, packer, quarantine, told: BTreeMap::new(), is_written: false, unreadable: None }
    }

    /// It is known from before the start what became of an archive: no news, unless it is bad.
    pub(super) fn knows(&mut self, name: &str, state: &ArchiveState, since: u64) {
        if !matches!(state, ArchiveState::Bad { .. }) {
            self.told.insert(name.to_owned(), (state.clone(), since));
            self.is_written = false;
        }
    }

    /// This lies in the quarantine now.
    pub(super) fn lies_in_quarantine(&mut self, quarantine: QuarantineStatus) {
        self.is_written &= self.quarantine == quarantine;
        self.quarantine = quarantine;
    }

    /// The inbox can be read.
    pub(super) fn can_be_read(&mut self) {
        if self.unreadable.take().is_some() {
            self.is_written = false;
            tracing::info!(inbox = self.inbox, "the inbox can be read again");
        }
    }

    /// The inbox cannot be read: said once.
    pub(super) fn cannot_be_read(&mut self, error: &io::Error) {
        if self.unreadable.is_none() {
            self.unreadable = Some(error.to_string());
            self.is_written = false;
            tracing::error!(inbox = self.inbox, %error, "the inbox cannot be read; it is looked at again");
        }
    }

    /// Tells what there is to tell of all archives of the inbox.
    pub(super) async fn tell(&mut self, states: impl Iterator<Item = (&str, ArchiveState)>) -> anyhow::Result<()> {
        let states: BTreeMap<&str, ArchiveState> = states.collect();
        let before = self.told.len();
        self.told.retain(|name, _| states.contains_key(name.as_str()));
        self.is_written &= before == self.told.len();
        for (name, state) in states {
            self.say(name, state).await?;
        }
        self.write().await
    }

    /// Has the small state say what was told.
    pub(super) async fn write(&mut self) -> anyhow::Result<()> {
        if !self.is_written {
            self.bus.set_state(INBOX, &self.status()).await?;
            self.is_written = true;
        }
        Ok(())
    }

    /// Tells what became of one archive, if it is news.
    pub(super) async fn say(&mut self, name: &str, state: ArchiveState) -> anyhow::Result<()> {
        if self.told.get(name).is_some_and(|(told, _)| *told == state) {
            return Ok(());
        }
        let since = now_seconds();
        self.told.insert(name.to_owned(), (state.clone(), since));
        self.is_written = false;
        let archive = ArchiveStatus { archive: name.to_owned(), state, since };
        if self.is_logged {
            log(&archive);
        }
        self.bus.announce(&InboxEvent { archive }).await?;
        Ok(())
    }

    /// What is told of all archives.
    pub(super) fn status(&self) -> InboxStatus {
        let (inbox, unreadable, updated) = (self.inbox.clone(), self.unreadable.clone(), now_seconds());
        let (packer, quarantine) = (self.packer.clone(), self.quarantine.clone());
        let mut status = InboxStatus { inbox, packer, quarantine, unreadable, updated, ..InboxStatus::default() };
        let (mut open, mut admitted) = (Vec::new(), Vec::new());
        for (name, (state, since)) in &self.told {
            let archive = ArchiveStatus { archive: name.clone(), state: state.clone(), since: *since };
            match state {
                ArchiveState::Admitted { .. } | ArchiveState::Again { .. } => {
                    status.admitted += 1;
                    admitted.push(archive);
                    continue;
                }
                ArchiveState::Bad { .. } => status.bad += 1,
                ArchiveState::Ignored { .. } => {}
                _ => status.waiting += 1,
            }
            open.push(archive);
        }
        admitted.sort_by_key(|archive| std::cmp::Reverse(archive.since));
        status.archives = open.into_iter().chain(admitted).take(InboxStatus::NAMED).collect();
        status
    }
}
