//! The fake upstream of toolchains and of rustup: `/dist/` and `/rustup/` over HTTP.

mod toolchain;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Mutex;

use bytes::Bytes;
use romt_dist::testing::SigningKey;
use romt_dist::{ManifestPath, Release, RustupKey};
use romt_types::Digest;

use crate::{Request, Upstream};

pub use toolchain::FakeToolchain;

/// A server of toolchains and rustup as Rust's own is laid out. It can misbehave, and it writes down what it is asked:
/// see [`http`](Self::http). Releases may be published while it runs.
#[derive(Debug)]
pub struct DistUpstream {
    http: Upstream,
    /// What the URLs in manifests begin with.
    host: String,
    /// Which release each name at the top of `/dist/` stands for.
    names: Mutex<BTreeMap<ManifestPath, Release>>,
    /// Every file that was ever put there, for [`copy_to`](Self::copy_to).
    paths: Mutex<Vec<String>>,
}

/// Where the version is that rustup updates itself to.
const STABLE_RUSTUP: &str = "/rustup/release-stable.toml";

impl DistUpstream {
    /// An upstream without releases. The URLs in its manifests name itself.
    pub fn start() -> Self {
        let http = Upstream::start();
        let host = http.base_url().to_owned();
        Self { http, host, names: Mutex::default(), paths: Mutex::default() }
    }

    /// The same, but the URLs in its manifests begin with `host`, which nobody should ever ask: clients put their mirror in
    /// the place of the public server's address.
    pub fn start_as(host: &str) -> Self {
        Self { host: host.to_owned(), ..Self::start() }
    }

    /// The server: what it is asked, and what it does wrong.
    pub fn http(&self) -> &Upstream {
        &self.http
    }

    /// Its address, as `RUSTUP_DIST_SERVER` takes it.
    pub fn server_url(&self) -> &str {
        self.http.base_url()
    }

    /// The address of its toolchains, as `romt toolchain --url` takes it.
    pub fn dist_url(&self) -> String {
        format!("{}/dist", self.http.base_url())
    }

    /// The address of its rustup, as `romt rustup --url` and `RUSTUP_UPDATE_ROOT` take it.
    pub fn rustup_url(&self) -> String {
        format!("{}/rustup", self.http.base_url())
    }

    /// From now on everything below `/dist/` is signed by this key, or by none.
    pub fn sign_with(&self, key: Option<&SigningKey>) {
        self.http.sign_files_with(key.cloned());
    }

    /// Publishes a release: its packages, then its manifest under every name that rustup asks for. A name that moves on
    /// with time stays where it is if that is newer.
    pub fn publish(&self, toolchain: &FakeToolchain) {
        for (path, content) in toolchain.files() {
            self.put_with_hash(&format!("/dist/{path}"), content);
        }
        let manifest = toolchain.manifest(&self.host);
        let release = toolchain.release();
        self.put_manifest(&release.canonical().to_string(), manifest.clone());
        let mut names = self.names.lock().expect("no panic while locked");
        for name in release.aliases() {
            if names.get(&name).is_none_or(|held| toolchain.is_newer_than(held)) {
                names.insert(name, release);
                self.put_manifest(&name.to_string(), manifest.clone());
            }
        }
    }

    /// Puts a manifest at a path below `/dist/`, with its hash beside it.
    pub fn put_manifest(&self, path: &str, content: impl Into<Bytes>) {
        self.put_with_hash(&format!("/dist/{path}"), content.into());
    }

    /// Publishes a version of rustup for these targets, each a small file that is always the same, and makes it the stable
    /// one.
    pub fn publish_rustup(&self, version: &str, targets: &[&str]) {
        for target in targets {
            self.put_rustup(version, target, format!("rustup-init {version} for {target}\n"));
        }
        self.set_stable_rustup(version);
    }

    /// Puts `rustup-init` of a version and target there. As upstream's are, the hashes beside those for Windows are without
    /// a name.
    pub fn put_rustup(&self, version: &str, target: &str, content: impl Into<Bytes>) {
        let (content, path) = (content.into(), rustup_path(version, target));
        let hash = Digest::of(&content);
        let text = if target.contains("windows") { format!("{hash}\n") } else { format!("{hash} *./{path}\n") };
        self.put(&format!("/rustup/{path}.sha256"), text);
        self.put(&format!("/rustup/{path}"), content);
    }

    /// Makes a version of rustup the stable one, which is also below `/rustup/dist/`.
    pub fn set_stable_rustup(&self, version: &str) {
        let archive = format!("/rustup/archive/{version}/");
        let paths = self.paths.lock().expect("no panic while locked").clone();
        for (path, name) in paths.iter().filter_map(|path| Some((path, path.strip_prefix(&archive)?))) {
            self.put(&format!("/rustup/dist/{name}"), self.file(path));
        }
        self.put(STABLE_RUSTUP, format!("schema-version = '1'\nversion = '{version}'\n"));
    }

    /// Puts a file at a path below `/dist/` or `/rustup/`, with nothing beside it.
    pub fn put(&self, path: &str, content: impl Into<Bytes>) {
        self.paths.lock().expect("no panic while locked").push(path.to_owned());
        self.http.put_file(path, content);
    }

    /// What is at a path below `/dist/` or `/rustup/`.
    ///
    /// # Panics
    /// When there is nothing.
    #[track_caller]
    pub fn file(&self, path: &str) -> Bytes {
        self.http.file_at(path).unwrap_or_else(|| panic!("there is no {path} upstream"))
    }

    /// The paths that were asked for with GET so far, in order.
    pub fn asked(&self) -> Vec<String> {
        let gets = self.http.requests().into_iter().filter(|request: &Request| request.method == "GET");
        gets.map(|request| request.path).collect()
    }

    /// Copies everything that is there into a folder, which then is an upstream of its own: `FOLDER/dist`, `FOLDER/rustup`.
    /// Signatures that are made when they are asked for are not there.
    pub fn copy_to(&self, folder: &Path) {
        for path in self.paths.lock().expect("no panic while locked").iter() {
            let Some(content) = self.http.file_at(path) else { continue };
            let file = folder.join(path.trim_start_matches('/'));
            fs::create_dir_all(file.parent().expect("a parent")).expect("a folder in a temporary folder");
            fs::write(file, content).expect("a file in a temporary folder");
        }
    }

    fn put_with_hash(&self, path: &str, content: Bytes) {
        let name = path.rsplit('/').next().unwrap_or(path);
        self.put(&format!("{path}.sha256"), format!("{}  {name}\n", Digest::of(&content)));
        self.put(path, content);
    }
}

/// `archive/1.27.1/x86_64-pc-windows-msvc/rustup-init.exe`.
fn rustup_path(version: &str, target: &str) -> String {
    let (version, target) = (version.parse().expect("X.Y.Z"), target.parse().expect("a target"));
    RustupKey::Archive { version, target, hash: false }.to_string()
}

#[cfg(test)]
mod tests;
