//! How the verbs of Python romt ask upstream. It reads no settings, so the options count alone; what has no option there is
//! read from the environment.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::time::Duration;

use romt_runtime::settings::keys::{CONTACT, HOST_LIMIT, MAX_CRATE_SIZE, RETRIES, RETRY_BUDGET};
use romt_runtime::settings::{Arguments, Key, Reader, Recorded, SettingsError, SettingsFile};
use romt_upstream::ClientConfig;

use crate::cli::TransferOptions;

/// What such a verb has of upstream settings.
#[derive(Debug)]
pub(crate) struct Transfers {
    pub(crate) num_jobs: usize,
    pub(crate) client: ClientConfig,
}

/// The settings that are read from the environment.
const FROM_ENVIRONMENT: [&Key; 5] = [&CONTACT, &HOST_LIMIT, &MAX_CRATE_SIZE, &RETRIES, &RETRY_BUDGET];

/// Longer than anybody waits: what a timeout of 0 means.
pub(super) const FOREVER: Duration = Duration::from_hours(24 * 365 * 10);

impl Transfers {
    pub(crate) fn read(options: TransferOptions) -> Result<Self, SettingsError> {
        let variable = |name: &str| std::env::var_os(name);
        read_with(Arguments::default(), &variable, |reader| Self::of(options, reader))
    }

    pub(super) fn of(options: TransferOptions, reader: &mut Reader<'_>) -> Result<Self, Recorded> {
        let jobs = jobs(options.num_jobs);
        let client = super::client(reader, Ok(jobs), Ok(timeout(options.timeout)))?;
        // The operator writes every address, and may name a folder of this machine.
        Ok(Self { num_jobs: jobs.get(), client: ClientConfig { local_files: true, ..client } })
    }
}

/// Reads values from arguments, and those of a few settings from the environment.
pub(super) fn read_with<T>(
    arguments: Arguments,
    environment: &dyn Fn(&str) -> Option<OsString>,
    values: impl FnOnce(&mut Reader<'_>) -> Result<T, Recorded>,
) -> Result<T, SettingsError> {
    let environment = |name: &str| {
        let known = FROM_ENVIRONMENT.iter().any(|key| key.env == name);
        if known { environment(name) } else { None }
    };
    let mut reader = Reader::new(arguments, &environment, SettingsFile::default());
    let values = values(&mut reader);
    reader.finish(values)
}

/// More downloads at once help nobody.
const MAX_JOBS: i64 = 1_000;

/// As in Python romt, what is below one counts as one.
fn jobs(number: i64) -> NonZeroUsize {
    let clamped = usize::try_from(number.clamp(1, MAX_JOBS));
    clamped.ok().and_then(NonZeroUsize::new).unwrap_or(NonZeroUsize::MIN)
}

/// As in Python romt, what is not above zero is no limit.
fn timeout(seconds: i64) -> Duration {
    match u64::try_from(seconds) {
        Ok(seconds @ 1..) => Duration::from_secs(seconds).min(FOREVER),
        _ => FOREVER,
    }
}
