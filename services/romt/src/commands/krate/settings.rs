//! From the options of `romt crate` to what its steps work with.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::Context;
use romt_index::{CrateFilter, CratesUrl, ListStyle, Selection};
use romt_types::PrefixStyle;
use romt_upstream::ClientConfig;

use crate::cli::CrateOptions;
use crate::settings::CrateUpstream;

/// What the steps of `romt crate` need to know.
#[derive(Debug)]
pub(super) struct CrateSettings {
    /// The repository of the index.
    pub(super) index: PathBuf,
    /// The folder of the crates.
    pub(super) crates: PathBuf,
    /// Where RANGE starts, `0` for nothing; none: at `mark`.
    pub(super) start: Option<String>,
    /// Where RANGE ends.
    pub(super) end: String,
    /// Whether a start that is not there counts as nothing.
    pub(super) allow_missing_start: bool,
    /// Which crates are meant.
    pub(super) filter: CrateFilter,
    /// The index that `init` is to mirror.
    pub(super) index_url: String,
    /// Where `download` finds crates; absolute if it is a path.
    pub(super) crates_url: CratesUrl,
    /// The address of the mirror's server, as it was given.
    pub(super) server_url: String,
    /// What a mirror of a sparse index is to hold.
    pub(super) selection: Selection,
    /// Downloads at once.
    pub(super) num_jobs: usize,
    /// How upstream is asked.
    pub(super) client: ClientConfig,
    /// The most bytes of a crate file.
    pub(super) max_crate_size: u64,
    /// Whether files that are there are believed.
    pub(super) assume_ok: bool,
    /// Whether work goes on when single crates fail.
    pub(super) keep_going: bool,
    /// Where good crates are written to.
    pub(super) good_crates: Option<PathBuf>,
    /// Where bad crates are written to.
    pub(super) bad_crates: Option<PathBuf>,
    /// The archive to pack or unpack.
    pub(super) archive: PathBuf,
    /// Where the bundle of commits is kept, if not in the index's folder.
    pub(super) bundle_path: Option<PathBuf>,
    /// How crates are listed.
    pub(super) show: Show,
}

/// How crates are listed, before it is known how the mirror spells prefixes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Show {
    Id,
    Path,
    Hash,
}

impl Show {
    /// The style of a mirror that spells prefixes like this.
    pub(super) fn style(self, prefix: PrefixStyle) -> ListStyle {
        match self {
            Self::Id => ListStyle::Id,
            Self::Path => ListStyle::Path(prefix),
            Self::Hash => ListStyle::Hash(prefix),
        }
    }
}

/// The name of the bundle of commits in the index's folder.
const BUNDLE: &str = "origin.bundle";

impl CrateSettings {
    /// Reads the options, the files they name, and what the environment says of upstreams.
    pub(super) fn read(options: CrateOptions) -> anyhow::Result<Self> {
        let folder = env::current_dir().context("cannot find the working directory")?;
        let upstream = CrateUpstream::read(&options)?;
        let start = options.start.filter(|start| !start.is_empty());
        Ok(Self {
            allow_missing_start: options.allow_missing_start || start.is_none(),
            start,
            end: options.end,
            filter: filter(&options.filter, &options.filter_file)?,
            crates_url: options.crates_url.absolute(&folder),
            index_url: options.index_url,
            server_url: options.server_url,
            selection: upstream.selection,
            num_jobs: upstream.num_jobs,
            client: upstream.client,
            max_crate_size: upstream.max_crate_size,
            assume_ok: options.assume_ok,
            keep_going: options.keep_going,
            good_crates: path(options.good_crates),
            bad_crates: path(options.bad_crates),
            archive: options.archive,
            bundle_path: path(options.bundle_path),
            show: match (options.show_hash, options.show_path) {
                (true, _) => Show::Hash,
                (false, true) => Show::Path,
                (false, false) => Show::Id,
            },
            index: options.index,
            crates: options.crates,
        })
    }

    /// Where the bundle of commits is kept.
    pub(super) fn bundle(&self) -> PathBuf {
        self.bundle_path.clone().unwrap_or_else(|| self.index.join(BUNDLE))
    }
}

/// An empty path is how scripts say "none".
fn path(option: Option<OsString>) -> Option<PathBuf> {
    option.filter(|path| !path.is_empty()).map(PathBuf::from)
}

fn filter(texts: &[String], files: &[PathBuf]) -> anyhow::Result<CrateFilter> {
    let mut filter = CrateFilter::default();
    for text in texts {
        filter.add(text);
    }
    for file in files {
        filter.add_file(file)?;
    }
    Ok(filter)
}

#[cfg(test)]
mod tests {
    use clap::{Args, Command, FromArgMatches};

    use super::*;

    fn read(arguments: &[&str]) -> anyhow::Result<CrateSettings> {
        let command = CrateOptions::augment_args(Command::new("crate")).no_binary_name(true);
        let matches = command.try_get_matches_from(arguments)?;
        CrateSettings::read(CrateOptions::from_arg_matches(&matches)?)
    }

    #[test]
    fn the_range_starts_at_the_mark_if_nobody_says() {
        for unset in [&[][..], &["--start", ""]] {
            let settings = read(unset).unwrap();
            assert_eq!((settings.start.as_deref(), settings.allow_missing_start), (None, true));
        }
        let settings = read(&["--start", "@{0}"]).unwrap();
        assert_eq!((settings.start.as_deref(), settings.allow_missing_start), (Some("@{0}"), false));
        let settings = read(&["--start", "0"]).unwrap();
        assert_eq!((settings.start.as_deref(), settings.allow_missing_start), (Some("0"), false));
        assert!(read(&["--start", "x", "--allow-missing-start"]).unwrap().allow_missing_start);
    }

    #[test]
    fn hashes_are_shown_with_paths() {
        for (arguments, show) in [
            (&[][..], Show::Id),
            (&["--show-path"], Show::Path),
            (&["--show-hash"], Show::Hash),
            (&["--show-hash", "--show-path"], Show::Hash),
        ] {
            assert_eq!(read(arguments).unwrap().show, show);
        }
    }

    #[test]
    fn an_empty_path_is_none() {
        let settings = read(&["--good-crates=", "--bad-crates", "b", "--bundle-path=", "--index", "i"]).unwrap();
        assert_eq!((settings.good_crates.clone(), settings.bad_crates.clone()), (None, Some("b".into())));
        assert_eq!(settings.bundle(), PathBuf::from("i/origin.bundle"));
    }

    #[test]
    fn filters_of_options_and_files_are_united() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("filter");
        std::fs::write(&file, "rand@0.8.*\n").unwrap();
        let file = file.to_str().unwrap();
        let filter = read(&["--filter", "a*", "--filter-file", file, "--filter", "b c"]).unwrap().filter;
        let chosen = |id: &str| filter.matches(&id.parse().unwrap());
        assert!(["ab@1.0.0", "b@1.0.0", "c@1.0.0", "rand@0.8.5"].into_iter().all(chosen));
        assert!(!["d@1.0.0", "rand@0.9.0"].into_iter().any(chosen));
        assert!(read(&[]).unwrap().filter.is_everything());
    }

    #[test]
    fn a_filter_file_must_be_there() {
        let error = read(&["--filter-file", "/dev/null/x"]).unwrap_err();
        assert_eq!(error.to_string(), "cannot read the filter file `/dev/null/x`");
    }

    #[test]
    fn a_relative_template_begins_in_the_working_directory() {
        let settings = read(&["--crates-url", "up/{crate}"]).unwrap();
        let path = settings.crates_url.local_path(&"a@1.0.0".parse().unwrap(), &romt_types::Digest::of(b""));
        assert_eq!(path, Some(env::current_dir().unwrap().join("up/a")));
    }
}
