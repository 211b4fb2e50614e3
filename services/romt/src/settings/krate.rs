//! What `romt crate` needs of settings.

use std::ffi::OsString;

use romt_index::Selection;
use romt_runtime::settings::SettingsError;
use romt_runtime::settings::keys::MAX_CRATE_SIZE;
use romt_types::ByteSize;
use romt_upstream::ClientConfig;

use super::transfers::{Transfers, read_with};
use crate::cli::CrateOptions;

/// What `romt crate` has of upstream settings.
#[derive(Debug)]
pub(crate) struct CrateUpstream {
    pub(crate) selection: Selection,
    pub(crate) num_jobs: usize,
    pub(crate) client: ClientConfig,
    pub(crate) max_crate_size: u64,
}

impl CrateUpstream {
    pub(crate) fn read(options: &CrateOptions) -> Result<Self, SettingsError> {
        Self::read_with(options, &|name| std::env::var_os(name))
    }

    fn read_with(
        options: &CrateOptions,
        environment: &dyn Fn(&str) -> Option<OsString>,
    ) -> Result<Self, SettingsError> {
        read_with((&options.selection).into(), environment, |reader| {
            let selection = super::selection(reader);
            let transfers = Transfers::of(options.transfers, reader);
            let max_crate_size = reader.value(&MAX_CRATE_SIZE, str::parse::<ByteSize>);
            let (selection, Transfers { num_jobs, client }) = (selection?, transfers?);
            Ok(Self { selection, num_jobs, client, max_crate_size: max_crate_size?.0 })
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::{Args, Command, FromArgMatches};

    use std::time::Duration;

    use super::super::transfers::FOREVER;
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
