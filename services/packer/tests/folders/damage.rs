//! Archives that a medium has spoiled: refused, the mirror being as it was, or taken over to the same end.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::mirror::{Mirror, expected};
use crate::release::{files, keys, rustup, small};

struct Sample {
    folder: &'static str,
    /// The same archive in the three ways in which one is written.
    archives: [(&'static str, Vec<u8>); 3],
    /// What it makes of a mirror.
    end: BTreeMap<String, Vec<u8>>,
}

impl Sample {
    fn of_toolchains() -> Self {
        let files = files(&[small()], None);
        let exporter = Mirror::of(&files);
        Self::new("dist", |name| fs::read(exporter.pack(name, keys(&files))).unwrap(), expected(&files))
    }

    fn of_rustup() -> Self {
        let files = rustup(&[("1.27.1", "a"), ("1.27.1", "b"), ("1.28.0", "a-windows-b")]);
        let exporter = Mirror::of(&files);
        Self::new("rustup", |name| fs::read(exporter.pack_rustup(name, keys(&files))).unwrap(), expected(&files))
    }

    fn new(folder: &'static str, pack: impl Fn(&str) -> Vec<u8>, end: BTreeMap<String, Vec<u8>>) -> Self {
        let (stored, plain) = (pack("x.tar.gz"), pack("x.tar"));
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&plain).unwrap();
        let deflated = encoder.finish().unwrap();
        let archives = [("stored.tar.gz", stored), ("deflated.tar.gz", deflated), ("plain.tar", plain)];
        Self { folder, archives, end }
    }

    /// Takes it over, and sees that it is refused and changes nothing, or comes to the same as a good one. Returns whether
    /// it was taken.
    fn is_taken(&self, mirror: &mut Mirror, name: &str, bytes: &[u8]) -> bool {
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join(name);
        fs::write(&archive, bytes).unwrap();
        let before = mirror.everything();
        let taken = if self.folder == "dist" {
            mirror.unpack(&archive).map(|_| ())
        } else {
            mirror.unpack_rustup(&archive).map(|_| ())
        };
        match taken {
            Ok(()) => {
                assert!(meaning(mirror.files(self.folder)) == meaning(self.end.clone()), "{name}");
                *mirror = Mirror::new();
                true
            }
            Err(error) => {
                assert_eq!(mirror.everything(), before, "{error:#}");
                false
            }
        }
    }
}

/// Files, and of hashes what counts: a plain archive has no checksum over the name behind a digest.
fn meaning(mut files: BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
    for (_, content) in files.iter_mut().filter(|(key, _)| key.ends_with(".sha256")) {
        content.truncate(64);
        content.make_ascii_lowercase();
    }
    files
}

#[test]
fn fifty_that_are_cut_short() {
    for sample in [Sample::of_toolchains(), Sample::of_rustup()] {
        let mut mirror = Mirror::new();
        for (name, bytes) in &sample.archives {
            // Behind the last member a plain one may be cut: it holds nothing there but padding.
            let last = bytes.iter().rposition(|byte| *byte != 0).unwrap();
            let end = if *name == "plain.tar" { last.next_multiple_of(512) + 512 } else { bytes.len() };
            for part in 0..50 {
                let taken = sample.is_taken(&mut mirror, name, &bytes[..end * part / 50]);
                assert!(!taken, "{name} cut after {part} of 50 parts");
            }
            assert!(!sample.is_taken(&mut mirror, name, &bytes[..end - 1]));
            assert!(sample.is_taken(&mut mirror, name, &bytes[..end]));
        }
    }
}

#[test]
fn two_hundred_with_a_bit_flipped() {
    for sample in [Sample::of_toolchains(), Sample::of_rustup()] {
        let mut mirror = Mirror::new();
        for (name, bytes) in &sample.archives {
            let part = bytes.len() / 200;
            for number in 0..200 {
                // Evenly spread, each somewhere in its part; most of the file is one manifest, so its ends get more.
                let place = number * 2_654_435_761 % 4_294_967_296;
                let at = match number % 4 {
                    0 => place % bytes.len().min(2048),
                    1 => bytes.len() - 1 - place % bytes.len().min(8192),
                    _ => number * part + place % part,
                };
                let mut flipped = bytes.clone();
                flipped[at] ^= 1 << (place % 8);
                let taken = sample.is_taken(&mut mirror, name, &flipped);
                // All that is stored is under a checksum, but for what nobody reads of gzip's header. (Of what is deflated some
                // bits do not matter.)
                assert!(!taken || *name != "stored.tar.gz" || at < 10, "{name} at {at}");
            }
        }
    }
}
