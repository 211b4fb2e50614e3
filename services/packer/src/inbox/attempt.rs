//! One attempt to take an archive in: verified, its files in their places, admitted by the indexer.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use romt_bundle::ArchiveKind;
use romt_bus::BusHandle;
use romt_bus::messages::{Admission, AdmissionContent, AdmissionOutcome, Admitted};
use romt_runtime::Report;
use romt_runtime::traces::TARGET;
use romt_storage::{Storage, StorageKey};
use romt_types::{Digest, RunId};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, info_span};
use uuid::Uuid;

use super::admission::ask;
use super::scan::Identity;
use super::verdict::Fault;
use super::verify::{Changed, NoRepository, OpenArchive, Places, Verified, VerifiedContent};
use crate::Stopped;

/// What came of an attempt.
pub(super) enum Attempt {
    /// What it brings is published.
    Admitted(ArchiveKind, Digest, Admitted),
    /// It was admitted before; its hash.
    Copy(Digest),
    /// It is not what it should be.
    Bad(Report),
    /// It is no archive at all, nor is it called like one.
    NoArchive(Report),
    /// It builds on these commits.
    Early(Vec<String>),
    /// It may go well another time.
    Trouble(Report),
    /// It was another file in the end than in the beginning.
    Changed,
    /// It was to stop.
    Stopped,
}

/// What attempts need.
#[derive(Clone)]
pub(super) struct Workbench {
    pub(super) bus: BusHandle,
    pub(super) storage: Storage,
    pub(super) places: Places,
    /// Rung when the indexer takes its time to answer.
    pub(super) unanswered: Arc<Notify>,
}

/// An archive to try.
pub(super) struct Candidate<'a> {
    pub(super) path: &'a Path,
    pub(super) identity: Identity,
    /// What its `.sha256` says.
    pub(super) sum: Option<Digest>,
    /// Whether its name says that it is an archive.
    pub(super) named_so: bool,
    /// Whether it may be a copy of one that was admitted.
    pub(super) may_be_copy: bool,
}

impl Workbench {
    /// Tries to take in an archive. `is_admitted` says whether one with this hash was.
    pub(super) async fn attempt(
        &self,
        candidate: Candidate<'_>,
        is_admitted: impl Fn(&Digest) -> bool,
        stop: &CancellationToken,
    ) -> anyhow::Result<Attempt> {
        let named_so = candidate.named_so;
        match self.take(candidate, is_admitted, stop).await {
            Ok(attempt) => Ok(attempt),
            Err(Failed::Service(error)) => Err(error),
            Err(Failed::Archive(error)) => Ok(judge(&error, named_so)),
        }
    }

    async fn take(
        &self,
        candidate: Candidate<'_>,
        is_admitted: impl Fn(&Digest) -> bool,
        stop: &CancellationToken,
    ) -> Result<Attempt, Failed> {
        let opening = (candidate.path.to_owned(), candidate.identity);
        let archive = blocking(move || OpenArchive::open(&opening.0, opening.1)).await?;
        let archive = Arc::new(archive);
        let opened = Arc::clone(&archive);
        let kind = blocking(move || opened.kind()).await?;
        let (opened, token) = (Arc::clone(&archive), stop.clone());
        if candidate.may_be_copy {
            let hashed = blocking(move || opened.hash(&token)).await?;
            if is_admitted(&hashed) && candidate.sum.is_none_or(|sum| sum == hashed) {
                return Ok(Attempt::Copy(hashed));
            }
        }
        self.places.mirror.follow().await.map_err(Failed::Archive)?;
        let style = self.storage.prefix_style().await.map_err(|error| Failed::Archive(error.into()))?;
        let (places, sum, token) = (self.places.clone(), candidate.sum, stop.clone());
        let verifying = blocking(move || archive.verify(kind, sum, style, &places, &token));
        let verified = verifying.instrument(info_span!(target: TARGET, "verify and unpack")).await?;
        let admitting = self.admit(candidate.path, verified, stop);
        match admitting.instrument(info_span!(target: TARGET, "wait for admission")).await? {
            (sha256, AdmissionOutcome::Admitted(admitted)) => Ok(Attempt::Admitted(kind, sha256, admitted)),
            (_, AdmissionOutcome::Early { missing }) => Ok(Attempt::Early(missing)),
            (_, AdmissionOutcome::Refused { error, hint }) => Ok(Attempt::Bad(Report { lines: error, hint })),
            (_, AdmissionOutcome::Failed { error, hint }) => Ok(Attempt::Trouble(Report { lines: error, hint })),
        }
    }

    /// Hands what an archive brings to the indexer, and waits for the answer.
    async fn admit(
        &self,
        archive: &Path,
        verified: Verified,
        stop: &CancellationToken,
    ) -> Result<(Digest, AdmissionOutcome), Failed> {
        let run: RunId = Uuid::now_v7().to_string().parse().context("an id cannot be made").map_err(Failed::Service)?;
        let handed_over = self.hand_over(&run, verified.content).await;
        let content = handed_over.map_err(Failed::Archive)?;
        let name = archive.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let admission = Admission { run: run.clone(), archive: name, content };
        let outcome = tokio::select! {
            () = stop.cancelled() => return Err(Failed::Archive(Stopped.into())),
            outcome = ask(&self.bus, &admission, &self.unanswered) => outcome.context("the indexer cannot be asked").map_err(Failed::Service)?,
        };
        if let Err(error) = self.storage.clear_handover(&run).await {
            tracing::warn!(%run, %error, "what was handed over could not be removed");
        }
        Ok((verified.sha256, outcome))
    }

    async fn hand_over(&self, run: &RunId, content: VerifiedContent) -> anyhow::Result<AdmissionContent> {
        let key = |name: &str| anyhow::Ok(StorageKey::Handover { run: run.clone(), name: name.parse()? });
        match content {
            VerifiedContent::Crates { bundle } => {
                let handover = key("index.bundle")?;
                self.storage.hand_over_file(handover.clone(), &bundle).await?;
                tokio::fs::remove_file(&bundle).await?;
                Ok(AdmissionContent::Crates { bundle: handover.to_string() })
            }
            VerifiedContent::Toolchains(keys) => {
                let handover = key("toolchains.keys")?;
                self.storage.hand_over_lines(handover.clone(), || keys.iter().map(ToString::to_string)).await?;
                Ok(AdmissionContent::Toolchains { list: handover.to_string() })
            }
            VerifiedContent::Rustup(keys) => {
                let handover = key("rustup.keys")?;
                self.storage.hand_over_lines(handover.clone(), || keys.iter().map(ToString::to_string)).await?;
                Ok(AdmissionContent::Rustup { list: handover.to_string() })
            }
        }
    }
}

/// Why an attempt came to nothing.
enum Failed {
    /// It says something of the archive.
    Archive(anyhow::Error),
    /// The service cannot go on.
    Service(anyhow::Error),
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> anyhow::Result<T> + Send + 'static) -> Result<T, Failed> {
    let done = tokio::task::spawn_blocking(work).await;
    done.context("work on an archive was cut short").map_err(Failed::Service)?.map_err(Failed::Archive)
}

fn judge(error: &anyhow::Error, named_so: bool) -> Attempt {
    if error.is::<Changed>() {
        return Attempt::Changed;
    }
    let report = Report::of(error);
    if error.is::<NoRepository>() {
        return Attempt::Trouble(report);
    }
    match Fault::of(error) {
        Fault::Stopped => Attempt::Stopped,
        Fault::Early(missing) => Attempt::Early(missing),
        Fault::Circumstances => Attempt::Trouble(report),
        Fault::Archive if !named_so && error.is::<NotAnArchive>() => Attempt::NoArchive(report),
        Fault::Archive => Attempt::Bad(report),
    }
}

/// It is not known what it is an archive of.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("it is no archive that romt reads")]
pub(super) struct NotAnArchive;
