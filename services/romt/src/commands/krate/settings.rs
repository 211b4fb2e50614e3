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

/// The branch where RANGE starts if nobody says.
const MARK: &str = "mark";

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

    /// The revision where RANGE starts; none: it starts from nothing.
    pub(super) fn start(&self) -> Option<&str> {
        let start = self.start.as_deref().unwrap_or(MARK);
        (start != "0").then_some(start)
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
