//! What is written is read.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use proptest::prelude::*;
use romt_bundle::{ArchiveFormat, CratesArchiveReader, CratesArchiveWriter, CratesLimits, WriteArchiveError};
use romt_types::CrateId;

use crate::support::{INDEX, Tar, gzip, noise, read, sample, write};

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A file on a disk that dies.
struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("the disk died"))
    }
}

fn id(text: &str) -> CrateId {
    text.parse().unwrap()
}

/// The names of the members of a plain tar file, by another reader than ours.
fn members(tar: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = tar::Archive::new(tar);
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        (String::from_utf8(entry.path_bytes().into_owned()).unwrap(), content)
    });
    entries.collect()
}

#[test]
fn row_107_format_2_has_its_order_and_lower_case_prefixes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crates.tar");
    let crates = [("ABcd@1.10.0", b"x".to_vec()), ("ABcd@1.9.0", b"y".to_vec()), ("a@0.1.0", b"z".to_vec())];
    write(&path, ArchiveFormat::Lower, b"bundle", &crates);
    let bytes = fs::read(&path).unwrap();
    assert_eq!(bytes.len() % 10_240, 0);
    let expected = [
        ("ARCHIVE_FORMAT", "2\n"),
        (INDEX, "bundle"),
        ("crates/ab/cd/ABcd/ABcd-1.10.0.crate", "x"),
        ("crates/ab/cd/ABcd/ABcd-1.9.0.crate", "y"),
        ("crates/1/a/a-0.1.0.crate", "z"),
    ];
    let expected: Vec<_> = expected.map(|(name, content)| (name.to_owned(), content.as_bytes().to_vec())).into();
    assert_eq!(members(&bytes), expected);
}

#[test]
fn row_108_format_1_keeps_the_case_of_prefixes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crates.tar");
    write(&path, ArchiveFormat::Mixed, b"bundle", &[("ABcd@1.0.0", b"x".to_vec())]);
    let found = members(&fs::read(&path).unwrap());
    assert_eq!(found[0].1, b"1\n");
    assert_eq!(found[2].0, "crates/AB/cd/ABcd/ABcd-1.0.0.crate");
}

#[test]
fn row_109_formats_none_1_and_2_are_read() {
    let mixed = "crates/AB/cd/ABcd/ABcd-1.0.0.crate";
    let lower = "crates/ab/cd/ABcd/ABcd-1.0.0.crate";
    for (format, name, expected) in [
        (None, mixed, ArchiveFormat::Mixed),
        (Some("1\n"), mixed, ArchiveFormat::Mixed),
        (Some("2\n"), lower, ArchiveFormat::Lower),
        (Some("2"), lower, ArchiveFormat::Lower),
    ] {
        let tar = format.map_or_else(Tar::default, |format| Tar::default().file("ARCHIVE_FORMAT", format.as_bytes()));
        let tar = tar.file(name, b"crate").file(INDEX, b"bundle").ended();
        let found = read("crates.tar.gz", gzip(&tar).as_slice()).unwrap();
        assert_eq!(found.format, expected);
        let expected = [(name.to_owned(), b"crate".to_vec()), (INDEX.to_owned(), b"bundle".to_vec())];
        assert_eq!(found.members, expected);
        // Any other name may be compressed or not.
        assert_eq!(read("crates.tgz", gzip(&tar).as_slice()).unwrap(), found);
        assert_eq!(read("crates.tar", tar.as_slice()).unwrap(), found);
        // As programs that compress in parallel make it.
        let (head, tail) = tar.split_at(700);
        assert_eq!(read("crates.tar.gz", [gzip(head), gzip(tail)].concat().as_slice()).unwrap(), found);
    }
}

#[test]
fn the_same_content_makes_the_same_bytes() {
    let (bytes, contents) = sample("crates.tar.gz");
    assert_eq!(sample("crates.tar.gz").0, bytes);
    let (plain, plain_contents) = sample("crates.tgz");
    assert_eq!(contents, plain_contents);
    assert_eq!(&bytes[..2], b"\x1f\x8b");
    assert_eq!(&plain[..14], b"ARCHIVE_FORMAT");
    assert!(bytes.len() < plain.len() + plain.len() / 1000, "{} of {}", bytes.len(), plain.len());
}

#[test]
fn folders_are_skipped_and_so_is_what_nobody_reads() {
    let tar = Tar::default()
        .member(tar::EntryType::Directory, "git/", b"")
        .file("ARCHIVE_FORMAT", b"2\n")
        .member(tar::EntryType::Directory, "crates/", b"")
        .file("crates/1/a/a-1.0.0.crate", &noise(1, 100_000))
        .file(INDEX, b"bundle")
        .ended();
    let mut archive =
        CratesArchiveReader::new(Path::new("crates.tar"), tar.as_slice(), CratesLimits::default()).unwrap();
    let mut entry = archive.next_entry().unwrap().unwrap();
    let mut some = [0; 1000];
    entry.read_exact(&mut some).unwrap();
    assert_eq!(archive.next_entry().unwrap().unwrap().size(), 6);
    assert!(archive.next_entry().unwrap().is_none());
}

#[test]
fn an_old_archive_stays_until_the_new_one_is_complete() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crates.tar.gz");
    fs::write(&path, "old").unwrap();
    let start = || CratesArchiveWriter::create(&path, ArchiveFormat::Lower, 6, b"bundle".as_slice()).unwrap();
    let old_is_there = || {
        assert_eq!(names(folder.path()), ["crates.tar.gz"]);
        assert_eq!(fs::read(&path).unwrap(), b"old");
    };

    drop(start());
    old_is_there();

    // Fewer bytes than said, more bytes than said, and none that can be read.
    for (size, content) in [(5, b"four".as_slice()), (3, b"four")] {
        let mut archive = start();
        let error = archive.append_crate(&id("a@1.0.0"), size, content).unwrap_err();
        assert!(matches!(&error, WriteArchiveError::Changed { member, .. } if member.ends_with("a-1.0.0.crate")));
        assert!(matches!(archive.append_crate(&id("b@1.0.0"), 0, io::empty()), Err(WriteArchiveError::GivenUp { .. })));
        assert!(matches!(archive.finish(), Err(WriteArchiveError::GivenUp { .. })));
        old_is_there();
    }
    assert!(matches!(
        CratesArchiveWriter::create(&path, ArchiveFormat::Lower, 6, Broken),
        Err(WriteArchiveError::Content { .. })
    ));
    old_is_there();

    start().finish().unwrap();
    assert_eq!(names(folder.path()), ["crates.tar.gz"]);
    assert!(read("crates.tar.gz", fs::File::open(&path).unwrap()).is_ok());
}

#[test]
fn crates_out_of_order_are_refused_by_the_writer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crates.tar");
    let mut archive = CratesArchiveWriter::create(&path, ArchiveFormat::Lower, 0, io::empty()).unwrap();
    archive.append_crate(&id("b@1.9.0"), 0, io::empty()).unwrap();
    for late in ["b@1.9.0", "b@1.10.0", "a@2.0.0", "Z@1.0.0"] {
        let error = archive.append_crate(&id(late), 0, io::empty()).unwrap_err();
        assert!(matches!(error, WriteArchiveError::Order { .. }), "{late}");
    }
    // Nothing of them was written.
    archive.finish().unwrap();
    assert_eq!(read("crates.tar", fs::File::open(&path).unwrap()).unwrap().members.len(), 2);
}

#[test]
fn an_archive_that_cannot_be_written_or_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("absent/crates.tar");
    let error = CratesArchiveWriter::create(&path, ArchiveFormat::Lower, 0, io::empty()).err().unwrap();
    assert!(matches!(&error, WriteArchiveError::Target { .. }));
    assert!(error.to_string().contains("absent/crates.tar"), "{error}");
    let error = CratesArchiveReader::open(&path, CratesLimits::default()).err().unwrap();
    assert!(matches!(&error, romt_bundle::ReadArchiveError::Unreadable { .. }));
    assert!(error.to_string().contains("absent/crates.tar"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_crates_go_there_and_back(
        crates in prop::collection::btree_map(
            "[a-zA-Z][a-zA-Z0-9_-]{0,63}@[0-9]\\.[1-9][0-9]\\.0(-[a-z]{1,120})?(\\+[a-z0-9]{1,100})?",
            prop::collection::vec(any::<u8>(), 0..1500),
            0..12,
        ),
        index in prop::collection::vec(any::<u8>(), 0..2000),
        mixed: bool,
        gzip: bool,
    ) {
        let format = if mixed { ArchiveFormat::Mixed } else { ArchiveFormat::Lower };
        let name = if gzip { "crates.tar.gz" } else { "crates.tar" };
        let mut crates: Vec<(CrateId, Vec<u8>)> =
            crates.into_iter().map(|(text, content)| (id(&text), content)).collect();
        crates.sort_by(|left, right| CratesArchiveWriter::order(&left.0, &right.0));

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        let mut archive =
            CratesArchiveWriter::create(&path, format, index.len() as u64, index.as_slice()).unwrap();
        let mut expected = vec![(INDEX.to_owned(), index.clone())];
        for (id, content) in crates {
            archive.append_crate(&id, content.len() as u64, content.as_slice()).unwrap();
            expected.push((romt_bundle::CratesMember::Crate(id).name(format), content));
        }
        archive.finish().unwrap();

        let found = read(name, fs::File::open(&path).unwrap()).unwrap();
        prop_assert_eq!(found.format, format);
        prop_assert_eq!(found.members, expected);
    }
}
