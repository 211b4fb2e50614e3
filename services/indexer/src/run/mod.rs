//! One run: what it tells while it goes on, and how it ends.

mod progress;

use std::collections::BTreeMap;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use romt_bus::messages::{Failure, LAST_EXPORT, LAST_RUN, LastExport, LastRun, RunEvent, RunKind, RunStep, RunSummary};
use romt_bus::{BusError, BusHandle};
use romt_runtime::Report;
use romt_types::RunId;

use crate::fetching::FetchRun;
pub(crate) use progress::Progress;

/// What to do about a batch that was given up.
const GIVEN_UP_HINT: &str = "`romt jobs` shows what was given up, and `romt jobs discard QUEUE/ID` forgets it; the next sync asks \
                             for the files anew";

/// A run that is going on.
#[derive(Debug)]
pub(crate) struct Run {
    bus: BusHandle,
    id: RunId,
    kind: RunKind,
    fetches: FetchRun,
    began: Instant,
    failures: BTreeMap<String, String>,
    /// What will be said at the end; failures and time are filled in then.
    pub(crate) summary: RunSummary,
}

impl Run {
    /// Begins a run and says so.
    pub(crate) async fn begin(bus: BusHandle, id: RunId, kind: RunKind) -> Result<Self, BusError> {
        let fetches = FetchRun::new(bus.clone(), id.clone());
        let (began, failures, summary) = (Instant::now(), BTreeMap::new(), RunSummary::default());
        let run = Self { bus, id, kind, fetches, began, failures, summary };
        run.announce(RunStep::Started).await?;
        Ok(run)
    }

    /// Its id.
    pub(crate) fn id(&self) -> &RunId {
        &self.id
    }

    /// What it asks of the fetchers.
    pub(crate) fn fetches(&self) -> &FetchRun {
        &self.fetches
    }

    /// How it tells how many index files it has read.
    pub(crate) fn progress(&self) -> Progress {
        Progress::start(self.bus.clone(), self.id.clone())
    }

    /// Tells everyone who listens.
    pub(crate) async fn announce(&self, step: RunStep) -> Result<(), BusError> {
        self.bus.announce(&RunEvent { run: self.id.clone(), step }).await
    }

    /// Makes a remark.
    pub(crate) async fn note(&self, text: impl Into<String>) -> Result<(), BusError> {
        self.announce(RunStep::Note { text: text.into() }).await
    }

    /// Remembers something that could not be had; the first reason counts.
    pub(crate) fn fail(&mut self, what: impl ToString, reason: impl Into<String>) {
        self.failures.entry(what.to_string()).or_insert_with(|| reason.into());
    }

    /// How many things could not be had so far.
    pub(crate) fn failed(&self) -> u64 {
        self.failures.len() as u64
    }

    /// Whether everything could be had so far.
    pub(crate) fn is_complete(&self) -> bool {
        self.failures.is_empty()
    }

    /// Ends the run: says how, and keeps the summary in the small state.
    pub(crate) async fn end(mut self, error: Option<anyhow::Error>) -> Result<RunSummary, BusError> {
        self.summary.failed = self.failed();
        let named = self.failures.into_iter().take(RunSummary::NAMED);
        self.summary.failures = named.map(|(what, reason)| Failure::new(what, reason)).collect();
        self.summary.seconds = self.began.elapsed().as_secs_f64();
        self.summary.ended = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        if self.fetches.was_given_up() {
            self.summary.hint = Some(GIVEN_UP_HINT.to_owned());
        }
        if let Some(error) = error {
            let report = Report::of(&error);
            self.summary.hint = report.hint;
            self.summary.error = report.lines;
        }
        let last = LastRun { run: self.id, kind: Some(self.kind), summary: self.summary };
        if let RunKind::Export { .. } = self.kind {
            let before: Option<LastExport> = self.bus.state(LAST_EXPORT).await?;
            self.bus.set_state(LAST_EXPORT, &before.unwrap_or_default().followed_by(&last.summary)).await?;
        }
        self.bus.set_state(LAST_RUN, &last).await?;
        let step = RunStep::Finished(last.summary.clone());
        self.bus.announce(&RunEvent { run: last.run, step }).await?;
        Ok(last.summary)
    }
}
