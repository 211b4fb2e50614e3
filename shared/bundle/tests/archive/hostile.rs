//! Archives that somebody made to do harm, or that are no archives of crates at all.

use std::error::Error;

use romt_bundle::{ReadArchiveError, Violation};
use tar::EntryType;

use crate::support::{FORMAT, INDEX, Tar, gzip, read};

const CRATE: &str = "crates/se/rd/serde/serde-1.0.0.crate";

/// Why a tar file is refused, and for which member's sake.
fn refusal(tar: Vec<u8>) -> (Option<String>, Violation) {
    match read("crates.tar.gz", gzip(&tar).as_slice()) {
        Err(ReadArchiveError::Refused { member, source, archive }) => {
            assert_eq!(archive.to_str(), Some("crates.tar.gz"));
            (member, source)
        }
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn row_110_a_late_or_second_format_is_refused() {
    for tar in [
        Tar::started().file(FORMAT, b"2\n"),
        Tar::default().file(FORMAT, b"2\n").file(FORMAT, b"2\n").file(INDEX, b"bundle"),
        Tar::default().file(INDEX, b"bundle").file(FORMAT, b"1\n"),
    ] {
        assert_eq!(refusal(tar.ended()), (Some(FORMAT.to_owned()), Violation::LateFormat));
    }
}

#[test]
fn row_110_an_unknown_format_is_refused() {
    for content in ["3", "", "2 2", "\u{b2}"] {
        let (member, why) = refusal(Tar::default().file(FORMAT, content.as_bytes()).ended());
        assert_eq!(member.as_deref(), Some(FORMAT));
        assert!(matches!(why, Violation::Format(_)), "{why:?}");
    }
    let (_, why) = refusal(Tar::default().file(FORMAT, b"\xff").ended());
    assert!(matches!(why, Violation::Format(_)), "{why:?}");
    let long = gzip(&Tar::default().file(FORMAT, &[b' '; 17]).ended());
    assert!(matches!(read("crates.tar.gz", long.as_slice()), Err(ReadArchiveError::TooLarge { .. })));
}

#[test]
fn row_110_names_that_are_none_of_an_archive_are_refused() {
    for name in [
        "crates/SE/rd/SErde/SErde-1.0.0.crate",
        "crates/serde-1.0.0.crate",
        "dist/2026-01-01/channel-rust-stable.toml",
        "config.toml",
        "./crates/se/rd/serde/serde-1.0.0.crate",
        "/crates/se/rd/serde/serde-1.0.0.crate",
        "crates/../../.ssh/authorized_keys",
        "/etc/passwd",
        "git/crates.io-index/config",
        "",
    ] {
        let (member, why) = refusal(Tar::started().file(name, b"x").ended());
        assert_eq!(member.as_deref(), Some(name));
        assert!(matches!(why, Violation::Name(_)), "{why:?}");
    }
}

#[test]
fn row_110_an_archive_without_a_bundle_is_refused_at_its_end() {
    for tar in
        [Tar::default(), Tar::default().file(FORMAT, b"2\n"), Tar::default().file(FORMAT, b"2\n").file(CRATE, b"x")]
    {
        assert_eq!(refusal(tar.ended()), (None, Violation::NoIndex));
    }
}

#[test]
fn row_111_nothing_but_files_and_folders_is_taken() {
    for (kind, said) in [
        (EntryType::Symlink, "symbolic link"),
        (EntryType::Link, "hard link"),
        (EntryType::Char, "device"),
        (EntryType::Block, "device"),
        (EntryType::Fifo, "pipe"),
        (EntryType::GNUSparse, "sparse"),
        (EntryType::GNULongLink, "link"),
        (EntryType::XGlobalHeader, "all members"),
        (EntryType::Continuous, "unknown kind"),
        (EntryType::new(b'Z'), "unknown kind"),
    ] {
        // The attack: a link in the place of the bundle, then a file of the same name that is written through it.
        let tar = Tar::default().file(FORMAT, b"2\n").header(kind, INDEX, 0).file(INDEX, b"owned");
        let (member, why) = refusal(tar.ended());
        assert_eq!(member.as_deref(), Some(INDEX));
        assert!(matches!(why, Violation::Kind(_)) && why.to_string().contains(said), "{why}");
    }
}

#[test]
fn a_member_twice_is_refused() {
    for name in [INDEX, CRATE] {
        let tar = Tar::started().file(CRATE, b"x").file("crates/1/a/a-1.0.0.crate", b"y").file(name, b"z");
        assert_eq!(refusal(tar.ended()), (Some(name.to_owned()), Violation::Duplicate));
    }
}

#[test]
fn a_long_name_is_the_name_whoever_writes_it() {
    let pax = |record: &str| Tar::started().member(EntryType::XHeader, "././@PaxHeader", record.as_bytes());
    let gnu = |name: &[u8]| Tar::started().member(EntryType::GNULongName, "././@LongLink", name);
    let path = "../../etc/passwd";
    for tar in [pax("25 path=../../etc/passwd\n"), gnu(b"../../etc/passwd\0")] {
        let (member, why) = refusal(tar.file(CRATE, b"x").ended());
        assert_eq!(member.as_deref(), Some(path));
        assert!(matches!(why, Violation::Name(_)));
    }
    let mut renamed = pax("30 mtime=1795000000.123456789\n45 path=crates/se/rd/serde/serde-2.0.0.crate\n");
    renamed = renamed.file("x", b"content");
    let found = read("crates.tar", renamed.ended().as_slice()).unwrap();
    assert_eq!(found.members[1].0, "crates/se/rd/serde/serde-2.0.0.crate");
    let found = read("crates.tar", gnu(format!("{CRATE}\0").as_bytes()).file("x", b"y").ended().as_slice()).unwrap();
    assert_eq!(found.members[1].0, CRATE);
}

#[test]
fn sparse_files_in_pax_records_are_refused() {
    let record = b"22 GNU.sparse.major=1\n";
    let tar = Tar::started().member(EntryType::XHeader, "x", record).file(CRATE, b"x");
    assert_eq!(refusal(tar.ended()), (Some(CRATE.to_owned()), Violation::Kind("a sparse file")));
}

#[test]
fn what_does_not_fit_together_is_damage() {
    let mut wrong_sum = Tar::started().file(CRATE, b"x").ended();
    let at = wrong_sum.windows(6).position(|bytes| bytes == b"crates").unwrap();
    wrong_sum[at] = b'k';
    let twice = |kind| Tar::started().member(kind, "x", b"12 path=a/b\n").member(kind, "x", b"12 path=a/b\n");
    for tar in [
        wrong_sum,
        twice(EntryType::XHeader).file(CRATE, b"x").ended(),
        twice(EntryType::GNULongName).file(CRATE, b"x").ended(),
        Tar::started().member(EntryType::XHeader, "x", b"12 path=a/b\n").ended(),
        Tar::started().member(EntryType::XHeader, "x", b"rubbish").file(CRATE, b"x").ended(),
        Tar::started().member(EntryType::Directory, "crates/", b"content").ended(),
        // It ends without an end.
        Tar::started().file(CRATE, b"x").bytes().to_vec(),
        b"this is no tar file".to_vec(),
        Vec::new(),
    ] {
        for (name, bytes) in [("crates.tar.gz", gzip(&tar)), ("crates.tar", tar)] {
            let found = read(name, bytes.as_slice());
            assert!(matches!(found, Err(ReadArchiveError::Damaged { .. })), "{found:?}");
        }
    }
}

#[test]
fn what_follows_the_end_is_refused() {
    let mut tar = Tar::started().ended();
    tar.extend(Tar::started().file(CRATE, b"hidden").ended());
    assert_eq!(refusal(tar), (None, Violation::AfterEnd));
    let mut rubbish = gzip(&Tar::started().ended());
    rubbish.extend(b"rubbish");
    assert!(matches!(read("crates.tar.gz", rubbish.as_slice()), Err(ReadArchiveError::Damaged { .. })));
}

#[test]
fn other_compressions_are_named() {
    for (mark, name) in
        [(b"BZh91AY&SY".as_slice(), "bzip2"), (b"\xfd7zXZ\0\0\x04", "xz"), (b"\x28\xb5\x2f\xfd", "zstd")]
    {
        for archive in ["crates.tar.bz2", "crates.tar.gz"] {
            let error = read(archive, mark).unwrap_err();
            assert!(error.source().unwrap().to_string().contains(name), "{error:?}");
        }
    }
    let tar = Tar::started().ended();
    let error = read("crates.tar.gz", tar.as_slice()).unwrap_err();
    assert!(matches!(error, ReadArchiveError::Refused { source: Violation::NotGzip, .. }));
    assert!(matches!(read("crates.tar.gz", [].as_slice()), Err(ReadArchiveError::Refused { .. })));
}

#[test]
fn a_hostile_name_does_not_fill_the_error() {
    let name = format!("{}\x1b[2J", "x\n".repeat(30_000));
    let tar = Tar::started().member(EntryType::GNULongName, "x", name.as_bytes()).file(CRATE, b"x").ended();
    let error = read("crates.tar", tar.as_slice()).unwrap_err();
    let shown = format!("{error}: {}", error.source().unwrap());
    assert!(shown.len() < 1000 && !shown.contains(char::is_control), "{shown}");
}
