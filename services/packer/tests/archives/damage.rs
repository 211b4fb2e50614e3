//! Archives that a medium has spoiled: refused, the mirror being as it was, or taken over to the same end.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::mirrors::{Exporter, Importer, git};
use crate::support::noise;

const CRATES: [&str; 3] = ["a@0.1.0", "log@0.4.0", "serde@1.0.0"];

struct Sample {
    exporter: Exporter,
    /// The same archive in the three ways in which one is written.
    archives: [(&'static str, Vec<u8>); 3],
    /// What it makes of a mirror.
    end: (BTreeMap<String, Vec<u8>>, String),
}

impl Sample {
    fn new() -> Self {
        let exporter =
            Exporter::of(&[(CRATES[0], &noise(1, 700)), (CRATES[1], &noise(2, 5000)), (CRATES[2], &noise(3, 511))]);
        let stored = fs::read(exporter.pack("crates.tar.gz", &CRATES, None)).unwrap();
        let plain = fs::read(exporter.pack("crates.tar", &CRATES, None)).unwrap();
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&plain).unwrap();
        let deflated = encoder.finish().unwrap();
        let importer = Importer::new();
        importer.unpack(&exporter.path("crates.tar")).unwrap();
        let end = end(&importer);
        Self {
            exporter,
            archives: [("stored.tar.gz", stored), ("deflated.tar.gz", deflated), ("plain.tar", plain)],
            end,
        }
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.exporter.path(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Takes it over, and sees that it is refused and changes nothing, or comes to the same as a good one. Returns whether
    /// it was taken.
    fn is_taken(&self, importer: &mut Importer, name: &str, bytes: &[u8]) -> bool {
        let archive = self.write(name, bytes);
        let before = importer.everything();
        match importer.unpack(&archive) {
            Ok(_) => {
                assert_eq!(end(importer), self.end, "{name}");
                *importer = Importer::new();
                true
            }
            Err(error) => {
                assert_eq!(importer.everything(), before, "{error:#}");
                false
            }
        }
    }
}

/// The crates, and the commit that pulling brings.
fn end(importer: &Importer) -> (BTreeMap<String, Vec<u8>>, String) {
    importer.pull();
    (importer.crates(), git(&importer.index(), &["rev-parse", "working"]))
}

#[test]
fn fifty_that_are_cut_short() {
    let sample = Sample::new();
    let mut importer = Importer::new();
    for (name, bytes) in &sample.archives {
        // Behind the last member a plain one may be cut: it holds nothing there but padding.
        let last = bytes.iter().rposition(|byte| *byte != 0).unwrap();
        let end = if *name == "plain.tar" { last.next_multiple_of(512) + 512 } else { bytes.len() };
        for part in 0..50 {
            let taken = sample.is_taken(&mut importer, name, &bytes[..end * part / 50]);
            assert!(!taken, "{name} cut after {part} of 50 parts");
        }
        assert!(!sample.is_taken(&mut importer, name, &bytes[..end - 1]));
        assert!(sample.is_taken(&mut importer, name, &bytes[..end]));
    }
}

#[test]
fn two_hundred_with_a_bit_flipped() {
    let sample = Sample::new();
    let mut importer = Importer::new();
    let random = noise(4, 200 * 4);
    for (name, bytes) in sample.archives.iter().filter(|(name, _)| *name != "deflated.tar.gz") {
        for (number, flip) in random.chunks_exact(4).enumerate() {
            // Evenly spread, each somewhere in its part.
            let place = u32::from_le_bytes(flip.try_into().unwrap()) as usize;
            let part = bytes.len() / 200;
            let mut flipped = bytes.clone();
            flipped[number * part + place % part] ^= 1 << (place % 8);
            sample.is_taken(&mut importer, name, &flipped);
        }
    }
}
