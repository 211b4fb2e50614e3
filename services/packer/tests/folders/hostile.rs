//! Archives that somebody made to do harm: each is refused with a reason, and the mirror is as it was.

use std::fs::{self, File};
use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use romt_bundle::FolderLimits;
use romt_dist::testing::{HOST, SampleRelease};
use romt_dist::{DistFile, DistKey, HashFile, Part};
use romt_packer::{UnpackToolchains, unpack_toolchains};
use romt_storage::SeenFiles;
use romt_types::Digest;
use tar::EntryType;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::mirror::{Mirror, unsigned};
use crate::release::{Release, files, rustup, small};
use crate::tar_file::Tar;

/// A mirror that holds a release already, and what a good archive consists of.
struct Attack {
    mirror: Mirror,
    files: Vec<(DistKey, Vec<u8>)>,
    folder: TempDir,
}

impl Attack {
    fn new() -> Self {
        let files = files(&[small()], None);
        let mirror = Mirror::of(&files);
        for (key, content) in rustup(&[("1.27.1", HOST)]) {
            mirror.put(&format!("rustup/{key}"), &content);
        }
        Self { mirror, files, folder: tempfile::tempdir().unwrap() }
    }

    /// Has each way of writing it refused as an archive of toolchains; the reason.
    fn refused(&self, tar: &Tar) -> String {
        self.each(tar, |mirror, archive| mirror.refuses(|mirror| mirror.unpack(archive)))
    }

    fn refused_as_rustup(&self, tar: &Tar) -> String {
        self.each(tar, |mirror, archive| mirror.refuses(|mirror| mirror.unpack_rustup(archive)))
    }

    fn each(&self, tar: &Tar, refuse: impl Fn(&Mirror, &std::path::Path) -> String) -> String {
        let mut error = String::new();
        for name in ["hostile.tar", "hostile.tgz", "hostile.tar.gz"] {
            let archive = self.folder.path().join(name);
            tar.clone().write(&archive);
            error = refuse(&self.mirror, &archive);
        }
        error
    }

    /// The good files with one changed.
    fn with(&self, at: usize, content: impl Into<Vec<u8>>) -> Tar {
        let mut files = self.files.clone();
        files[at].1 = content.into();
        Tar::of(&files)
    }

    fn without(&self, at: usize) -> Tar {
        let mut files = self.files.clone();
        files.remove(at);
        Tar::of(&files)
    }
}

const NAME: &str = "dist/2024-02-08/x-1.76.0.tar.xz";

#[test]
fn row_53_foreign_members() {
    let attack = Attack::new();
    for name in [
        "etc/x",
        "config.toml",
        "crates/1/a/a-1.0.0.crate",
        "dist/x",
        "dist/channel-rust-stable.toml",
        "dist/2024-02-08/channel-rust-1.76.0.toml",
        "rustup/release-stable.toml",
        "rustup/dist/x86_64-unknown-linux-gnu/rustup-init",
        "rustup/archive/junk",
        "rustup/archive/1.27/x86_64-unknown-linux-gnu/rustup-init",
        "rustup/archive/1.27.1/x86_64-unknown-linux-gnu/rustup-setup",
    ] {
        let error = attack.refused(&Tar::of(&attack.files).file(name, b"x"));
        assert!(error.contains("unexpected archive member") && error.contains(name), "{error}");
        let error = attack.refused_as_rustup(&Tar::of(&rustup(&[("1.27.1", HOST)])).file(name, b"x"));
        assert!(error.contains("unexpected archive member") && error.contains(name), "{error}");
    }
    // Each kind of archive is none of the other kind.
    attack.refused(&Tar::of(&rustup(&[("1.27.1", HOST)])));
    attack.refused_as_rustup(&Tar::of(&attack.files));
}

#[test]
fn row_54_names_and_links_that_lead_elsewhere() {
    let attack = Attack::new();
    let outside = attack.folder.path().join("outside");
    fs::write(&outside, "precious").unwrap();
    let target = outside.to_str().unwrap();
    for name in [
        "dist/../x",
        "dist/../../x",
        "dist/2024-02-08/../../x.tar.xz",
        "dist/2024-02-08/../x-1.76.0.tar.xz",
        "/etc/passwd",
        "/dist/2024-02-08/x-1.76.0.tar.xz",
        "./dist/2024-02-08/x-1.76.0.tar.xz",
        "dist//2024-02-08/x-1.76.0.tar.xz",
        "dist/2024-02-08/x-1.76.0.tar.xz/",
        "rustup/archive/../../x",
        "rustup/archive/1.27.1/../../../x/rustup-init",
        "rustup/archive/1.27.1/./rustup-init",
        ".romt/lock",
        "",
    ] {
        let error = attack.refused(&Tar::of(&attack.files).file(name, b"x"));
        assert!(error.contains("unexpected archive member"), "{error}");
        let error = attack.refused_as_rustup(&Tar::of(&rustup(&[("1.27.1", HOST)])).file(name, b"x"));
        assert!(error.contains("unexpected archive member"), "{error}");
    }
    let manifest = format!("dist/{}", attack.files[0].0);
    for kind in [EntryType::Symlink, EntryType::Link, EntryType::Char, EntryType::Fifo, EntryType::GNUSparse] {
        for name in [NAME, "dist/2024-02-08", "rustup/archive"] {
            let error = attack.refused(&Tar::of(&attack.files).header(kind, name, target, 0));
            assert!(error.contains("only files and folders"), "{error}");
            let error = attack.refused_as_rustup(&Tar::default().header(kind, name, target, 0));
            assert!(error.contains("only files and folders"), "{error}");
        }
        // A link in the place of the manifest, then the manifest, which would be written through it.
        let tar = Tar::default().header(kind, &manifest, target, 0);
        let tar = attack.files.iter().fold(tar, |tar, (key, content)| tar.file(&format!("dist/{key}"), content));
        let error = attack.refused(&tar);
        assert!(error.contains(&manifest) && error.contains("only files and folders"), "{error}");
    }
    assert_eq!(fs::read(outside).unwrap(), b"precious");
}

#[test]
fn row_35_packages_that_the_manifest_does_not_have_so() {
    let attack = Attack::new();
    let package = attack.files.iter().position(|(key, _)| matches!(key.file, DistFile::Package(_))).unwrap();
    let name = attack.files[package].0.to_string();
    let mut altered = attack.files.clone();
    altered[package].1 = b"evil".to_vec();
    // File and side-car altered together, which Python romt does not see.
    altered[package + 1].1 = HashFile::new(Digest::of(b"evil"), "x").to_string().into_bytes();
    let more = |name: &str| {
        let hash = HashFile::new(Digest::of(b"more"), "x").to_string();
        Tar::of(&attack.files).file(name, b"more").file(&format!("{name}.sha256"), hash.as_bytes())
    };
    let cases = [
        (Tar::of(&altered), format!("Bad hash for {name}")),
        (attack.with(package, "evil"), format!("Bad hash for {name}")),
        (attack.with(package + 1, Digest::of(b"x").to_string()), format!("Bad hash for {name}")),
        (attack.with(package + 1, "<html>"), "its .sha256 file cannot be used".into()),
        (attack.with(package + 1, "a".repeat(1025)), "too large".into()),
        (attack.without(package), "the file that it goes with is not in the archive".into()),
        (attack.without(package + 1), "its .sha256 file is not in the archive".into()),
        (Tar::of(&attack.files).file(&format!("{NAME}.asc"), b"x"), "the file that it goes with".into()),
        (more(NAME), "no manifest in the archive lists it".into()),
        (more("dist/2024-02-09/cargo-nightly-x86_64-unknown-linux-gnu.tar.xz"), "no manifest".into()),
        (Tar::of(&attack.files).file(&format!("dist/{name}"), b"x"), "twice".into()),
        (Tar::of(&attack.files).file(&format!("dist/{name}.sha256"), b"x"), "twice".into()),
    ];
    for (tar, said) in cases {
        let error = attack.refused(&tar);
        assert!(error.contains(&said), "{said}: {error}");
    }
}

/// A manifest with a right hash beside it.
fn manifest(name: &str, text: &[u8]) -> Vec<(DistKey, Vec<u8>)> {
    let key: DistKey = name.parse().unwrap();
    let hash = HashFile::new(Digest::of(text), "x").to_string().into_bytes();
    vec![(key.clone(), text.to_vec()), (key.file.part(Part::Hash), hash)]
}

#[test]
fn manifests_that_are_none_or_that_of_another() {
    let attack = Attack::new();
    let text = &attack.files[0].1;
    // Within a line: after a whole one, what is left may be a manifest, too.
    let cut = &text[..text.len() / 2];
    let cut = &cut[..=cut.iter().rposition(|byte| *byte == b'=').unwrap()];
    let outside = String::from_utf8(text.clone()).unwrap().replace("/dist/2024-02-08/rust-std", "/dist/../rust-std");
    let cases = [
        (Tar::of(&attack.files[2..]), "there is no manifest in it"),
        (Tar::default(), "there is no manifest in it"),
        (attack.without(0), "there is no manifest in it"),
        (attack.without(1), "its .sha256 file is not in the archive"),
        (attack.with(0, cut), "Bad hash"),
        (Tar::of(&manifest("2024-02-08/channel-rust-stable.toml", cut)), "cannot be used as a manifest"),
        (Tar::of(&manifest("2024-02-08/channel-rust-stable.toml", b"date = 1")), "cannot be used as a manifest"),
        (Tar::of(&manifest("2024-02-08/channel-rust-stable.toml", outside.as_bytes())), "URL cannot be used"),
        (Tar::of(&manifest("2024-02-09/channel-rust-stable.toml", text)), "it is the manifest of 2024-02-08"),
        (Tar::of(&manifest("2024-02-08/channel-rust-beta.toml", text)), "channel-rust-stable.toml"),
        (Tar::of(&manifest("2024-02-08/channel-rust-stable.toml", &vec![b'#'; (4 << 20) + 1])), "too large"),
    ];
    for (tar, said) in cases {
        let error = attack.refused(&tar);
        assert!(error.contains(said), "{said}: {error}");
    }
}

#[test]
fn two_manifests_that_contradict_each_other() {
    let attack = Attack::new();
    let sample = SampleRelease::nightly("1.77.0", "2024-02-08");
    let nightly = Release::new(&sample, &[]);
    let package = attack.files.iter().find(|(key, _)| key.to_string().contains("rust-std")).unwrap().0.to_string();
    let own = sample.files().into_iter().find(|path| path.as_str().contains("wasm32-unknown-none")).unwrap();
    // It claims a file of stable, with another hash.
    let text = String::from_utf8(nightly.text).unwrap().replace(own.as_str(), &package);
    let mut files = attack.files.clone();
    files.extend(manifest("2024-02-08/channel-rust-nightly.toml", text.as_bytes()));
    let error = attack.refused(&Tar::of(&files));
    assert!(error.contains("two hashes") && error.contains(&package), "{error}");
}

#[test]
fn sizes_over_the_limits() {
    let attack = Attack::new();
    let archive = attack.folder.path().join("large.tar");
    Tar::of(&attack.files).write(&archive);
    let defaults = FolderLimits::default();
    for limits in [
        FolderLimits { file_size: 4, ..defaults },
        FolderLimits { members: 3, ..defaults },
        FolderLimits { total_size: 3000, ..defaults },
    ] {
        let error = attack.mirror.refuses(|mirror| {
            let order = UnpackToolchains { limits, ..mirror.order(&archive) };
            unpack_toolchains(&order, &mut SeenFiles::default(), &unsigned, &mut |_| (), &CancellationToken::new())
        });
        assert!(error.contains("too large"), "{error}");
    }
    let manifest = format!("dist/{}", attack.files[0].0);
    for name in [NAME, &manifest, "dist/2024-02-08/x.tar.xz.asc", "rustup/archive/1.27.1/a/rustup-init"] {
        let tar = Tar::default().header(EntryType::Regular, name, "", 1_000_000_000_000);
        let error = if name.starts_with("dist") { attack.refused(&tar) } else { attack.refused_as_rustup(&tar) };
        assert!(error.contains("too large") && error.contains("1000000000000"), "{error}");
    }
}

#[test]
fn zeros_that_were_compressed_fill_neither_memory_nor_disk() {
    const ZEROS: u64 = 300_000_000;
    let attack = Attack::new();
    let size = FolderLimits::default().file_size;
    for start in [Tar::of(&attack.files).header(EntryType::Regular, NAME, "", size), Tar::of(&attack.files)] {
        let archive = attack.folder.path().join("bomb.tar.gz");
        let mut encoder = GzEncoder::new(File::create(&archive).unwrap(), Compression::best());
        encoder.write_all(&start.0).unwrap();
        io::copy(&mut io::repeat(0).take(ZEROS), &mut encoder).unwrap();
        encoder.finish().unwrap();
        let error = attack.mirror.refuses(|mirror| mirror.unpack(&archive));
        assert!(error.contains("too large"), "{error}");
    }
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(peak < 100_000, "{peak} kB");
}
