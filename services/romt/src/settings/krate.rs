//! How `romt crate` asks upstream. Python romt reads no settings, so its options count alone; what has no option there is
//! read from the environment.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::time::Duration;

use romt_index::Selection;
use romt_runtime::settings::keys::{CONTACT, HOST_LIMIT, MAX_CRATE_SIZE, RETRIES, RETRY_BUDGET};
use romt_runtime::settings::{Key, Reader, SettingsError, SettingsFile};
use romt_types::ByteSize;
use romt_upstream::ClientConfig;

use crate::cli::CrateOptions;

/// What `romt crate` has of upstream settings.
#[derive(Debug)]
pub(crate) struct CrateUpstream {
    pub(crate) selection: Selection,
    pub(crate) num_jobs: usize,
    pub(crate) client: ClientConfig,
    pub(crate) max_crate_size: u64,
}

/// The settings that are read from the environment.
const FROM_ENVIRONMENT: [&Key; 5] = [&CONTACT, &HOST_LIMIT, &MAX_CRATE_SIZE, &RETRIES, &RETRY_BUDGET];

/// Longer than anybody waits: what a timeout of 0 means.
const FOREVER: Duration = Duration::from_hours(24 * 365 * 10);

impl CrateUpstream {
    pub(crate) fn read(options: &CrateOptions) -> Result<Self, SettingsError> {
        Self::read_with(options, &|name| std::env::var_os(name))
    }

    fn read_with(
        options: &CrateOptions,
        environment: &dyn Fn(&str) -> Option<OsString>,
    ) -> Result<Self, SettingsError> {
        let environment = |name: &str| {
            let known = FROM_ENVIRONMENT.iter().any(|key| key.env == name);
            if known { environment(name) } else { None }
        };
        let mut reader = Reader::new((&options.selection).into(), &environment, SettingsFile::default());
        let jobs = jobs(options.num_jobs);
        let selection = super::selection(&mut reader);
        let client = super::client(&mut reader, Ok(jobs), Ok(timeout(options.timeout)));
        let max_crate_size = reader.value(&MAX_CRATE_SIZE, str::parse::<ByteSize>);
        let values = selection.and_then(|selection| {
            // The operator writes every address of a crate, and may name a folder of this machine.
            let client = ClientConfig { local_files: true, ..client? };
            Ok(Self { selection, num_jobs: jobs.get(), client, max_crate_size: max_crate_size?.0 })
        });
        reader.finish(values)
    }
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

#[cfg(test)]
mod tests {
    use clap::{Args, Command, FromArgMatches};

    use super::*;

    fn read(arguments: &[&str], environment: &[(&str, &str)]) -> Result<CrateUpstream, SettingsError> {
        let command = CrateOptions::augment_args(Command::new("crate")).no_binary_name(true);
        let matches = command.try_get_matches_from(arguments).unwrap();
        let options = CrateOptions::from_arg_matches(&matches).unwrap();
        let variable = |name: &str| environment.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into());
        CrateUpstream::read_with(&options, &variable)
    }

    #[test]
    fn row_12_jobs_and_timeout_are_clamped() {
        let clamped = |arguments: &[&str]| {
            let upstream = read(arguments, &[]).unwrap();
            (upstream.num_jobs, upstream.client.host_limit, upstream.client.timeout)
        };
        assert_eq!(clamped(&[]), (4, 4, Duration::from_mins(1)));
        assert_eq!(clamped(&["-j0", "--timeout", "-5"]), (1, 1, FOREVER));
        assert_eq!(clamped(&["-j", "-3", "--timeout=0"]), (1, 1, FOREVER));
        let most = i64::MAX.to_string();
        assert_eq!(clamped(&["-j", &most, "--timeout", &most]), (1_000, 1_000, FOREVER));
        // Far from what a clock can count.
        assert!(std::time::Instant::now().checked_add(FOREVER).is_some());
    }

    #[test]
    fn what_has_an_option_is_not_read_from_the_environment() {
        let environment = [
            ("ROMT_NUM_JOBS", "9"),
            ("ROMT_TIMEOUT", "9"),
            ("ROMT_CRATE", "serde"),
            ("ROMT_CONTACT", "me@example.org"),
            ("ROMT_RETRIES", "2"),
            ("ROMT_HOST_LIMIT", "3"),
            ("ROMT_MAX_CRATE_SIZE", "1kB"),
        ];
        let upstream = read(&["--crate", "rand@0.9"], &environment).unwrap();
        assert_eq!(upstream.selection.crates, ["rand@0.9".parse().unwrap()]);
        assert_eq!((upstream.num_jobs, upstream.client.host_limit), (4, 3));
        assert_eq!(upstream.client.timeout, Duration::from_mins(1));
        assert_eq!(upstream.client.contact.as_deref(), Some("me@example.org"));
        assert_eq!((upstream.client.retry.attempts, upstream.max_crate_size), (2, 1_000));
    }

    #[test]
    fn bad_values_are_told_at_once() {
        let error = read(&["--versions", "some", "--crate", "1a"], &[("ROMT_RETRIES", "0")]).unwrap_err();
        assert_eq!(error.to_string().lines().next(), Some("3 settings cannot be used"));
    }
}
