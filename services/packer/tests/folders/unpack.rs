//! Taking toolchains over.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};

use romt_dist::{DistFile, DistKey, Part};
use romt_packer::{FileEvent, Stopped, UnpackToolchains, unpack_toolchains};
use romt_storage::SeenFiles;
use romt_types::Digest;
use tokio_util::sync::CancellationToken;

use crate::mirror::{Mirror, expected, unsigned};
use crate::release::{Release, files, keys, small, uneven};
use crate::tar_file::Tar;

#[test]
fn rows_50_and_52_several_releases_with_uneven_targets() {
    let releases = uneven();
    let files = files(&releases, None);
    let exporter = Mirror::of(&files);
    for name in ["toolchain.tar.gz", "toolchain.tar", "toolchain.tgz"] {
        let archive = exporter.pack(name, keys(&files));
        let importer = Mirror::new();
        let done = importer.unpack(&archive).unwrap();
        assert!(importer.files("dist") == expected(&files), "{name}");
        assert_eq!(done.files, files.len() as u64);
        assert_eq!(done.manifests, releases.each_ref().map(|release| release.manifest.release().canonical()).into());
        let packages = files.iter().filter_map(|(key, _)| match (&key.file, key.part) {
            (DistFile::Package(path), Part::Content) => Some(path.clone()),
            _ => None,
        });
        assert_eq!(done.packages, packages.collect());
        assert_eq!(fs::read_dir(importer.path(".romt")).unwrap().count(), 0);
    }
}

#[test]
fn row_55_other_programs_archives_are_read() {
    let files = files(&[small()], None);
    let mut reversed = files.clone();
    reversed.reverse();
    let folders = Tar::default().header(tar::EntryType::Directory, "dist/", "", 0).header(
        tar::EntryType::Directory,
        "dist/2024-02-08/",
        "",
        0,
    );
    let folders = files.iter().fold(folders, |tar, (key, content)| tar.file(&format!("dist/{key}"), content));
    for tar in [Tar::of(&files), Tar::of(&reversed), folders] {
        for name in ["x.tar", "x.tgz", "x.tar.gz"] {
            let mirror = Mirror::new();
            let archive = mirror.path(name);
            tar.clone().write(&archive);
            mirror.unpack(&archive).unwrap();
            assert!(mirror.files("dist") == expected(&files), "{name}");
        }
    }
}

#[test]
fn row_51_whatever_the_folder_is_called() {
    let files = files(&[small()], None);
    let archive = Mirror::of(&files);
    let archive_path = archive.pack("toolchain.tar.gz", keys(&files));
    let mirror = Mirror::new();
    for dest in ["x", "deeper/folder", ".romt/../y", "z/"] {
        let order = UnpackToolchains { dest: mirror.path(dest), ..mirror.order(&archive_path) };
        fs::create_dir_all(mirror.path("deeper")).unwrap();
        unpack_toolchains(&order, &mut SeenFiles::default(), &unsigned, &mut |_| (), &CancellationToken::new())
            .unwrap();
        for (key, content) in &files {
            assert!(fs::read(mirror.path(dest).join(key.to_string())).unwrap() == *content, "{dest}");
        }
    }
}

#[test]
fn twice_is_as_once_and_writes_no_file_again() {
    let files = files(&uneven(), None);
    let archive = Mirror::of(&files);
    let archive_path = archive.pack("toolchain.tar.gz", keys(&files));
    let mirror = Mirror::new();
    let first = mirror.unpack(&archive_path).unwrap();
    let numbers = || {
        let paths = files.iter().map(|(key, _)| mirror.path("dist").join(key.to_string()));
        paths.map(|path| fs::metadata(path).unwrap().ino()).collect::<Vec<_>>()
    };
    let before = numbers();
    assert_eq!(mirror.unpack(&archive_path).unwrap(), first);
    assert_eq!(numbers(), before);

    // What is wrong where it is, is replaced.
    let spoiled = format!("dist/{}", files[4].0);
    mirror.put(&spoiled, &files[4].1.to_ascii_uppercase());
    mirror.unpack(&archive_path).unwrap();
    assert!(mirror.files("dist") == expected(&files));
}

#[test]
fn what_is_in_its_place_and_right_is_known_again() {
    let files = files(&uneven(), None);
    let archive = Mirror::of(&files);
    let archive_path = archive.pack("toolchain.tar.gz", keys(&files));
    let mirror = Mirror::new();
    // The first time files are moved to their places, the second time they are there.
    for _ in 0..2 {
        let mut seen = SeenFiles::default();
        let order = mirror.order(&archive_path);
        unpack_toolchains(&order, &mut seen, &unsigned, &mut |_| (), &CancellationToken::new()).unwrap();
        for (key, content) in &files {
            let metadata = || fs::metadata(mirror.path("dist").join(key.to_string())).unwrap();
            let digest = Digest::of(content);
            assert!(seen.has(&digest, &metadata()), "{key}");
            assert!(!seen.has(&Digest::of(b"other"), &metadata()), "{key}");
        }
        let (key, content) = &files[0];
        // Longer than the steps in which any kernel counts the times of files.
        std::thread::sleep(std::time::Duration::from_millis(20));
        mirror.put(&format!("dist/{key}"), content);
        let metadata = fs::metadata(mirror.path("dist").join(key.to_string())).unwrap();
        assert!(!seen.has(&Digest::of(content), &metadata), "somebody has written to it");
    }
}

#[test]
fn row_137_a_manifest_comes_after_its_packages_and_what_lies_beside_it() {
    let files = files(&uneven(), None);
    let archive = Mirror::of(&files);
    let archive_path = archive.pack("toolchain.tar.gz", keys(&files));
    let mirror = Mirror::new();
    let mut told = Vec::new();
    let mut on = |event: FileEvent<'_, DistKey>| match event {
        FileEvent::Read(key) => {
            assert!(told.is_empty());
            assert!(!mirror.path("dist").exists(), "{key}");
        }
        FileEvent::Whole(count) => assert_eq!(count, files.len() as u64),
        FileEvent::Placed(key) => {
            assert!(mirror.path("dist").join(key.to_string()).exists());
            told.push(key.clone());
        }
        _ => panic!("{event:?}"),
    };
    mirror.unpack_telling(&archive_path, &mut on, &CancellationToken::new()).unwrap();
    assert_eq!(told.len(), files.len());
    let names: Vec<_> = told[told.len() - 5..].iter().map(ToString::to_string).collect();
    assert!(names[0].contains(".tar.xz"));
    assert_eq!(
        names[1..],
        [
            "2024-02-08/channel-rust-stable.toml.sha256",
            "2024-02-08/channel-rust-stable.toml",
            "2024-02-09/channel-rust-nightly.toml.sha256",
            "2024-02-09/channel-rust-nightly.toml",
        ]
    );
}

#[test]
fn stopped_at_any_event_it_can_be_done_again() {
    let files = files(&[small()], None);
    let archive = Mirror::of(&files);
    let archive_path = archive.pack("toolchain.tar.gz", keys(&files));
    let manifest = format!("dist/{}", small().file().part(Part::Content));
    for after in 0..2 * files.len() + 2 {
        let mirror = Mirror::new();
        let before = mirror.everything();
        let stop = CancellationToken::new();
        let (mut events, mut whole) = (0, false);
        let mut on = |event: FileEvent<'_, _>| {
            whole |= matches!(event, FileEvent::Whole(_));
            if events == after {
                stop.cancel();
            }
            events += 1;
        };
        match mirror.unpack_telling(&archive_path, &mut on, &stop) {
            Err(error) => assert!(error.is::<Stopped>(), "{error:?}"),
            // There was nothing left to stop.
            Ok(_) => assert!(whole),
        }
        if !whole {
            assert_eq!(mirror.everything(), before);
        }
        if mirror.path(&manifest).exists() {
            assert!(mirror.files("dist") == expected(&files));
        }
        assert_eq!(fs::read_dir(mirror.path(".romt")).unwrap().count(), 0);
        mirror.unpack(&archive_path).unwrap();
        assert!(mirror.files("dist") == expected(&files));
    }
}

#[test]
fn from_another_file_system_it_is_copied() {
    let files = files(&[small()], None);
    let archive = Mirror::of(&files);
    let archive_path = archive.pack("toolchain.tar.gz", keys(&files));
    let mirror = Mirror::new();
    // On Linux this is in memory, so not where temporary files are; where it is, this shows less.
    let state = tempfile::tempdir_in("/dev/shm").unwrap();
    let order = UnpackToolchains { state: state.path().to_owned(), ..mirror.order(&archive_path) };
    // What a killed process left, and a file to be replaced.
    let manifest = format!("dist/{}", files[0].0);
    mirror.put(&format!("{manifest}#1"), b"left");
    mirror.put(&manifest, b"old");
    unpack_toolchains(&order, &mut SeenFiles::default(), &unsigned, &mut |_| (), &CancellationToken::new()).unwrap();
    assert!(mirror.files("dist") == expected(&files));
    assert_eq!(fs::read_dir(state.path()).unwrap().count(), 0);
}

#[test]
fn what_is_in_the_way_is_named_and_left() {
    let files = files(&[small()], None);
    let archive = Mirror::of(&files);
    let archive_path = archive.pack("toolchain.tar.gz", keys(&files));
    let outside = tempfile::tempdir().unwrap();
    let manifest = format!("dist/{}", files[0].0);
    for (place, content) in [("dist/2024-02-08", "link"), ("dist/2024-02-08", "file"), (manifest.as_str(), "")] {
        let mirror = Mirror::new();
        let path = mirror.path(place);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        match content {
            "link" => symlink(outside.path(), &path).unwrap(),
            "file" => fs::write(&path, "x").unwrap(),
            _ => fs::create_dir_all(&path).unwrap(),
        }
        let error = mirror.refuses(|mirror| mirror.unpack(&archive_path));
        assert!(error.contains(path.to_str().unwrap()), "{error}");
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
    }
    // A link in a file's own place is replaced, and what it leads to is left.
    let mirror = Mirror::new();
    fs::write(outside.path().join("precious"), "x").unwrap();
    fs::create_dir_all(mirror.path(&manifest).parent().unwrap()).unwrap();
    symlink(outside.path().join("precious"), mirror.path(&manifest)).unwrap();
    mirror.unpack(&archive_path).unwrap();
    assert!(mirror.files("dist") == expected(&files));
    assert_eq!(fs::read(outside.path().join("precious")).unwrap(), b"x");
}

#[test]
fn what_it_needs_and_is_not_there_is_named() {
    let mirror = Mirror::new();
    let error = mirror.refuses(|mirror| mirror.unpack(&mirror.path("absent.tar.gz")));
    assert!(error.contains("absent.tar.gz") && error.contains("No such file"), "{error}");
}

/// What the mirror had of a release before, the archive of another target does not take away.
#[test]
fn an_archive_adds_to_what_is_there() {
    let [stable, nightly] = uneven();
    let all = files(&[stable, nightly], None);
    let part = files(&[Release::new(&romt_dist::testing::SampleRelease::stable("1.76.0", "2024-02-08"), &[])], None);
    let exporter = Mirror::of(&all);
    let mirror = Mirror::new();
    mirror.unpack(&exporter.pack("all.tar", keys(&all))).unwrap();
    mirror.unpack(&exporter.pack("part.tar", keys(&part))).unwrap();
    assert!(mirror.files("dist") == expected(&all));
}
