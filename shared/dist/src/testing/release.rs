//! A release of a toolchain in the size of a real one.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use romt_types::Digest;

use crate::{Channel, PackagePath, Release};

/// The host whose documentation other targets share.
pub const HOST: &str = "x86_64-unknown-linux-gnu";

/// A release with as many targets and packages as Rust 1.76.0: 115 targets, 94 of them available, and 425 packages
/// that are available; 15 of them are for [`HOST`], whose documentation is also that of 10 other hosts and of 8 targets
/// that have nothing else.
#[derive(Debug, Clone)]
pub struct SampleRelease {
    /// Which it is; its day is that of its folder.
    pub release: Release,
}

const HOSTS: [&str; 26] = [
    "aarch64-apple-darwin",
    "aarch64-pc-windows-gnullvm",
    "aarch64-pc-windows-msvc",
    "aarch64-unknown-linux-gnu",
    "aarch64-unknown-linux-musl",
    "arm-unknown-linux-gnueabi",
    "arm-unknown-linux-gnueabihf",
    "armv7-unknown-linux-gnueabihf",
    "i686-pc-windows-gnu",
    "i686-pc-windows-msvc",
    "i686-unknown-linux-gnu",
    "loongarch64-unknown-linux-gnu",
    "powerpc-unknown-linux-gnu",
    "powerpc64-unknown-linux-gnu",
    "powerpc64le-unknown-linux-gnu",
    "riscv64gc-unknown-linux-gnu",
    "s390x-unknown-linux-gnu",
    "x86_64-apple-darwin",
    "x86_64-pc-windows-gnu",
    "x86_64-pc-windows-gnullvm",
    "x86_64-pc-windows-msvc",
    "x86_64-unknown-freebsd",
    "x86_64-unknown-illumos",
    HOST,
    "x86_64-unknown-linux-musl",
    "x86_64-unknown-netbsd",
];
/// Hosts and others that have the documentation of [`HOST`].
const SHARING: [&str; 18] = [
    "aarch64-unknown-linux-musl",
    "arm-unknown-linux-gnueabi",
    "arm-unknown-linux-gnueabihf",
    "armv7-unknown-linux-gnueabihf",
    "loongarch64-unknown-linux-gnu",
    "powerpc-unknown-linux-gnu",
    "powerpc64-unknown-linux-gnu",
    "powerpc64le-unknown-linux-gnu",
    "riscv64gc-unknown-linux-gnu",
    "s390x-unknown-linux-gnu",
    // From here on, those that have nothing else.
    "i686-apple-darwin",
    "mips-unknown-linux-gnu",
    "mips-unknown-linux-musl",
    "mips64-unknown-linux-gnuabi64",
    "mips64el-unknown-linux-gnuabi64",
    "mipsel-unknown-linux-gnu",
    "mipsel-unknown-linux-musl",
    "sparcv9-sun-solaris",
];
const DOCS_ONLY: usize = 10;
/// Each with each: 60 targets that have a standard library, and 21 that have nothing.
const CROSS: ([&str; 10], [&str; 6]) = (
    ["aarch64", "arm", "armv5te", "armv7", "i586", "riscv32imac", "sparc64", "thumbv7em", "wasm32", "nvptx64"],
    ["apple-ios", "linux-android", "unknown-fuchsia", "unknown-linux-ohos", "unknown-none", "unknown-uefi"],
);
const UNAVAILABLE: ([&str; 3], [&str; 7]) = (
    ["aarch64_be", "bpfel", "hexagon"],
    [
        "unknown-haiku",
        "unknown-linux-gnu",
        "unknown-linux-musl",
        "unknown-none",
        "unknown-openbsd",
        "unknown-redox",
        "wrs-vxworks",
    ],
);
/// What a host has beside the standard library.
const HOST_PACKAGES: [&str; 13] = [
    "cargo",
    "clippy-preview",
    "llvm-tools-preview",
    "miri-preview",
    "rust",
    "rust-analysis",
    "rust-analyzer-preview",
    "rust-docs",
    "rust-docs-json-preview",
    "rustc",
    "rustc-dev",
    "rustc-docs",
    "rustfmt-preview",
];
/// What the combined package of a host is made of.
const COMBINED: [&str; 4] = ["rustc", "rust-std", "cargo", "rust-docs"];
const RENAMED: [&str; 6] = ["clippy", "llvm-tools", "miri", "rust-analyzer", "rust-docs-json", "rustfmt"];
const PROFILES: &str = "[profiles]\n\
    minimal = [\"rustc\", \"cargo\", \"rust-std\", \"rust-mingw\"]\n\
    default = [\"rustc\", \"cargo\", \"rust-std\", \"rust-mingw\", \"rust-docs\", \"rustfmt-preview\", \"clippy-preview\"]\n\
    complete = [\"rustc\", \"cargo\", \"rust-std\", \"rust-mingw\", \"rust-docs\", \"rustfmt-preview\", \"clippy-preview\", \
    \"rust-analyzer-preview\", \"rust-src\", \"llvm-tools-preview\", \"rust-analysis\", \"miri-preview\"]\n";

impl SampleRelease {
    /// One of stable: `1.76.0` of `2024-02-08`.
    pub fn stable(version: &str, date: &str) -> Self {
        Self::new(Channel::Stable, version, date, None)
    }

    /// A beta before `version`.
    pub fn beta(version: &str, number: u32, date: &str) -> Self {
        Self::new(Channel::Beta, version, date, Some(number))
    }

    /// A nightly before `version`.
    pub fn nightly(version: &str, date: &str) -> Self {
        Self::new(Channel::Nightly, version, date, None)
    }

    fn new(channel: Channel, version: &str, date: &str, beta: Option<u32>) -> Self {
        let (date, version) = (date.parse().expect("a date"), version.parse().expect("a version"));
        Self { release: Release { date, channel, version, beta } }
    }

    /// The manifest of packages whose content is [`content`](Self::content), below `base`, a URL.
    pub fn manifest(&self, base: &str) -> String {
        self.manifest_of(base, |path| Digest::of(&Self::content(path)))
    }

    /// The manifest of packages that have these digests.
    pub fn manifest_of(&self, base: &str, digest: impl Fn(&PackagePath) -> Digest) -> String {
        let mut text = format!("manifest-version = \"2\"\ndate = \"{}\"\n", self.release.date);
        let mut last = "";
        for (name, target, available) in entries() {
            if last != name {
                let _ = write!(
                    text,
                    "\n[pkg.{name}]\nversion = \"{}\"\ngit_commit_hash = \"{:040x}\"\n",
                    self.version(),
                    7
                );
                last = name;
            }
            let key = if target == "*" { "\"*\"" } else { &target };
            let _ = write!(text, "\n[pkg.{name}.target.{key}]\navailable = {available}\n");
            if available {
                let path = self.package_path(name, &target);
                let (digest, twin) = (digest(&path), path.as_str().replace(".tar.xz", ".tar.gz"));
                let _ = write!(text, "url = \"{base}/dist/{twin}\"\nhash = \"{}\"\n", Digest::of(twin.as_bytes()));
                let _ = write!(text, "xz_url = \"{base}/dist/{path}\"\nxz_hash = \"{digest}\"\n");
                if name == "rust" {
                    text.push_str(&parts_of_combined(&target));
                }
            }
        }
        for name in RENAMED {
            let _ = write!(text, "\n[renames.{name}]\nto = \"{name}-preview\"\n");
        }
        let _ = write!(text, "\n{PROFILES}\n[[artifacts.source-code.target.\"*\"]]\n");
        let _ = write!(text, "url = \"{base}/dist/{}/rustc-src.tar.xz\"\nhash-sha256 = \"00\"\n", self.release.date);
        text
    }

    /// The files of all packages that are available, each once.
    pub fn files(&self) -> BTreeSet<PackagePath> {
        entries().iter().filter(|entry| entry.2).map(|(name, target, _)| self.package_path(name, target)).collect()
    }

    /// What is in a file, where a test has nothing better.
    pub fn content(path: &PackagePath) -> Vec<u8> {
        format!("content of {path}\n").into_bytes()
    }

    /// The version as packages have it.
    fn version(&self) -> String {
        let (version, date) = (self.release.version, self.release.date);
        let suffix = match (self.release.channel, self.release.beta) {
            (Channel::Nightly, _) => "-nightly".into(),
            (Channel::Beta, Some(number)) => format!("-beta.{number}"),
            (Channel::Beta, None) => "-beta".into(),
            (Channel::Stable, _) => String::new(),
        };
        format!("{version}{suffix} (0123456789 {date})")
    }

    /// The file of a package, which it may share with other targets; `*` is for all of them.
    ///
    /// # Panics
    /// When the names are none.
    pub fn package_path(&self, name: &str, target: &str) -> PackagePath {
        let channel = match self.release.channel {
            Channel::Stable => self.release.version.to_string(),
            channel => channel.to_string(),
        };
        let name = name.trim_end_matches("-preview");
        let target = if name == "rust-docs" && SHARING.contains(&target) { HOST } else { target };
        let target = if target == "*" { String::new() } else { format!("-{target}") };
        format!("{}/{name}-{channel}{target}.tar.xz", self.release.date).parse().expect("a path")
    }
}

/// What the combined package of a host is made of, and what may be added to it: the host's other packages, and every
/// standard library.
fn parts_of_combined(host: &str) -> String {
    let mut text = String::new();
    let mut add = |list: &str, name: &str, target: &str| {
        let _ = write!(text, "\n[[pkg.rust.target.{host}.{list}]]\npkg = \"{name}\"\ntarget = \"{target}\"\n");
    };
    let mingw = host.contains("windows-gnu").then_some("rust-mingw");
    COMBINED.into_iter().chain(mingw).for_each(|name| add("components", name, host));
    let others = HOST_PACKAGES.into_iter().filter(|name| *name != "rust" && !COMBINED.contains(name));
    others.for_each(|name| add("extensions", name, host));
    for target in libraries().chain(["*".into()]) {
        add("extensions", if target == "*" { "rust-src" } else { "rust-std" }, &target);
    }
    text
}

fn each_with_each(left: &'static [&str], right: &'static [&str]) -> impl Iterator<Item = String> {
    left.iter().flat_map(move |left| right.iter().map(move |right| format!("{left}-{right}")))
}

fn libraries() -> impl Iterator<Item = String> {
    HOSTS.iter().map(ToString::to_string).chain(each_with_each(&CROSS.0, &CROSS.1))
}

/// Every package for every target, and whether it is available: name by name.
fn entries() -> Vec<(&'static str, String, bool)> {
    let hosts = || HOSTS.iter().map(ToString::to_string);
    let mut all = vec![("rust-src", "*".to_owned(), true)];
    all.extend(libraries().map(|target| ("rust-std", target, true)));
    all.extend(each_with_each(&UNAVAILABLE.0, &UNAVAILABLE.1).map(|target| ("rust-std", target, false)));
    all.extend(hosts().map(|host| {
        let available = host.contains("windows-gnu");
        ("rust-mingw", host, available)
    }));
    for name in HOST_PACKAGES {
        let no_json = |host: &str| ["windows", "musl", "bsd", "illumos"].iter().any(|system| host.contains(system));
        all.extend(hosts().map(|host| {
            let available = name != "rust-docs-json-preview" || !no_json(&host);
            (name, host, available)
        }));
        if name == "rust-docs" {
            all.extend(SHARING.iter().skip(DOCS_ONLY).map(|target| (name, (*target).to_owned(), true)));
        }
    }
    all
}
