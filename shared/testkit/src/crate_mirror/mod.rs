//! Sessions of `romt crate` in a folder, by our romt or by Python's.

mod state;

use std::ops::{Deref, DerefMut};

use crate::process::{Outcome, Process};
use crate::{GitUpstream, Mischief, Place, RomtArchive, RomtFolder, RomtProgram};

pub use state::IndexState;

/// A folder in which a program with romt's command line keeps a mirror of crates, under the names that romt chooses.
///
/// The program sees an empty home folder, git's own settings and `git` on its `PATH`.
#[derive(Debug)]
pub struct CrateMirror {
    place: RomtFolder,
    options: Vec<String>,
}

/// What every kind of mirror has, so that a session reads the same for each.
impl Deref for CrateMirror {
    type Target = RomtFolder;

    fn deref(&self) -> &RomtFolder {
        &self.place
    }
}

impl DerefMut for CrateMirror {
    fn deref_mut(&mut self) -> &mut RomtFolder {
        &mut self.place
    }
}

impl CrateMirror {
    /// A mirror without an upstream: it imports.
    pub fn importer(program: &RomtProgram) -> Self {
        let mut place = RomtFolder::new(program);
        place.set("GIT_CONFIG_NOSYSTEM", "1");
        // An address that would be asked by mistake is none of the world's.
        let options = ["--crates-url", "http://127.0.0.1:1/{crate}-{version}"].map(str::to_owned).to_vec();
        Self { place, options }
    }

    /// A mirror of `upstream`, whose index and crates it gets from their folder.
    pub fn of(upstream: &GitUpstream, program: &RomtProgram) -> Self {
        let mut mirror = Self::importer(program);
        mirror.use_upstream(&upstream.index().display().to_string(), &upstream.crates_path());
        mirror
    }

    /// The same, but it gets the crates over HTTP.
    pub fn over_http(upstream: &GitUpstream, program: &RomtProgram) -> Self {
        let mut mirror = Self::importer(program);
        mirror.use_upstream(&upstream.index().display().to_string(), &upstream.crates_url());
        mirror
    }

    /// The same mirror once more, in a folder of its own. An importer's index keeps the bundle of the first.
    #[must_use]
    pub fn copied(&self) -> Self {
        Self { place: self.place.copied(), options: self.options.clone() }
    }

    /// Asks another upstream from now on; an index that is there keeps its own.
    pub fn use_upstream(&mut self, index_url: &str, crates_url: &str) {
        self.options = ["--index-url", index_url, "--crates-url", crates_url].map(str::to_owned).to_vec();
    }

    /// Starts `romt crate ARGS…` with the upstream that was set.
    pub fn spawn(&self, args: &[&str]) -> Process {
        Process::spawn(self.command(&self.arguments(args)))
    }

    /// Runs `romt crate ARGS…` to its end, with the upstream that was set.
    pub fn run(&self, args: &[&str]) -> Outcome {
        self.spawn(args).wait()
    }

    /// `crate`, the options of the upstream, and `args`.
    pub fn arguments<'a>(&'a self, args: &[&'a str]) -> Vec<&'a str> {
        let options = self.options.iter().map(String::as_str);
        std::iter::once("crate").chain(options).chain(args.iter().copied()).collect()
    }

    /// The lines of `romt crate -q ARGS… list`.
    ///
    /// # Panics
    /// When it fails.
    #[track_caller]
    pub fn list(&self, args: &[&str]) -> Vec<String> {
        let outcome = self.run(&[&["-q"], args, &["list"]].concat()).succeeds();
        outcome.stdout.lines().map(str::to_owned).collect()
    }

    /// Reads the archive at its usual place.
    pub fn archive(&self) -> RomtArchive {
        self.archive_at("crates.tar.gz")
    }

    /// Takes the archive of another mirror, over whatever network there is.
    pub fn take_archive_of(&self, other: &Self) {
        self.take(other, "crates.tar.gz");
    }
}

impl GitUpstream {
    /// A version cannot be had any more, neither over HTTP nor from the folder; its line stays.
    pub fn withhold(&self, id: &str) {
        self.lose_file(id);
        self.http().misbehave(Place::download(id), Mischief::Status(404));
    }

    /// What was withheld can be had.
    pub fn give(&self, id: &str) {
        self.find_file(id);
        self.http().behave();
    }
}
