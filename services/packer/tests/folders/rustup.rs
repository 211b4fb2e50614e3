//! Packing rustup, and taking it over.

use romt_dist::{RustupKey, testing::HOST};
use romt_packer::{PackRustup, pack_rustup};
use romt_types::Digest;
use tokio_util::sync::CancellationToken;

use crate::mirror::{Mirror, expected, members};
use crate::release::{keys, rustup};
use crate::tar_file::Tar;

const WINDOWS: &str = "x86_64-pc-windows-msvc";
const UNEVEN: [(&str, &str); 3] = [("1.9.0", HOST), ("1.27.1", WINDOWS), ("1.27.1", HOST)];

#[test]
fn rows_71_to_73_programs_and_their_hashes_whatever_version_has_which_target() {
    let files = rustup(&UNEVEN);
    let exporter = Mirror::of(&files);
    for name in ["rustup.tar.gz", "rustup.tar"] {
        let archive = exporter.pack_rustup(name, keys(&files));
        assert_eq!(members::<RustupKey>(&archive), files);
        let importer = Mirror::new();
        let done = importer.unpack_rustup(&archive).unwrap();
        assert_eq!(done.files, 6);
        let programs: Vec<_> =
            done.programs.iter().map(|(version, target)| (version.to_string(), target.to_string())).collect();
        let shown: Vec<_> = programs.iter().map(|(version, target)| (version.as_str(), target.as_str())).collect();
        // By number: 1.9 before 1.27.
        assert_eq!(shown, UNEVEN);
        assert_eq!(importer.files("rustup"), expected(&files));
        assert_eq!(importer.unpack_rustup(&archive).unwrap(), done);
    }
}

#[test]
fn row_49_a_failed_pack_keeps_the_old_archive() {
    let files = rustup(&UNEVEN);
    let exporter = Mirror::of(&files);
    let order = PackRustup { archive: exporter.pack_rustup("rustup.tar.gz", keys(&files)), dest: exporter.path("x") };
    let error = exporter.refuses(|_| pack_rustup(&order, keys(&files), &mut |_| (), &CancellationToken::new()));
    assert!(error.contains("missing file") && error.contains("rustup-init"), "{error}");
}

#[test]
fn programs_that_are_not_what_their_hash_says_refuse_the_archive() {
    let good = rustup(&UNEVEN);
    let mirror = Mirror::of(&good);
    let change = |at: usize, content: &str| {
        let mut files = good.clone();
        files[at].1 = content.into();
        files
    };
    let without = |at: usize| {
        let mut files = good.clone();
        files.remove(at);
        files
    };
    let other = Digest::of(b"other").to_string();
    for (files, said) in [
        (change(2, "evil"), "Bad hash for archive/1.27.1/x86_64-pc-windows-msvc/rustup-init.exe"),
        (change(3, &other), "Bad hash"),
        (change(3, "<html>"), "its .sha256 file cannot be used"),
        (change(3, &"a".repeat(2000)), "too large"),
        (without(0), "the file that it goes with is not in the archive"),
        (without(1), "its .sha256 file is not in the archive"),
        (Vec::new(), "there is no program in it"),
    ] {
        let archive = tempfile::tempdir().unwrap();
        let archive = archive.path().join("rustup.tar");
        std::fs::create_dir_all(archive.parent().unwrap()).unwrap();
        Tar::of(&files).write(&archive);
        let error = mirror.refuses(|mirror| mirror.unpack_rustup(&archive));
        assert!(error.contains(said), "{said}: {error}");
    }
}
