//! Taking archives over.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use romt_bundle::{ArchiveFormat, CratesMember};
use romt_packer::{BadCrate, Stopped, UnpackEvent, UnpackOrder, Unpacked, unpack};
use romt_storage::SeenFiles;
use romt_types::{Digest, PrefixStyle};
use tokio_util::sync::CancellationToken;

use crate::mirrors::{Exporter, Importer};
use crate::support::{BUNDLE, id, noise, write_tar};

const CRATES: [&str; 3] = ["Inflector@0.11.4", "a@0.1.0+x", "serde@1.0.0"];

fn exporter() -> Exporter {
    Exporter::of(&[(CRATES[0], b"one"), (CRATES[1], b"two"), (CRATES[2], &noise(1, 700_000))])
}

fn all(importer: &Importer, exporter: &Exporter) {
    let expected =
        exporter.crates.iter().map(|(krate, content)| (id(krate).path(importer.style), content.clone())).collect();
    assert_eq!(importer.crates(), expected);
}

/// An archive as romt wrote them before it knew formats.
fn without_format(exporter: &Exporter) -> PathBuf {
    let mut members = vec![(BUNDLE.to_owned(), fs::read(exporter.bundle(None)).unwrap())];
    for (krate, content) in &exporter.crates {
        members.push((CratesMember::Crate(id(krate)).name(ArchiveFormat::Mixed), content.clone()));
    }
    write_tar(&exporter.path("old.tar"), &members)
}

#[test]
fn row_109_every_format_goes_into_every_style() {
    let exporter = exporter();
    for style in [PrefixStyle::Lower, PrefixStyle::Mixed] {
        for format in [None, Some(ArchiveFormat::Mixed), Some(ArchiveFormat::Lower)] {
            let archive = match format {
                Some(format) => exporter.pack_as("crates.tar.gz", &CRATES, None, format),
                None => without_format(&exporter),
            };
            let mut importer = Importer::new();
            importer.style = style;
            let done = importer.unpack(&archive).unwrap();
            assert_eq!(done, Unpacked { extracted: 3, ..Unpacked::default() });
            all(&importer, &exporter);
            importer.pull();
        }
    }
}

#[test]
fn what_happens_is_told_in_order() {
    let exporter = exporter();
    let archive = exporter.pack("crates.tar.gz", &CRATES, None);
    let importer = Importer::new();
    let mut events = Vec::new();
    let mut on = |event: UnpackEvent<'_>| {
        if !matches!(event, UnpackEvent::Git(_)) {
            events.push(format!("{event:?}").replace('"', ""));
        }
    };
    importer.unpack_telling(&archive, &mut on).unwrap();
    let names: Vec<_> = events.iter().map(|event| event.split(['(', ' ']).next().unwrap()).collect();
    assert_eq!(names, ["Received", "Checked", "Checked", "Checked", "Whole", "Extracted", "Extracted", "Extracted"]);
    assert!(events[4].contains('3') && events[5..].iter().any(|event| event.contains("serde")), "{events:?}");
}

#[test]
fn row_116_twice_is_as_once_and_writes_no_file_again() {
    let exporter = exporter();
    let archive = exporter.pack("crates.tar.gz", &CRATES, None);
    let importer = Importer::new();
    let first = importer.unpack(&archive).unwrap();
    let path = importer.path("crates").join(id("serde@1.0.0").path(PrefixStyle::Lower));
    let file = fs::metadata(&path).unwrap().ino();
    assert_eq!(importer.unpack(&archive).unwrap(), first);
    importer.pull();
    assert_eq!(importer.unpack(&archive).unwrap(), first);
    assert_eq!(fs::metadata(&path).unwrap().ino(), file);
    // One that was spoiled is mended, be it as large as before or not.
    for spoiled in [noise(2, 700_000), b"short".to_vec()] {
        fs::write(&path, spoiled).unwrap();
        importer.unpack(&archive).unwrap();
        all(&importer, &exporter);
    }
}

#[test]
fn the_next_archive_brings_the_next_commits() {
    let mut exporter = exporter();
    let importer = Importer::new();
    importer.unpack(&exporter.pack("1.tar.gz", &CRATES, None)).unwrap();
    importer.pull();
    let start = exporter.head();
    exporter.crates.insert("zip@1.0.0".to_owned(), b"new".to_vec());
    exporter.crates.insert("serde@1.0.0".to_owned(), b"replaced".to_vec());
    exporter.commit();
    let second = exporter.pack("2.tar.gz", &["serde@1.0.0", "zip@1.0.0"], Some(&start));
    assert_eq!(importer.unpack(&second).unwrap().extracted, 2);
    all(&importer, &exporter);
    // What the commits are built on is not there.
    let error = Importer::new().refuses(&second);
    assert!(error.contains("2.tar.gz") && error.contains(&start), "{error}");
}

#[test]
fn an_old_archive_brings_no_old_file_back() {
    let mut exporter = exporter();
    let old = exporter.pack("old.tar.gz", &CRATES, None);
    let importer = Importer::new();
    importer.unpack(&old).unwrap();
    importer.pull();
    exporter.crates.insert("serde@1.0.0".to_owned(), b"replaced".to_vec());
    exporter.crates.remove("a@0.1.0+x");
    exporter.commit();
    importer.unpack(&exporter.pack("new.tar.gz", &["serde@1.0.0"], None)).unwrap();
    importer.pull();
    fs::remove_file(importer.path("crates").join(id("a@0.1.0+x").path(PrefixStyle::Lower))).unwrap();
    fs::remove_file(importer.path("crates").join(id("Inflector@0.11.4").path(PrefixStyle::Lower))).unwrap();

    let done = importer.unpack(&old).unwrap();
    assert_eq!(done, Unpacked { extracted: 1, kept: 2, bad: Vec::new() });
    all(&importer, &exporter);
}

#[test]
fn a_crate_that_the_index_does_not_list_or_lists_otherwise_refuses_the_archive() {
    let mut exporter = exporter();
    let importer = Importer::new();
    exporter.crates.insert("serde@1.0.0".to_owned(), noise(2, 700_000));
    let wrong = exporter.pack("wrong.tar.gz", &CRATES, None);
    let error = importer.refuses(&wrong);
    let (found, expected) = (Digest::of(&noise(2, 700_000)), Digest::of(&noise(1, 700_000)));
    assert!(error.contains("crates/se/rd/serde/serde-1.0.0.crate"), "{error}");
    assert!(error.contains(&found.to_string()) && error.contains(&expected.to_string()), "{error}");

    exporter.crates.insert("b@1.0.0".to_owned(), b"b".to_vec());
    let unlisted = exporter.pack("unlisted.tar.gz", &["Inflector@0.11.4", "b@1.0.0"], None);
    let error = importer.refuses(&unlisted);
    assert!(error.contains("crates/1/b/b-1.0.0.crate") && error.contains("does not list"), "{error}");
}

#[test]
fn or_is_left_out_and_told() {
    let mut exporter = exporter();
    let mut importer = Importer::new();
    importer.keep_going = true;
    exporter.crates.insert("Inflector@0.11.4".to_owned(), b"six".to_vec());
    exporter.crates.insert("b@1.0.0".to_owned(), b"b".to_vec());
    let archive = exporter.pack("crates.tar.gz", &["Inflector@0.11.4", "a@0.1.0+x", "b@1.0.0", "serde@1.0.0"], None);
    let mut told = Vec::new();
    let done = importer.unpack_telling(&archive, &mut |event| {
        if let UnpackEvent::Bad(id, reason) = event {
            told.push((id.clone(), *reason));
        }
    });
    let done = done.unwrap();
    let checksum = BadCrate::Checksum { expected: Digest::of(b"one"), found: Digest::of(b"six") };
    let bad = vec![(id("Inflector@0.11.4"), checksum), (id("b@1.0.0"), BadCrate::NotListed)];
    assert_eq!(done, Unpacked { extracted: 2, kept: 0, bad: bad.clone() });
    assert_eq!(told, bad);
    for left_out in ["Inflector@0.11.4", "b@1.0.0"] {
        exporter.crates.remove(left_out);
    }
    all(&importer, &exporter);
}

#[test]
fn a_bundle_behind_the_crates_is_found() {
    let exporter = exporter();
    let mut members = vec![("ARCHIVE_FORMAT".to_owned(), b"2\n".to_vec())];
    for (krate, content) in &exporter.crates {
        members.push((CratesMember::Crate(id(krate)).name(ArchiveFormat::Lower), content.clone()));
    }
    members.insert(2, (BUNDLE.to_owned(), fs::read(exporter.bundle(None)).unwrap()));
    let importer = Importer::new();
    let archive = write_tar(&exporter.path("late.tar"), &members);
    assert_eq!(importer.unpack(&archive).unwrap().extracted, 3);
    all(&importer, &exporter);
    // With a crate before the bundle that is not right.
    members[1].1 = b"six".to_vec();
    let error = Importer::new().refuses(&write_tar(&exporter.path("late.tar"), &members));
    assert!(error.contains("Inflector-0.11.4.crate"), "{error}");
}

#[test]
fn files_and_folders_have_the_modes_of_the_user() {
    let exporter = exporter();
    let importer = Importer::new();
    importer.unpack(&exporter.pack("crates.tar.gz", &CRATES, None)).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    let (file, folder) = (importer.path("file"), importer.path("folder"));
    fs::write(&file, "").unwrap();
    fs::create_dir(&folder).unwrap();
    assert_eq!(mode(&importer.path("crates/se/rd/serde/serde-1.0.0.crate")), mode(&file));
    assert_eq!(mode(&importer.path("crates/se/rd/serde")), mode(&folder));
    assert_eq!(mode(&importer.index().join("origin.bundle")), mode(&file));
}

#[test]
fn folders_that_are_there_are_filled_and_others_take_after_them() {
    let exporter = Exporter::of(&[("serde@1.0.0", b"one"), ("serde_json@1.0.0", b"two"), ("zip@1.0.0", b"three")]);
    let archive = exporter.pack("crates.tar.gz", &["serde@1.0.0", "serde_json@1.0.0", "zip@1.0.0"], None);
    for shared in [false, true] {
        let importer = Importer::new();
        let place = |krate: &str| importer.path("crates").join(id(krate).path(PrefixStyle::Lower));
        let old = place("serde@0.9.0");
        fs::create_dir_all(old.parent().unwrap()).unwrap();
        fs::write(&old, "old").unwrap();
        if shared {
            // What is made below has the group of the folder, whoever makes it.
            for folder in ["crates", "crates/se", "crates/se/rd", "crates/se/rd/serde"] {
                let path = importer.path(folder);
                fs::set_permissions(&path, fs::Permissions::from_mode(0o2755)).unwrap();
            }
        }
        importer.unpack(&archive).unwrap();
        assert_eq!(fs::read(&old).unwrap(), b"old");
        for (krate, content) in &exporter.crates {
            assert_eq!(fs::read(place(krate)).unwrap(), *content);
            let folder = fs::metadata(place(krate).parent().unwrap()).unwrap();
            assert_eq!(folder.permissions().mode() & 0o2000 != 0, shared, "{krate}");
        }
    }
}

#[test]
fn what_was_unpacked_or_was_there_was_seen() {
    let exporter = exporter();
    let archive = exporter.pack("crates.tar.gz", &CRATES, None);
    let importer = Importer::new();
    // The first time they are written, the second time they are there.
    for _ in 0..2 {
        let mut seen = SeenFiles::default();
        let (order, repository, stop) = (importer.order(&archive), importer.repository(), CancellationToken::new());
        unpack(&order, &repository, None, &mut seen, &mut |_| {}, &stop).unwrap();
        importer.pull();
        for (krate, content) in &exporter.crates {
            let file = fs::metadata(importer.path("crates").join(id(krate).path(importer.style))).unwrap();
            assert!(seen.has(&Digest::of(content), &file), "{krate}");
            assert!(!seen.has(&Digest::of(b"other"), &file));
        }
    }
}

#[test]
fn what_is_in_the_way_is_named_and_left() {
    let exporter = exporter();
    let archive = exporter.pack("crates.tar.gz", &CRATES, None);
    let outside = tempfile::tempdir().unwrap();
    for (place, content) in [("crates/se", "link"), ("crates/se", "file"), ("crates/se/rd/serde/serde-1.0.0.crate", "")]
    {
        let importer = Importer::new();
        let path = importer.path(place);
        match content {
            "link" => symlink(outside.path(), &path).unwrap(),
            "file" => fs::write(&path, "x").unwrap(),
            _ => fs::create_dir_all(&path).unwrap(),
        }
        let error = importer.refuses(&archive);
        assert!(error.contains(path.to_str().unwrap()), "{error}");
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
    }
    let importer = Importer::new();
    fs::create_dir(importer.index().join("origin.bundle")).unwrap();
    let error = importer.refuses(&archive);
    assert!(error.contains("origin.bundle"), "{error}");

    // A link in a crate's own place is replaced, and what it leads to is left.
    let importer = Importer::new();
    let path = importer.path("crates/se/rd/serde/serde-1.0.0.crate");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(outside.path().join("precious"), "x").unwrap();
    symlink(outside.path().join("precious"), &path).unwrap();
    importer.unpack(&archive).unwrap();
    all(&importer, &exporter);
    assert_eq!(fs::read(outside.path().join("precious")).unwrap(), b"x");
}

#[test]
fn what_it_needs_and_is_not_there_is_named() {
    let importer = Importer::new();
    let error = importer.refuses(Path::new("/nowhere/crates.tar.gz"));
    assert!(error.contains("cannot read the archive `/nowhere/crates.tar.gz`"), "{error}");

    // A folder of crates that is not there is made.
    let exporter = exporter();
    fs::remove_dir(importer.path("crates")).unwrap();
    importer.unpack(&exporter.pack("crates.tar.gz", &CRATES, None)).unwrap();
    all(&importer, &exporter);
}

#[test]
fn stopped_at_any_event_it_can_be_done_again() {
    let exporter = exporter();
    let archive = exporter.pack("crates.tar.gz", &CRATES, None);
    for after in 0..8 {
        let importer = Importer::new();
        let before = importer.everything();
        let stop = CancellationToken::new();
        let mut events = 0;
        let mut whole = false;
        let mut on = |event: UnpackEvent<'_>| {
            whole |= matches!(event, UnpackEvent::Whole(_));
            if events == after {
                stop.cancel();
            }
            events += 1;
        };
        let stopped =
            unpack(&importer.order(&archive), &importer.repository(), None, &mut SeenFiles::default(), &mut on, &stop);
        match stopped {
            Err(error) => assert!(error.is::<Stopped>(), "{error:?}"),
            // There was nothing left to stop.
            Ok(_) => assert!(whole),
        }
        if !whole {
            assert_eq!(importer.everything(), before);
        }
        assert_eq!(fs::read_dir(importer.path(".romt")).unwrap().count(), 0);
        assert_eq!(importer.unpack(&archive).unwrap().extracted, 3);
        all(&importer, &exporter);
        importer.pull();
    }
}

#[test]
fn from_another_file_system_it_is_copied() {
    let exporter = exporter();
    let archive = exporter.pack("crates.tar.gz", &CRATES, None);
    let importer = Importer::new();
    // On Linux this is in memory, so not where temporary files are; where it is, this shows less.
    let state = tempfile::tempdir_in("/dev/shm").unwrap();
    let order = UnpackOrder { state: state.path().to_owned(), ..importer.order(&archive) };
    let path = importer.path("crates").join(id("serde@1.0.0").path(PrefixStyle::Lower));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    // What a killed process left, and a file to be replaced.
    fs::write(path.with_file_name("serde-1.0.0.crate#0"), "left").unwrap();
    fs::write(&path, "old").unwrap();
    let mut extracted = Vec::new();
    let mut on = |event: UnpackEvent<'_>| {
        if let UnpackEvent::Extracted(id) = event {
            extracted.push(id.to_string());
        }
    };
    let done =
        unpack(&order, &importer.repository(), None, &mut SeenFiles::default(), &mut on, &CancellationToken::new())
            .unwrap();
    assert_eq!(done.extracted, 3);
    assert_eq!(extracted, CRATES);
    all(&importer, &exporter);
    importer.pull();
    assert_eq!(fs::read_dir(state.path()).unwrap().count(), 0);
}
