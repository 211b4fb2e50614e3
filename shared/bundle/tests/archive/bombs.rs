//! Archives that are small and say or make that they are large: refused after little reading, in little memory.

use std::fs;
use std::io::{self, Cursor, Read};

use flate2::{Compress, Compression, FlushCompress};
use romt_bundle::{CratesLimits, Excess, ReadArchiveError};
use tar::EntryType;

use crate::support::{FORMAT, INDEX, Tar, gzip, read, read_within};

const CRATE: &str = "crates/se/rd/serde/serde-1.0.0.crate";
const TERABYTE: u64 = 1_000_000_000_000;
const ZEROS: u64 = 100_000_000_000;

/// Which limit an archive is over.
fn excess(name: &str, input: impl Read) -> Excess {
    excess_within(name, input, CratesLimits::default())
}

fn excess_within(name: &str, input: impl Read, limits: CratesLimits) -> Excess {
    // Nothing is kept of what is read, as an importer that streams would do.
    let path = std::path::Path::new(name);
    let found = romt_bundle::CratesArchiveReader::new(path, input, limits).and_then(|mut archive| {
        while let Some(mut entry) = archive.next_entry()? {
            if let Err(error) = io::copy(&mut entry, &mut io::sink()) {
                return Err(error.downcast().unwrap());
            }
        }
        Ok(())
    });
    // All tests of this program together: the limits are far below what a bomb makes.
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(peak < 64_000, "{peak} kB");
    match found {
        Err(ReadArchiveError::TooLarge { source, .. }) => source,
        other => panic!("not too large: {other:?}"),
    }
}

/// These bytes, then zeros without end.
fn then_zeros(start: Tar) -> impl Read {
    Cursor::new(start.bytes().to_vec()).chain(io::repeat(0).take(ZEROS))
}

/// The same as a gzip file, of which no more is made than is read.
fn compressed(start: Tar) -> impl Read {
    const MEGABYTE: usize = 1 << 20;
    let block = |content: &[u8]| {
        let mut block = Vec::with_capacity(content.len() + 1000);
        // A block that ends on a whole byte and looks back at nothing can be repeated.
        Compress::new(Compression::fast(), false).compress_vec(content, &mut block, FlushCompress::Full).unwrap();
        block
    };
    let mut head = b"\x1f\x8b\x08\0\0\0\0\0\0\xff".to_vec();
    head.extend(block(start.bytes()));
    Cursor::new(head).chain(Repeat { block: block(&vec![0; MEGABYTE]), at: 0, left: ZEROS / MEGABYTE as u64 })
}

/// The same bytes again and again.
struct Repeat {
    block: Vec<u8>,
    at: usize,
    left: u64,
}

impl Read for Repeat {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.block.len() {
            self.at = 0;
            self.left = self.left.saturating_sub(1);
        }
        let mut rest = if self.left == 0 { &[] } else { &self.block[self.at..] };
        let count = rest.read(buffer)?;
        self.at += count;
        Ok(count)
    }
}

#[test]
fn a_terabyte_is_refused_when_it_is_said() {
    for name in [FORMAT, INDEX, CRATE] {
        let start = if name == FORMAT { Tar::default() } else { Tar::default().file(FORMAT, b"2\n") };
        let tar = start.header(EntryType::Regular, name, TERABYTE).ended();
        // Only what is there can be read: there is nothing behind the header.
        assert!(matches!(excess("crates.tar", tar.as_slice()), Excess::MemberSize { size: TERABYTE, .. }));
    }
    let pax = b"22 size=1000000000000\n";
    let tar = Tar::started().member(EntryType::XHeader, "x", pax).file(CRATE, b"x").ended();
    assert!(matches!(excess("crates.tar", tar.as_slice()), Excess::MemberSize { size: TERABYTE, .. }));
    let tar = Tar::started().header(EntryType::Regular, CRATE, u64::MAX).ended();
    assert!(matches!(excess("crates.tar", tar.as_slice()), Excess::MemberSize { size: u64::MAX, .. }));
}

#[test]
fn endless_descriptions_are_refused() {
    for kind in [EntryType::XHeader, EntryType::GNULongName] {
        for size in [65_537, TERABYTE, u64::MAX] {
            let tar = Tar::started().header(kind, "x", size);
            assert!(matches!(excess("crates.tar.gz", compressed(tar)), Excess::Description(_)));
        }
    }
    // What is said to be there, and is not, costs nothing.
    let tar = Tar::started().header(EntryType::XHeader, "x", 65_536).bytes().to_vec();
    assert!(matches!(read("crates.tar", tar.as_slice()), Err(ReadArchiveError::Damaged { .. })));
}

#[test]
fn a_hundred_gigabytes_of_zeros_are_no_bundle() {
    let size = CratesLimits::default().index_size;
    let tar = || Tar::default().file(FORMAT, b"2\n").header(EntryType::Regular, INDEX, size);
    assert_eq!(excess("crates.tar.gz", compressed(tar())), Excess::Ratio(100));
    // The same when they are skipped, not read.
    let mut archive = romt_bundle::CratesArchiveReader::new(
        std::path::Path::new("crates.tar.gz"),
        compressed(tar()),
        CratesLimits::default(),
    )
    .unwrap();
    archive.next_entry().unwrap();
    assert!(matches!(archive.next_entry(), Err(ReadArchiveError::TooLarge { source: Excess::Ratio(100), .. })));
}

#[test]
fn a_hundred_gigabytes_of_zeros_are_no_padding() {
    assert!(matches!(excess("crates.tar.gz", compressed(Tar::started())), Excess::Padding(_)));
    assert!(matches!(excess("crates.tar.gz", compressed(Tar::default())), Excess::Padding(_)));
    assert!(matches!(excess("crates.tar", then_zeros(Tar::started())), Excess::Padding(_)));
}

#[test]
fn endless_members_are_refused() {
    let limits = CratesLimits { members: 1000, ..CratesLimits::default() };
    let folders = |count: usize| {
        let folder = Tar::default().header(EntryType::Directory, "crates/", 0).bytes().repeat(count);
        Cursor::new(Tar::started().bytes().to_vec()).chain(Cursor::new(folder)).chain(Cursor::new(vec![0; 1024]))
    };
    assert!(read_within("crates.tar", folders(998), limits).is_ok());
    assert_eq!(excess_within("crates.tar", folders(999), limits), Excess::Members(1000));
}

#[test]
fn the_sizes_that_are_allowed_are_taken_and_no_byte_more() {
    let tar = Tar::started().file(CRATE, &[b'x'; 1000]).ended();
    let limits = CratesLimits {
        crate_size: 1000,
        index_size: 6,
        members: 3,
        total_size: tar.len() as u64,
        ..CratesLimits::default()
    };
    for (name, bytes) in [("crates.tar", tar.clone()), ("crates.tar.gz", gzip(&tar))] {
        assert!(read_within(name, bytes.as_slice(), limits).is_ok());
        for (limits, expected) in [
            (CratesLimits { crate_size: 999, ..limits }, Excess::MemberSize { size: 1000, limit: 999 }),
            (CratesLimits { index_size: 5, ..limits }, Excess::MemberSize { size: 6, limit: 5 }),
            (CratesLimits { members: 2, ..limits }, Excess::Members(2)),
            (CratesLimits { total_size: limits.total_size - 1, ..limits }, Excess::TotalSize(limits.total_size - 1)),
        ] {
            assert_eq!(excess_within(name, bytes.as_slice(), limits), expected);
        }
    }
}
