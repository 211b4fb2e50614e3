//! The same archives, as Python romt itself writes and reads them.

use std::io::Write;
use std::process::Command;

use romt_dist::testing::HOST;
use romt_dist::{DistKey, RustupKey};
use romt_testkit::RomtProgram;

use crate::mirror::{Mirror, expected, members};
use crate::release::{MUSL, Sign, files, keys, rustup, small, uneven};

/// Runs Python romt in a mirror's folder; false, having said so, where it is not installed.
fn python(mirror: &Mirror, arguments: &str) -> bool {
    let Some(program) = RomtProgram::python() else {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "Python romt is not installed");
        // Past the test harness; `tests/run` looks for this line.
        let reason = "Python romt is not installed; `tests/run python` installs it";
        let _ = writeln!(std::io::stderr(), "NOT RUN: packer and Python romt: {reason}");
        return false;
    };
    let output = Command::new(program.path()).args(arguments.split(' ')).current_dir(mirror.path("")).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{arguments}: {said}{}", String::from_utf8_lossy(&output.stderr));
    true
}

#[test]
fn row_50_toolchains_that_python_romt_packed_are_taken_over() {
    let releases = uneven();
    let sign: &Sign<'_> = &|content| content.len().to_string().into_bytes();
    for sign in [None, Some(sign)] {
        let files = files(&releases, sign);
        let exporter = Mirror::of(&files);
        for archive in ["toolchain.tar.gz", "toolchain.tar", "toolchain.tgz"] {
            // Signatures that are none pass with a warning.
            let signature = if sign.is_some() { "--warn-signature" } else { "--no-signature" };
            let specs = "-s stable-2024-02-08 -s nightly-2024-02-09";
            if !python(&exporter, &format!("toolchain {signature} {specs} --archive {archive} pack")) {
                return;
            }
            // Targets that share all of their packages with others come in, too, so the order is another.
            let sorted = |mut members: Vec<(DistKey, Vec<u8>)>| {
                members.sort();
                members
            };
            assert!(sorted(members(&exporter.path(archive))) == sorted(files.clone()), "{archive}");
            let importer = Mirror::new();
            importer.unpack(&exporter.path(archive)).unwrap();
            assert!(importer.files("dist") == expected(&files), "{archive}");
        }
    }
}

#[test]
fn row_44_it_packs_the_same_members_in_the_same_order() {
    let [stable, _] = uneven();
    let files = files(&[stable], None);
    let exporter = Mirror::of(&files);
    let targets = format!("-t {HOST},{MUSL}");
    if python(&exporter, &format!("toolchain --no-signature -s stable-2024-02-08 {targets} pack")) {
        assert!(members::<DistKey>(&exporter.path("toolchain.tar.gz")) == files);
    }
}

#[test]
fn row_50_python_romt_takes_over_the_toolchains_that_we_packed() {
    for (releases, alias) in [(Vec::from([small()]), "dist/channel-rust-stable.toml"), (uneven().into(), "")] {
        let files = files(&releases, None);
        let exporter = Mirror::of(&files);
        for archive in ["toolchain.tar.gz", "toolchain.tar"] {
            let importer = Mirror::new();
            std::fs::copy(exporter.pack(archive, keys(&files)), importer.path(archive)).unwrap();
            // Of uneven targets it wants all for each: it unpacks, and only then fails.
            let arguments = format!("toolchain --no-signature --archive {archive} unpack");
            if alias.is_empty() {
                let Some(program) = RomtProgram::python() else { return };
                Command::new(program.path())
                    .args(arguments.split(' '))
                    .current_dir(importer.path(""))
                    .output()
                    .unwrap();
            } else if !python(&importer, &arguments) {
                return;
            }
            let found = importer.files("dist");
            assert!(expected(&files).iter().all(|(name, content)| found.get(name) == Some(content)), "{archive}");
            assert!(alias.is_empty() || found[alias] == releases[0].text);
        }
    }
}

#[test]
fn rows_71_to_73_rustup_both_ways() {
    let uneven = rustup(&[("1.9.0", HOST), ("1.27.1", "x86_64-pc-windows-msvc"), ("1.27.1", HOST)]);
    let exporter = Mirror::of(&uneven);
    for archive in ["rustup.tar.gz", "rustup.tar"] {
        if !python(&exporter, &format!("rustup -s 1.9.0 -s 1.27.1 --archive {archive} pack")) {
            return;
        }
        assert_eq!(members::<RustupKey>(&exporter.path(archive)), uneven);
        let importer = Mirror::new();
        importer.unpack_rustup(&exporter.path(archive)).unwrap();
        assert_eq!(importer.files("rustup"), expected(&uneven));
    }
    // It takes over only versions that have the same targets.
    let even = rustup(&[("1.9.0", HOST), ("1.27.1", HOST)]);
    let importer = Mirror::new();
    std::fs::copy(exporter.pack_rustup("even.tar.gz", keys(&even)), importer.path("rustup.tar.gz")).unwrap();
    python(&importer, "rustup unpack");
    let found = importer.files("rustup");
    assert!(expected(&even).iter().all(|(name, content)| found.get(name) == Some(content)));
    assert_eq!(found["rustup/release-stable.toml"], b"schema-version = \"1\"\nversion = \"1.27.1\"\n");
}
