//! Two mirrors, one on each side of the gap.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use romt_bundle::{ArchiveFormat, CratesLimits};
use romt_index::{GitProgram, IndexRepository};
use romt_packer::{PackOrder, UnpackEvent, UnpackOrder, Unpacked, pack, unpack};
use romt_storage::SeenFiles;
use romt_types::{CrateId, Digest, PrefixStyle};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::support::id;

/// The mirror that packs: its index is a plain repository of git's.
pub(crate) struct Exporter {
    folder: TempDir,
    /// What it holds, by what its files hold.
    pub(crate) crates: BTreeMap<String, Vec<u8>>,
}

pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=x", "-c", "user.email=x@y", "-c", "gc.auto=0"])
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

impl Exporter {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        git(folder.path(), &["init", "--quiet", "--initial-branch=working", "index"]);
        Self { folder, crates: BTreeMap::new() }
    }

    /// One that has committed these crates.
    pub(crate) fn of(crates: &[(&str, &[u8])]) -> Self {
        let mut exporter = Self::new();
        for (krate, content) in crates {
            exporter.crates.insert((*krate).to_owned(), content.to_vec());
        }
        exporter.commit();
        exporter
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The last commit.
    pub(crate) fn head(&self) -> String {
        git(&self.path("index"), &["rev-parse", "HEAD"])
    }

    /// Commits what it holds.
    pub(crate) fn commit(&self) {
        let index = self.path("index");
        let mut files: BTreeMap<String, String> = BTreeMap::new();
        for (krate, content) in &self.crates {
            let CrateId { name, version } = id(krate);
            let cksum = Digest::of(content);
            let line = format!(
                "{{\"name\":\"{name}\",\"vers\":\"{version}\",\"deps\":[],\"cksum\":\"{cksum}\",\"features\":{{}},\"yanked\":false}}\n"
            );
            files.entry(name.index_path()).or_default().push_str(&line);
        }
        git(&index, &["rm", "-r", "--quiet", "--ignore-unmatch", "."]);
        for (path, lines) in files {
            let path = index.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, lines).unwrap();
        }
        git(&index, &["add", "--all"]);
        git(&index, &["commit", "--quiet", "--allow-empty", "--message=x"]);
    }

    /// Writes the bundle of what was committed since `start`, as Python romt does.
    pub(crate) fn bundle(&self, start: Option<&str>) -> PathBuf {
        let bundle = self.path("origin.bundle");
        let index = self.path("index");
        git(&index, &["update-ref", "refs/heads/bundle/master", "HEAD"]);
        let not = start.map(|start| format!("^{start}"));
        let mut arguments = vec!["bundle", "create", "--quiet", bundle.to_str().unwrap()];
        arguments.extend(not.as_deref());
        arguments.push("refs/heads/bundle/master");
        git(&index, &arguments);
        bundle
    }

    /// Packs these of its crates, in the order of an archive, with what was committed since `start`.
    pub(crate) fn pack(&self, name: &str, crates: &[&str], start: Option<&str>) -> PathBuf {
        self.pack_as(name, crates, start, ArchiveFormat::Lower)
    }

    pub(crate) fn pack_as(&self, name: &str, crates: &[&str], start: Option<&str>, format: ArchiveFormat) -> PathBuf {
        let order = PackOrder {
            archive: self.path(name),
            format,
            bundle: self.bundle(start),
            crates_root: self.path("crates"),
            style: PrefixStyle::Lower,
            keep_going: false,
        };
        for krate in crates {
            let path = order.crates_root.join(id(krate).path(order.style));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, &self.crates[*krate]).unwrap();
        }
        let crates = crates.iter().map(|krate| id(krate));
        pack(&order, crates, &mut |_| (), &CancellationToken::new()).unwrap();
        order.archive
    }
}

/// The mirror that takes archives over.
pub(crate) struct Importer {
    folder: PathBuf,
    /// Removes the folder, where it is ours.
    _folder: Option<TempDir>,
    pub(crate) style: PrefixStyle,
    pub(crate) keep_going: bool,
    pub(crate) limits: CratesLimits,
}

impl Importer {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_owned();
        let importer = Self { _folder: Some(folder), ..Self::at(path) };
        importer.repository();
        fs::create_dir(importer.path("crates")).unwrap();
        fs::create_dir(importer.path(".romt")).unwrap();
        importer
    }

    /// The mirror in this folder.
    pub(crate) fn at(folder: PathBuf) -> Self {
        let (style, limits) = (PrefixStyle::Lower, CratesLimits::default());
        Self { folder, _folder: None, style, keep_going: false, limits }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(crate) fn index(&self) -> PathBuf {
        self.path("git/crates.io-index")
    }

    pub(crate) fn repository(&self) -> IndexRepository {
        IndexRepository::open_or_init(&self.index()).unwrap()
    }

    pub(crate) fn order(&self, archive: &Path) -> UnpackOrder {
        UnpackOrder {
            archive: archive.to_owned(),
            bundle: self.index().join("origin.bundle"),
            crates_root: self.path("crates"),
            style: self.style,
            state: self.path(".romt"),
            keep_going: self.keep_going,
            limits: self.limits,
        }
    }

    pub(crate) fn unpack(&self, archive: &Path) -> anyhow::Result<Unpacked> {
        self.unpack_telling(archive, &mut |_| ())
    }

    pub(crate) fn unpack_telling(
        &self,
        archive: &Path,
        on: &mut dyn FnMut(UnpackEvent<'_>),
    ) -> anyhow::Result<Unpacked> {
        let git = GitProgram::find();
        let seen = &mut SeenFiles::default();
        unpack(&self.order(archive), &self.repository(), git.as_ref(), seen, on, &CancellationToken::new())
    }

    /// Moves `working` to what the bundle brought, as pulling would.
    pub(crate) fn pull(&self) {
        let bundle = self.index().join("origin.bundle");
        git(
            &self.index(),
            &["fetch", "--quiet", bundle.to_str().unwrap(), "+refs/heads/bundle/master:refs/heads/working"],
        );
    }

    /// The crates that are there, by their paths below the folder of crates.
    pub(crate) fn crates(&self) -> BTreeMap<String, Vec<u8>> {
        let root = self.path("crates");
        let mut found = BTreeMap::new();
        walk(&root, &mut |path, is_folder| {
            if !is_folder {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read(path).unwrap());
            }
        });
        found
    }

    /// Everything that is in the mirror's folder, git included: folders, links and the digests of files.
    pub(crate) fn everything(&self) -> BTreeMap<PathBuf, String> {
        let mut found = BTreeMap::new();
        walk(&self.folder, &mut |path, is_folder| {
            let what = match fs::read_link(path) {
                Ok(target) => format!("link to {}", target.display()),
                Err(_) if is_folder => "folder".to_owned(),
                Err(_) => Digest::of(&fs::read(path).unwrap()).to_string(),
            };
            found.insert(path.to_owned(), what);
        });
        found
    }

    /// Takes the archive over, which must fail and change nothing; the error with all its causes.
    pub(crate) fn refuses(&self, archive: &Path) -> String {
        let before = self.everything();
        let error = match self.unpack(archive) {
            Ok(done) => panic!("not refused: {done:?}"),
            Err(error) => format!("{error:#}"),
        };
        assert_eq!(self.everything(), before, "{error}");
        error
    }
}

fn walk(folder: &Path, visit: &mut dyn FnMut(&Path, bool)) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let is_folder = entry.file_type().unwrap().is_dir();
        visit(&entry.path(), is_folder);
        if is_folder {
            walk(&entry.path(), visit);
        }
    }
}
