//! The toolchain of this machine, as the packages it was installed from.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use bytes::Bytes;
use romt_types::Digest;

use super::component::Component;
use crate::{DistUpstream, FakeToolchain};

/// The toolchain that builds these tests, if rustup installed it.
#[derive(Debug, Clone)]
pub struct InstalledToolchain {
    folder: PathBuf,
    /// The machine it is for.
    pub host: String,
    /// `1.95.0`.
    pub version: String,
    /// What its compiler says of itself: `rustc 1.95.0 (59807616e 2026-04-14)`.
    pub rustc: String,
}

/// What a toolchain of the profile `minimal` is made of.
const PACKAGES: [&str; 3] = ["rustc", "cargo", "rust-std"];

impl InstalledToolchain {
    /// Looks for it; an error says what is missing.
    pub fn find() -> Result<Self, String> {
        let rustc = |args: &[&str]| {
            let output = Command::new("rustc").args(args).output().map_err(|error| format!("rustc: {error}"))?;
            Ok::<_, String>(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        };
        let (folder, about, line) = (rustc(&["--print", "sysroot"])?, rustc(&["-vV"])?, rustc(&["-V"])?);
        let field = |name: &str| about.lines().find_map(|line| line.strip_prefix(name)).map(ToOwned::to_owned);
        let (Some(host), Some(version)) = (field("host: "), field("release: ")) else {
            return Err("rustc does not say what it is".to_owned());
        };
        if version.contains('-') {
            return Err(format!("{version} is no stable release"));
        }
        let found = Self { folder: folder.into(), host, version, rustc: line };
        match PACKAGES.iter().map(|package| found.list(package)).find(|list| !list.is_file()) {
            Some(list) => Err(format!("there is no {}: rustup did not install this toolchain", list.display())),
            None => Ok(found),
        }
    }

    /// Publishes it as the release of stable of this day. Its packages are compressed by gzip, which is quick, so the
    /// manifest has no others of them. Returns their paths below `dist/`.
    pub fn publish(&self, upstream: &DistUpstream, host: &str, date: &str) -> Vec<String> {
        let toolchain = FakeToolchain::stable(&self.version, date);
        let mut manifest = toolchain.manifest(host);
        let mut paths = Vec::new();
        for package in PACKAGES {
            let content = self.packed(package);
            let path = toolchain.path(package, &self.host).replace(".tar.xz", ".tar.gz");
            let entry = format!(
                "[pkg.{package}.target.{}]\navailable = true\nurl = \"{host}/dist/{path}\"\nhash = \"{}\"\n",
                self.host,
                Digest::of(&content)
            );
            let (head, rest) = entry.split_once('\n').expect("a line");
            let (before, after) = manifest.split_once(head).expect("the entry of a package");
            let after = after.split_once("\n\n").map_or("", |(_, after)| after);
            manifest = format!("{before}{head}\n{rest}\n{after}");
            upstream.put(&format!("/dist/{path}"), content);
            paths.push(path);
        }
        let release = toolchain.release();
        for name in std::iter::once(release.canonical()).chain(release.aliases()) {
            upstream.put_manifest(&name.to_string(), manifest.clone());
        }
        paths
    }

    /// The list of a package's files.
    fn list(&self, package: &str) -> PathBuf {
        self.folder.join(format!("lib/rustlib/manifest-{package}-{}", self.host))
    }

    fn component(&self, package: &str) -> Component {
        let list = fs::read_to_string(self.list(package)).expect("the list of a package's files");
        let paths = list.lines().flat_map(|line| match line.split_once(':') {
            Some(("file", path)) => vec![path.to_owned()],
            Some(("dir", path)) => files_below(&self.folder, path),
            _ => panic!("`{line}` in the list of {package}"),
        });
        paths.fold(Component::new(package, &self.host), |component, path| {
            let source = self.folder.join(&path);
            let mode = fs::metadata(&source).expect("a file of the toolchain").permissions().mode() & 0o777;
            component.file_at(&path, mode, source)
        })
    }

    /// A package. That takes seconds, so it is kept in the folder where cargo builds.
    fn packed(&self, package: &str) -> Bytes {
        // Another toolchain of the same version says another commit.
        let name: String = self.rustc.chars().filter(|c| c.is_ascii_alphanumeric() || ".-".contains(*c)).collect();
        let folder = built_folder().join("tmp").join(format!("{name}-{}", self.host));
        let kept = || -> io::Result<Bytes> {
            fs::create_dir_all(&folder)?;
            // One packs, the others wait.
            let lock = File::create(folder.join("lock"))?;
            lock.lock()?;
            let (path, part) = (folder.join(format!("{package}.tar.gz")), folder.join(format!("{package}.part")));
            if !path.exists() {
                self.component(package).gzip(BufWriter::new(File::create(&part)?))?;
                fs::rename(&part, &path)?;
            }
            fs::read(&path).map(Into::into)
        };
        kept().unwrap_or_else(|error| panic!("packing {package} into {}: {error}", folder.display()))
    }
}

fn files_below(root: &Path, folder: &str) -> Vec<String> {
    let entries = fs::read_dir(root.join(folder)).expect("a folder of the toolchain");
    let below = entries.flat_map(|entry| {
        let entry = entry.expect("a folder that is read");
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() { files_below(root, &path) } else { vec![path] }
    });
    below.collect()
}

/// The folder in which cargo built the running test, `target`: that is `target/debug/deps/TEST`.
fn built_folder() -> PathBuf {
    let test = std::env::current_exe().expect("the running test's path");
    test.ancestors().nth(3).expect("where cargo puts tests").to_owned()
}
