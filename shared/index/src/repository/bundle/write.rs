//! Writing a bundle.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use git2::{Oid, Revwalk, Sort};

use super::BundleError;
use crate::git::{GitProgram, Watch, run};
use crate::repository::{IndexRepository, git_error};
use crate::{IndexError, Revision};

/// What a bundle calls the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BundleRef {
    /// `master`, where the end of the range was asked for by that name.
    Master,
    /// `bundle/master`, otherwise.
    BundleMaster,
}

impl BundleRef {
    /// The branch's name, without `refs/heads/`.
    pub fn branch(self) -> &'static str {
        match self {
            Self::Master => "master",
            Self::BundleMaster => "bundle/master",
        }
    }
}

/// The commits that a bundle is to bring.
struct Cut {
    end: Oid,
    /// Those that are part of the history of this are left out.
    base: Option<Oid>,
}

impl IndexRepository {
    /// Writes the commits from `base` to `end` as a git bundle of version 2. As with Python romt, `bundle/master` is moved
    /// to `end`; `master` must be there. Until the bundle is whole there is what was at `path` before.
    ///
    /// git knows no bundles without commits. So where there are none between the two, the bundle brings `end` itself, on
    /// top of its parent: whoever has it learns where `end` is.
    ///
    /// Without a `git` program a large history takes very long.
    pub fn write_bundle(
        &self,
        git: Option<&GitProgram>,
        base: &Revision,
        end: &Revision,
        name: BundleRef,
        path: &Path,
        watch: &mut Watch<'_>,
    ) -> Result<(), BundleError> {
        let Some(tip) = end.commit_id() else { return Err(BundleError::Nothing { path: path.to_owned() }) };
        match name {
            BundleRef::BundleMaster => self.move_branch(name.branch(), end)?,
            // It is what is published: that is not for a bundle to change.
            BundleRef::Master if self.branch(name.branch())?.as_ref() == Some(end) => {}
            BundleRef::Master => return Err(BundleError::OtherMaster { path: path.to_owned() }),
        }
        let cut = Cut { end: tip, base: self.base_of(base, end)? };
        let (pending, file) = Pending::create(path).map_err(BundleError::io("write", path))?;
        match git {
            Some(git) => {
                let mut command = self.bundle_command(git, &cut, name);
                command.stdout(Stdio::from(file.try_clone().map_err(BundleError::io("write", path))?));
                run(command, watch).map_err(|error| BundleError::writing(path, error))?;
            }
            None => self.write_by_hand(&cut, name, &file, path, watch)?,
        }
        pending.commit(file, path).map_err(BundleError::io("write", path))
    }

    fn base_of(&self, base: &Revision, end: &Revision) -> Result<Option<Oid>, IndexError> {
        if base.commit_id().is_some() && self.is_ancestor(end, base)? {
            let Some(end) = end.commit_id() else { return Ok(None) };
            let commit = self.git().find_commit(end).map_err(git_error("read the history of", self.path()))?;
            return Ok(commit.parent_ids().next());
        }
        Ok(base.commit_id())
    }

    fn bundle_command(&self, git: &GitProgram, cut: &Cut, name: BundleRef) -> Command {
        let mut command = git.command(self.git().path());
        command.args(["bundle", "create", "--progress", "--version=2", "-"]);
        command.args(cut.base.map(|base| format!("^{base}")));
        command.arg(format!("refs/heads/{}", name.branch()));
        command
    }

    /// What `git bundle create` writes, by libgit2 (gitformat-bundle(5)).
    fn write_by_hand(
        &self,
        cut: &Cut,
        name: BundleRef,
        file: &File,
        path: &Path,
        watch: &Watch<'_>,
    ) -> Result<(), BundleError> {
        let error = |source| BundleError::from(git_error("read", self.path())(source));
        let mut output = BufWriter::new(file);
        let boundary = self.boundary(cut).map_err(error)?;
        let mut write_head = || {
            writeln!(output, "# v2 git bundle")?;
            for prerequisite in &boundary {
                writeln!(output, "-{prerequisite}")?;
            }
            write!(output, "{} refs/heads/{}\n\n", cut.end, name.branch())
        };
        write_head().map_err(BundleError::io("write", path))?;
        let mut builder = self.git().packbuilder().map_err(error)?;
        let mut walk = self.walk(cut).map_err(error)?;
        builder.insert_walk(&mut walk).map_err(error)?;
        let mut failed = None;
        let built = builder.foreach(|piece| {
            failed = output.write_all(piece).err();
            failed.is_none() && !watch.stopped()
        });
        match failed {
            Some(source) => return Err(BundleError::io("write", path)(source)),
            None if watch.stopped() => return Err(BundleError::Stopped),
            None => built.map_err(error)?,
        }
        output.flush().map_err(BundleError::io("write", path))
    }

    fn walk(&self, cut: &Cut) -> Result<Revwalk<'_>, git2::Error> {
        let mut walk = self.git().revwalk()?;
        walk.set_sorting(Sort::TOPOLOGICAL)?;
        walk.push(cut.end)?;
        if let Some(base) = cut.base {
            walk.hide(base)?;
        }
        Ok(walk)
    }

    /// The commits outside of the cut on which those inside build.
    fn boundary(&self, cut: &Cut) -> Result<Vec<Oid>, git2::Error> {
        let inside: HashSet<Oid> = self.walk(cut)?.collect::<Result<_, _>>()?;
        let mut boundary = Vec::new();
        for commit in &inside {
            for parent in self.git().find_commit(*commit)?.parent_ids() {
                if !inside.contains(&parent) && !boundary.contains(&parent) {
                    boundary.push(parent);
                }
            }
        }
        Ok(boundary)
    }
}

/// The file `.<name>.tmp` beside the one that it is to become; it goes when this is dropped before.
struct Pending(PathBuf);

impl Pending {
    fn create(target: &Path) -> io::Result<(Self, File)> {
        let name = target.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(".tmp");
        let path = target.with_file_name(hidden);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        // New, so that no link that somebody put there is followed.
        let file = File::create_new(&path)?;
        Ok((Self(path), file))
    }

    fn commit(self, file: File, target: &Path) -> io::Result<()> {
        file.sync_all()?;
        fs::rename(&self.0, target)?;
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        // After a commit there is none of this name any more.
        let _ = fs::remove_file(&self.0);
    }
}
