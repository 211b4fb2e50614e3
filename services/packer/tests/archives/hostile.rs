//! Archives that somebody made to do harm: each is refused with a reason, and the mirror is as it was.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use romt_bundle::{ArchiveFormat, CratesLimits, CratesMember};
use tar::{EntryType, Header};

use crate::mirrors::{Exporter, Importer};
use crate::support::{BUNDLE, id};

const FORMAT: &str = "ARCHIVE_FORMAT";
const CRATE: &str = "crates/se/rd/serde/serde-1.0.0.crate";

/// A mirror that holds something already, and what a good archive for it consists of.
struct Attack {
    exporter: Exporter,
    importer: Importer,
    bundle: Vec<u8>,
}

impl Attack {
    fn new() -> Self {
        let exporter = Exporter::of(&[("log@0.4.0", b"old"), ("serde@1.0.0", b"serde")]);
        let importer = Importer::new();
        importer.unpack(&exporter.pack("crates.tar.gz", &["log@0.4.0", "serde@1.0.0"], None)).unwrap();
        importer.pull();
        let bundle = fs::read(exporter.bundle(None)).unwrap();
        Self { exporter, importer, bundle }
    }

    /// A tar file that begins as it should.
    fn started(&self) -> Tar {
        Tar::default().file(FORMAT, b"2\n").file(BUNDLE, &self.bundle)
    }

    /// Has both ways of writing it refused; the reason.
    fn refused(&self, tar: Tar) -> String {
        let bytes = tar.ended();
        let plain = self.exporter.path("hostile.tar");
        fs::write(&plain, &bytes).unwrap();
        let zipped = self.exporter.path("hostile.tar.gz");
        let mut encoder = GzEncoder::new(File::create(&zipped).unwrap(), Compression::fast());
        encoder.write_all(&bytes).unwrap();
        encoder.finish().unwrap();
        self.importer.refuses(&plain);
        self.importer.refuses(&zipped)
    }
}

/// A tar file made by hand.
#[derive(Default)]
struct Tar(Vec<u8>);

impl Tar {
    fn file(self, name: &str, content: &[u8]) -> Self {
        let mut tar = self.header(EntryType::Regular, name, "", content.len() as u64);
        tar.0.extend(content);
        tar.0.resize(tar.0.len().next_multiple_of(512), 0);
        tar
    }

    fn header(mut self, kind: EntryType, name: &str, link: &str, size: u64) -> Self {
        let mut header = Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.as_old_mut().linkname[..link.len()].copy_from_slice(link.as_bytes());
        header.set_entry_type(kind);
        header.set_size(size);
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_cksum();
        self.0.extend(header.as_bytes());
        self
    }

    fn ended(mut self) -> Vec<u8> {
        self.0.extend([0; 1024]);
        self.0
    }
}

#[test]
fn row_110_abuse_of_the_format() {
    let attack = Attack::new();
    let cases = [
        (attack.started().file(FORMAT, b"2\n"), "first member"),
        (Tar::default().file(FORMAT, b"2\n").file(FORMAT, b"2\n"), "first member"),
        (Tar::default().file(BUNDLE, &attack.bundle).file(FORMAT, b"2\n"), "first member"),
        (Tar::default().file(FORMAT, b"3\n").file(BUNDLE, &attack.bundle), "only 1 and 2"),
        (attack.started().file("crates/SE/rd/serde/serde-1.0.0.crate", b"serde"), "prefix"),
        (attack.started().file("dist/2026-01-01/channel-rust-stable.toml", b"x"), "neither"),
        (Tar::default().file(FORMAT, b"2\n").file(CRATE, b"serde"), "origin.bundle"),
        (Tar::default().file(FORMAT, b"2\n"), "origin.bundle"),
        (attack.started().file(CRATE, b"serde").file(CRATE, b"serde"), "twice"),
        (attack.started().file(BUNDLE, &attack.bundle), "twice"),
    ];
    for (tar, said) in cases {
        let error = attack.refused(tar);
        assert!(error.contains(said), "{said}: {error}");
    }
}

#[test]
fn part_4_5_names_and_links_that_lead_elsewhere() {
    let attack = Attack::new();
    let outside = attack.exporter.path("outside");
    fs::write(&outside, "precious").unwrap();
    let target = outside.to_str().unwrap();
    for name in [
        "dist/../../x",
        "dist/../x",
        "/etc/passwd",
        "crates/../../x",
        "crates/se/rd/serde/../../../../x",
        "crates/se/rd/serde/serde-1.0.0.crate/",
        "./ARCHIVE_FORMAT",
        "git/crates.io-index/config",
        "git/crates.io-index/hooks/post-merge",
        ".romt/lock",
    ] {
        let error = attack.refused(attack.started().file(name, b"x"));
        assert!(
            error.contains("is not a member of an archive of crates") || error.contains("is not a version"),
            "{error}"
        );
    }
    for kind in [EntryType::Symlink, EntryType::Link, EntryType::Char, EntryType::Fifo, EntryType::GNUSparse] {
        for name in [CRATE, BUNDLE] {
            let error = attack.refused(attack.started().header(kind, name, target, 0));
            assert!(error.contains("only files and folders"), "{error}");
        }
        // Row 111: a link in the place of the bundle, then the bundle, which would be written through it.
        let tar = Tar::default().file(FORMAT, b"2\n").header(kind, BUNDLE, target, 0).file(BUNDLE, b"owned");
        let error = attack.refused(tar);
        assert!(error.contains(BUNDLE) && error.contains("only files and folders"), "{error}");
    }
    assert_eq!(fs::read(outside).unwrap(), b"precious");
}

#[test]
fn bundles_that_are_none() {
    let mut attack = Attack::new();
    let pack = attack.bundle.windows(4).position(|bytes| bytes == b"PACK").unwrap();
    let mut objects = attack.bundle.clone();
    objects[pack + 20] ^= 0x55;
    let cut = attack.bundle[..attack.bundle.len() - 1].to_vec();
    let mut other = Exporter::of(&[("log@0.4.0", b"other")]);
    let start = other.head();
    other.crates.insert("serde@1.0.0".to_owned(), b"serde".to_vec());
    other.commit();
    let foreign = fs::read(other.bundle(Some(&start))).unwrap();
    let headers = ["", "# v2 git bundle\n", "# v9 git bundle\n\n", "# v2 git bundle\n\nPACK"]
        .map(|text| text.as_bytes().to_vec());
    // Of a bundle whose commits are here the objects are not read.
    attack.importer = Importer::new();
    for bundle in headers.into_iter().chain([objects, cut, b"PACK".to_vec()]) {
        attack.bundle = bundle;
        let error = attack.refused(attack.started().file(CRATE, b"serde"));
        assert!(error.contains("for its index"), "{error}");
    }
    attack.bundle = foreign;
    let error = attack.refused(attack.started().file(CRATE, b"serde"));
    assert!(error.contains("builds on others") && error.contains(&start), "{error}");
}

#[test]
fn a_terabyte_that_is_only_said() {
    let attack = Attack::new();
    for name in [FORMAT, BUNDLE, CRATE] {
        let start = if name == CRATE { attack.started() } else { Tar::default() };
        let error = attack.refused(start.header(EntryType::Regular, name, "", 1_000_000_000_000));
        assert!(error.contains("too large") && error.contains("1000000000000"), "{error}");
    }
}

#[test]
fn sizes_over_the_limits() {
    let mut attack = Attack::new();
    let defaults = attack.importer.limits;
    for limits in [
        CratesLimits { crate_size: 4, ..defaults },
        CratesLimits { index_size: attack.bundle.len() as u64 - 1, ..defaults },
        CratesLimits { members: 3, ..defaults },
        CratesLimits { total_size: 3000, ..defaults },
    ] {
        let tar = attack.started().file(CRATE, b"serde").file("crates/3/l/log/log-0.4.0.crate", b"old");
        attack.importer.limits = limits;
        let error = attack.refused(tar);
        assert!(error.contains("too large"), "{error}");
    }
}

/// Writes so many zeros, compressed, behind the beginning of an archive: a file a thousand times smaller.
fn bomb(path: PathBuf, start: &Tar, zeros: u64) -> PathBuf {
    let mut encoder = GzEncoder::new(File::create(&path).unwrap(), Compression::best());
    encoder.write_all(&start.0).unwrap();
    io::copy(&mut io::repeat(0).take(zeros), &mut encoder).unwrap();
    encoder.finish().unwrap();
    path
}

/// The most bytes of the staging folder while an archive is refused, and why it is.
fn refused_within(importer: &Importer, archive: &Path) -> (u64, String) {
    let folder = importer.path(".romt/unpack");
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut most = 0;
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                let sizes = fs::read_dir(&folder).into_iter().flatten().flatten();
                let now = sizes.filter_map(|entry| entry.metadata().ok()).map(|metadata| metadata.len()).sum();
                most = most.max(now);
                std::thread::sleep(std::time::Duration::from_millis(2));
            }
            most
        });
        let error = importer.refuses(archive);
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        (watcher.join().unwrap(), error)
    })
}

#[test]
fn zeros_that_were_compressed_fill_neither_memory_nor_disk() {
    const ZEROS: u64 = 300_000_000;
    // What may come out of the file, which has a thousandth of the zeros.
    const DISK: u64 = CratesLimits::RATIO_FREE + 100 * (ZEROS / 900);
    let attack = Attack::new();
    let size = CratesLimits::default().index_size;
    // As the bundle, as a crate that is listed, and as padding. What is said does not matter, only what comes.
    let starts = [
        Tar::default().file(FORMAT, b"2\n").header(EntryType::Regular, BUNDLE, "", size),
        attack.started().header(EntryType::Regular, CRATE, "", CratesLimits::default().crate_size),
        attack.started(),
    ];
    for start in starts {
        let archive = bomb(attack.exporter.path("bomb.tar.gz"), &start, ZEROS);
        let (disk, error) = refused_within(&attack.importer, &archive);
        assert!(error.contains("too large"), "{error}");
        assert!(disk < DISK, "{disk}");
    }
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(peak < 100_000, "{peak} kB");
}

#[test]
fn a_crate_that_is_not_listed_is_refused_before_it_is_read() {
    let attack = Attack::new();
    let name = CratesMember::Crate(id("evil@1.0.0")).name(ArchiveFormat::Lower);
    let start = attack.started().header(EntryType::Regular, &name, "", CratesLimits::default().crate_size);
    // Its content is not even there.
    let error = attack.refused(start);
    assert!(error.contains("does not list"), "{error}");
}

#[test]
fn keeping_going_does_not_keep_what_is_damaged() {
    let mut attack = Attack::new();
    attack.importer.keep_going = true;
    let tar = attack.started().file("crates/1/b/b-1.0.0.crate", b"b").file(CRATE, b"serde");
    let mut bytes = tar.ended();
    bytes.truncate(bytes.len() - 1024);
    let archive = attack.exporter.path("cut.tar");
    fs::write(&archive, bytes).unwrap();
    let error = attack.importer.refuses(&archive);
    assert!(error.contains("damaged"), "{error}");
}
