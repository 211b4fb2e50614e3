//! Repositories of an upstream and of mirrors, made with git itself. Tests of what talks to `git` need it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::git::GitProgram;
use crate::{BlobId, IndexRepository, OriginKind, OriginUrl};

/// Runs git as if nobody had configured anything, and returns what it says.
pub(super) fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = command(folder).args(arguments).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

pub(super) fn command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.current_dir(folder).stdin(Stdio::null());
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "up").env(format!("GIT_{who}_EMAIL"), "up@example");
    }
    command
}

/// With the `git` program, and without.
pub(super) fn ways() -> [Option<GitProgram>; 2] {
    [Some(GitProgram::find().expect("the tests need git")), None]
}

/// An upstream index with a work tree, and room for mirrors beside it.
pub(super) struct Upstream {
    folder: TempDir,
}

impl Upstream {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let upstream = Self { folder };
        fs::create_dir(upstream.path()).unwrap();
        git(&upstream.path(), &["init", "--quiet", "--initial-branch=master", "."]);
        upstream
    }

    pub(super) fn path(&self) -> PathBuf {
        self.at("up")
    }

    /// A place beside it.
    pub(super) fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Commits files, and returns the commit's id.
    pub(super) fn commit(&self, files: &[(&str, &str)]) -> String {
        for (name, content) in files {
            let path = self.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        git(&self.path(), &["add", "--all"]);
        git(&self.path(), &["commit", "--quiet", "--allow-empty", "--message=up"]);
        git(&self.path(), &["rev-parse", "HEAD"])
    }

    /// Forgets the history and keeps the files, as crates.io does now and then.
    pub(super) fn squash(&self) -> String {
        git(&self.path(), &["checkout", "--quiet", "--orphan", "squashed"]);
        let id = self.commit(&[]);
        git(&self.path(), &["branch", "--quiet", "--move", "--force", "master"]);
        id
    }

    /// A mirror without a work tree that pulls from here.
    pub(super) fn mirror(&self, name: &str) -> IndexRepository {
        let repository = IndexRepository::create(&self.at(name)).unwrap();
        let origin = OriginUrl::parse("up", self.folder.path()).unwrap();
        repository.set_origin(&origin, OriginKind::Upstream).unwrap();
        repository
    }

    /// A mirror without a work tree that is filled from a bundle.
    pub(super) fn import(&self, name: &str, bundle: &Path) -> IndexRepository {
        let repository = IndexRepository::create(&self.at(name)).unwrap();
        let origin = OriginUrl::parse(bundle.to_str().unwrap(), self.folder.path()).unwrap();
        repository.set_origin(&origin, OriginKind::Import).unwrap();
        repository
    }
}

/// All branches and what they name, by git's own account.
pub(super) fn branches(repository: &IndexRepository) -> Vec<String> {
    let text = git(repository.git().path(), &["for-each-ref", "--format=%(refname:lstrip=1)"]);
    text.lines().map(str::to_owned).collect()
}

/// The subjects of a branch's commits, the newest first.
pub(super) fn subjects(repository: &IndexRepository, branch: &str) -> Vec<String> {
    let text = git(repository.git().path(), &["log", "--format=%s", branch]);
    text.lines().map(str::to_owned).collect()
}

/// A file as the branch has it.
pub(super) fn file(repository: &IndexRepository, branch: &str, path: &str) -> String {
    git(repository.git().path(), &["show", &format!("{branch}:{path}")])
}

/// Every file below a folder with what its bytes hash to, to see that nothing changed.
pub(super) fn contents(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.insert(path.clone(), String::new());
            found.extend(contents(&path));
        } else {
            let bytes = fs::read(&path).unwrap();
            found.insert(path, BlobId::of(&bytes).unwrap().to_string());
        }
    }
    found
}
