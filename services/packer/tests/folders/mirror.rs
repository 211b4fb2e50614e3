//! A folder with a mirror in it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use romt_bundle::{FolderArchiveReader, FolderKey, FolderLimits};
use romt_dist::{DistKey, RustupKey};
use romt_packer::{
    FileEvent, PackRustup, PackToolchains, SignedFile, UnpackRustup, UnpackToolchains, UnpackedRustup,
    UnpackedToolchains, pack_rustup, pack_toolchains, unpack_rustup, unpack_toolchains,
};
use romt_storage::SeenFiles;
use romt_types::Digest;
use std::io::Read;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// A mirror with the folders `dist`, `rustup` and `.romt`, none of which has to be there.
pub(crate) struct Mirror {
    folder: PathBuf,
    /// Removes the folder, where it is ours.
    _folder: Option<TempDir>,
}

/// What a check of signatures says where none is made.
#[expect(clippy::unnecessary_wraps, reason = "it stands where a check of signatures does, which may fail")]
pub(crate) fn unsigned(_: SignedFile<'_>) -> anyhow::Result<()> {
    Ok(())
}

impl Mirror {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(".romt")).unwrap();
        Self { folder: folder.path().to_owned(), _folder: Some(folder) }
    }

    /// The one in this folder.
    pub(crate) fn at(folder: PathBuf) -> Self {
        Self { folder, _folder: None }
    }

    /// One that has these files.
    pub(crate) fn of<K: FolderKey>(files: &[(K, Vec<u8>)]) -> Self {
        let mirror = Self::new();
        for (key, content) in files {
            mirror.put(&key.member_name(), content);
        }
        mirror
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(crate) fn put(&self, name: &str, content: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Packs these of its files into the archive `name`.
    pub(crate) fn pack(&self, name: &str, keys: impl IntoIterator<Item = DistKey>) -> PathBuf {
        let order = PackToolchains { archive: self.path(name), dest: self.path("dist") };
        pack_toolchains(&order, keys, &mut |_| (), &CancellationToken::new()).unwrap();
        order.archive
    }

    pub(crate) fn pack_rustup(&self, name: &str, keys: impl IntoIterator<Item = RustupKey>) -> PathBuf {
        let order = PackRustup { archive: self.path(name), dest: self.path("rustup") };
        pack_rustup(&order, keys, &mut |_| (), &CancellationToken::new()).unwrap();
        order.archive
    }

    pub(crate) fn order(&self, archive: &Path) -> UnpackToolchains {
        UnpackToolchains {
            archive: archive.to_owned(),
            dest: self.path("dist"),
            state: self.path(".romt"),
            limits: FolderLimits::default(),
        }
    }

    pub(crate) fn rustup_order(&self, archive: &Path) -> UnpackRustup {
        UnpackRustup {
            archive: archive.to_owned(),
            dest: self.path("rustup"),
            state: self.path(".romt"),
            limits: FolderLimits::default(),
        }
    }

    pub(crate) fn unpack(&self, archive: &Path) -> anyhow::Result<UnpackedToolchains> {
        unpack_toolchains(
            &self.order(archive),
            &mut SeenFiles::default(),
            &unsigned,
            &mut |_| (),
            &CancellationToken::new(),
        )
    }

    pub(crate) fn unpack_telling(
        &self,
        archive: &Path,
        on: &mut dyn FnMut(FileEvent<'_, DistKey>),
        stop: &CancellationToken,
    ) -> anyhow::Result<UnpackedToolchains> {
        unpack_toolchains(&self.order(archive), &mut SeenFiles::default(), &unsigned, on, stop)
    }

    pub(crate) fn unpack_rustup(&self, archive: &Path) -> anyhow::Result<UnpackedRustup> {
        unpack_rustup(&self.rustup_order(archive), &mut |_| (), &CancellationToken::new())
    }

    /// Does what must fail and change nothing; the error with all its causes.
    pub(crate) fn refuses<T: std::fmt::Debug>(&self, attempt: impl FnOnce(&Self) -> anyhow::Result<T>) -> String {
        let before = self.everything();
        let error = match attempt(self) {
            Ok(done) => panic!("not refused: {done:?}"),
            Err(error) => format!("{error:#}"),
        };
        assert_eq!(self.everything(), before, "{error}");
        error
    }

    /// The files below a folder of the mirror, by their paths from the mirror's folder.
    pub(crate) fn files(&self, folder: &str) -> BTreeMap<String, Vec<u8>> {
        let mut found = BTreeMap::new();
        if self.path(folder).is_dir() {
            walk(&self.path(folder), &mut |path, is_folder| {
                if !is_folder {
                    let name = path.strip_prefix(&self.folder).unwrap().to_str().unwrap().to_owned();
                    found.insert(name, fs::read(path).unwrap());
                }
            });
        }
        found
    }

    /// Everything that is in the mirror's folder: folders, links and the digests of files.
    pub(crate) fn everything(&self) -> BTreeMap<PathBuf, String> {
        let mut found = BTreeMap::new();
        walk(&self.folder, &mut |path, is_folder| {
            let what = match fs::read_link(path) {
                Ok(target) => format!("link to {}", target.display()),
                Err(_) if is_folder => "folder".to_owned(),
                Err(_) => Digest::of(&fs::read(path).unwrap()).to_string(),
            };
            found.insert(path.strip_prefix(&self.folder).unwrap().to_owned(), what);
        });
        found
    }
}

/// What an archive with these files makes of an empty mirror.
pub(crate) fn expected<K: FolderKey>(files: &[(K, Vec<u8>)]) -> BTreeMap<String, Vec<u8>> {
    files.iter().map(|(key, content)| (key.member_name(), content.clone())).collect()
}

/// The members of an archive, by our own reader.
pub(crate) fn members<K: FolderKey>(archive: &Path) -> Vec<(K, Vec<u8>)> {
    let mut reader = FolderArchiveReader::<K, _>::open(archive, FolderLimits::default()).unwrap();
    let mut found = Vec::new();
    while let Some(mut entry) = reader.next_entry().unwrap() {
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        found.push((entry.member().clone(), content));
    }
    found
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
