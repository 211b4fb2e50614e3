//! Publishes what an archive brings, whose files the packer has verified and put in their places.
//!
//! Of crates: the index is pulled out of the bundle, its new versions are looked for, `master` is moved, and the files of
//! versions that are gone follow when no server can name them any more. Of toolchains and rustup: they are published under
//! their other names. All of it may be done twice.

mod crates;
mod folders;

use std::time::{SystemTime, UNIX_EPOCH};

use romt_bus::messages::{
    Admission, AdmissionContent, AdmissionOutcome, AdmissionSettled, Admitted, LAST_ADMISSION, LastAdmission,
};
use romt_bus::{BusHandle, JobDelivery};
use romt_index::BundleError;
use romt_runtime::{Hinted, Report, traces};
use tracing::{Instrument as _, Span, info_span};

use crate::service::Indexer;

pub use crates::{NotForArchives, prepare_import};

/// Does what an admission says and answers it. True if what the archive brings is published.
pub(crate) async fn admit(indexer: &Indexer, delivery: JobDelivery<Admission>) -> anyhow::Result<bool> {
    let span = info_span!(target: traces::TARGET, "admit", romt.archive = delivery.job.archive);
    traces::adopt(&span, delivery.trace());
    settle(indexer, delivery).instrument(span).await
}

async fn settle(indexer: &Indexer, delivery: JobDelivery<Admission>) -> anyhow::Result<bool> {
    let bus: &BusHandle = &indexer.context.bus;
    let Admission { run, archive, content } = delivery.job.clone();
    let admitted = match &content {
        AdmissionContent::Crates { bundle } => crates::admit(indexer, bundle).await,
        AdmissionContent::Toolchains { list } => folders::admit_toolchains(indexer, list).await,
        AdmissionContent::Rustup { list } => folders::admit_rustup(indexer, list).await,
    };
    if let Err(error) = &admitted {
        // Told to people by the one who watches the inbox.
        tracing::info!(%run, archive, error = format!("{error:#}"), "not admitted");
        traces::failed(&Span::current(), error);
    }
    let is_admitted = admitted.is_ok();
    let outcome = outcome(admitted);
    let ended = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let last = LastAdmission { archive, of: content.kind().to_owned(), ended, outcome: outcome.clone() };
    bus.set_state(LAST_ADMISSION, &last).await?;
    bus.submit(&AdmissionSettled { run: run.clone(), outcome }).await?;
    // The packer may have been killed meanwhile; what it asks for again it hands over again.
    if let Err(error) = indexer.context.storage.clear_handover(&run).await {
        tracing::warn!(%run, %error, "what was handed over could not be removed");
    }
    delivery.done().await?;
    Ok(is_admitted)
}

fn outcome(admitted: anyhow::Result<Admitted>) -> AdmissionOutcome {
    let error = match admitted {
        Ok(admitted) => return AdmissionOutcome::Admitted(admitted),
        Err(error) => error,
    };
    let of_bundle = error.chain().find_map(|cause| cause.downcast_ref::<BundleError>());
    if let Some(BundleError::MissingPrerequisites { commits, .. }) = of_bundle {
        return AdmissionOutcome::Early { missing: commits.clone() };
    }
    let refused = error.chain().any(|cause| {
        let hinted = cause.downcast_ref::<Hinted>();
        cause.is::<NotForArchives>() || hinted.is_some_and(|hinted| hinted.error().is::<NotForArchives>())
    });
    let Report { lines: error, hint } = Report::of(&error);
    if refused { AdmissionOutcome::Refused { error, hint } } else { AdmissionOutcome::Failed { error, hint } }
}
