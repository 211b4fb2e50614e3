//! Archives of toolchains and of rustup: what their reader and writer ask of names, sizes and order.

use std::fs;
use std::io::Read;
use std::path::Path;

use romt_bundle::{
    FolderArchiveReader, FolderArchiveWriter, FolderLimits, ReadArchiveError, Violation, WriteArchiveError,
};
use romt_dist::{DistKey, RustupKey};
use tar::EntryType;

use crate::support::{Tar, gzip, noise};

const MANIFEST: &str = "2024-02-08/channel-rust-stable.toml";
const PACKAGE: &str = "2024-02-08/cargo-1.76.0-x86_64-unknown-linux-gnu.tar.xz";

fn read(name: &str, input: impl Read) -> Result<Vec<(String, Vec<u8>)>, ReadArchiveError> {
    let mut archive = FolderArchiveReader::<DistKey, _>::new(Path::new(name), input, FolderLimits::default())?;
    let mut members = Vec::new();
    while let Some(mut entry) = archive.next_entry()? {
        let mut content = Vec::new();
        if let Err(error) = entry.read_to_end(&mut content) {
            return Err(error.downcast::<ReadArchiveError>().unwrap());
        }
        assert_eq!(entry.size(), content.len() as u64);
        members.push((entry.member().to_string(), content));
    }
    assert!(archive.next_entry().unwrap().is_none());
    Ok(members)
}

fn refusal(tar: Vec<u8>) -> (Option<String>, Violation) {
    match read("toolchain.tar.gz", gzip(&tar).as_slice()) {
        Err(ReadArchiveError::Refused { member, source, .. }) => (member, source),
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn what_is_written_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let long = format!("{0}/{0}/{0}/{0}.tar.xz", "n".repeat(93));
    let files = [(MANIFEST, noise(1, 70_000)), (PACKAGE, noise(2, 511)), (long.as_str(), noise(3, 512))];
    for name in ["toolchain.tar.gz", "toolchain.tar"] {
        let path = folder.path().join(name);
        let mut writer = FolderArchiveWriter::create(&path).unwrap();
        for (key, content) in &files {
            writer.append(&key.parse::<DistKey>().unwrap(), content.len() as u64, content.as_slice()).unwrap();
        }
        assert!(!path.exists());
        writer.finish().unwrap();
        let found = read(name, fs::File::open(&path).unwrap()).unwrap();
        assert!(found == files.each_ref().map(|(key, content)| ((*key).to_owned(), content.clone())));
    }
}

#[test]
fn the_writer_takes_nothing_that_the_reader_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rustup.tar.gz");
    let mut writer = FolderArchiveWriter::create(&path).unwrap();
    let program: RustupKey = "archive/1.27.1/x86_64-unknown-linux-gnu/rustup-init".parse().unwrap();
    writer.append(&program, 1, b"x".as_slice()).unwrap();
    for bad in [program, "release-stable.toml".parse().unwrap(), "dist/x/rustup-init".parse().unwrap()] {
        let error = writer.append(&bad, 1, b"x".as_slice()).unwrap_err();
        assert!(matches!(error, WriteArchiveError::Order { .. }), "{error:?}");
    }
    drop(writer);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn rows_53_and_54_what_is_no_such_file_is_refused() {
    let started = || Tar::default().file(&format!("dist/{MANIFEST}"), b"x");
    for name in
        ["etc/x", "dist/../x", "dist/../../x", "/etc/passwd", "dist/channel-rust-stable.toml", "ARCHIVE_FORMAT", ""]
    {
        let (member, why) = refusal(started().file(name, b"x").ended());
        assert_eq!(member.as_deref(), Some(name));
        assert!(matches!(why, Violation::Unexpected(_)), "{why:?}");
        assert!(why.to_string().starts_with(&format!("unexpected archive member: `{name}`")), "{why}");
    }
    for kind in [EntryType::Symlink, EntryType::Link, EntryType::Fifo, EntryType::Block, EntryType::XGlobalHeader] {
        let (_, why) = refusal(started().header(kind, &format!("dist/{PACKAGE}"), 0).ended());
        assert!(matches!(why, Violation::Kind(_)), "{why:?}");
    }
    let twice = started().file(&format!("dist/{MANIFEST}"), b"x").ended();
    assert_eq!(refusal(twice), (Some(format!("dist/{MANIFEST}")), Violation::Duplicate));
}

#[test]
fn each_kind_of_file_has_its_largest_size() {
    for (suffix, most) in [("", 4 << 20), (".sha256", 1024), (".asc", 64 << 10)] {
        let name = format!("dist/{MANIFEST}{suffix}");
        let right = Tar::default().file(&name, &vec![b'a'; most]).ended();
        assert_eq!(read("x.tar", right.as_slice()).unwrap().len(), 1);
        let large = Tar::default().header(EntryType::Regular, &name, most as u64 + 1);
        assert!(matches!(read("x.tar", large.bytes()), Err(ReadArchiveError::TooLarge { .. })), "{name}");
    }
}

#[test]
fn what_is_empty_or_cut_is_told_apart() {
    assert_eq!(read("x.tar", Tar::default().ended().as_slice()).unwrap(), []);
    for tar in [Vec::new(), Tar::default().file(&format!("dist/{MANIFEST}"), b"x").bytes().to_vec()] {
        assert!(matches!(read("x.tar", tar.as_slice()), Err(ReadArchiveError::Damaged { .. })));
    }
}
