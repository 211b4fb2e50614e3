//! Toolchains and rustup go the same way.
//!
//! They are mirrored by hand here, and so in a folder; those of buckets are in `tests/deployment`.

use std::fs;
use std::path::Path;

use romt_testkit::{CrateMirror, Romt, Upstream, stored_files};
use romt_tests::{SiteKind, python_romt};
use romt_types::Digest;

use crate::support::{Sides, copy, names};

const LINUX: &str = "x86_64-unknown-linux-gnu";
const WINDOWS: &str = "x86_64-pc-windows-msvc";

fn sides() -> Sides {
    let mut sides = Sides::new(&SiteKind::OneProcess, Upstream::start());
    sides.exporter.set("ROMT_SIGNATURES", "off");
    release(sides.exporter.romt(), "1.76.0", "2024-02-08");
    sides
}

/// Releases a stable toolchain in the folder `up` of the exporter: three packages for each of two targets.
fn release(romt: &Romt, version: &str, date: &str) {
    let upstream = "https://upstream.test/dist";
    let full = format!("{version} (0123456789 {date})");
    let mut parts = vec![format!("manifest-version = \"2\"\ndate = \"{date}\"\n")];
    for name in ["rustc", "cargo", "rust-std"] {
        parts.push(format!("\n[pkg.{name}]\nversion = \"{full}\"\n"));
        for target in [LINUX, WINDOWS] {
            let path = format!("{date}/{name}-{version}-{target}.tar");
            let content = format!("content of {path}").repeat(1_000);
            put(romt.folder(), &format!("up/dist/{path}.xz"), content.as_bytes());
            let (gz, xz) = (Digest::of(b"gz"), Digest::of(content.as_bytes()));
            parts.push(format!(
                "\n[pkg.{name}.target.{target}]\navailable = true\nurl = \"{upstream}/{path}.gz\"\nhash = \"{gz}\"\n\
                 xz_url = \"{upstream}/{path}.xz\"\nxz_hash = \"{xz}\"\n",
            ));
        }
    }
    for (name, target) in [("rust", LINUX), ("rust-src", "\"*\"")] {
        parts
            .push(format!("\n[pkg.{name}]\nversion = \"{full}\"\n\n[pkg.{name}.target.{target}]\navailable = false\n"));
    }
    parts.push("\n[profiles]\nminimal = [\"rustc\", \"cargo\", \"rust-std\"]\n".to_owned());
    let manifest = parts.concat();
    let day = format!("{date}/channel-rust-stable.toml");
    for name in ["channel-rust-stable.toml", &format!("channel-rust-{version}.toml"), &day] {
        put(romt.folder(), &format!("up/dist/{name}"), manifest.as_bytes());
    }
}

fn release_rustup(romt: &Romt, version: &str) {
    let content = format!("{version} for {LINUX}");
    put(romt.folder(), &format!("up/rustup/archive/{version}/{LINUX}/rustup-init"), content.as_bytes());
    let text = format!("schema-version = '1'\nversion = '{version}'\n");
    fs::write(romt.folder().join("up/rustup/release-stable.toml"), text).unwrap();
}

/// A file, and its hash beside it.
fn put(folder: &Path, path: &str, content: &[u8]) {
    let file = folder.join(path);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, content).unwrap();
    let name = file.file_name().unwrap().to_str().unwrap().to_owned();
    fs::write(folder.join(format!("{path}.sha256")), format!("{} *{name}\n", Digest::of(content))).unwrap();
}

fn download(romt: &Romt, spec: &str, targets: &str) {
    let args = ["--dest", "mirror/dist", "--url", "up/dist", "--no-signature", "-s", spec, "-t", targets];
    romt.run(&[&["toolchain", "--profile", "minimal"], &args[..], &["download"]].concat()).succeeds();
}

fn download_rustup(romt: &Romt) {
    let args = ["--dest", "mirror/rustup", "--url", "up/rustup", "-s", "stable", "-t", "linux", "download"];
    romt.run(&[&["rustup"], &args[..]].concat()).succeeds();
}

/// The files of toolchains and rustup, with their content.
fn files(romt: &Romt) -> Vec<(String, Vec<u8>)> {
    let wanted = |file: &String| file.starts_with("dist/") || file.starts_with("rustup/");
    let files = stored_files(&romt.mirror()).into_iter().filter(wanted);
    files.map(|file| (file.clone(), fs::read(romt.mirror().join(file)).unwrap())).collect()
}

#[test]
fn what_is_new_is_exported_and_published_on_the_other_side() {
    let sides = sides();
    download(sides.exporter.romt(), "stable", "linux");
    release_rustup(sides.exporter.romt(), "1.28.0");
    download_rustup(sides.exporter.romt());
    sides.export(&[]).succeeds().says("2 archives exported");
    let kinds: Vec<_> = sides.archives().iter().map(|name| name.split('-').next().unwrap().to_owned()).collect();
    assert_eq!(kinds, ["rustup", "toolchain"]);
    sides.carry();
    let serving = sides.importer.up(&[]);
    serving.packing().wait_for_lines(1, "is admitted: 1 toolchains new");
    serving.packing().wait_for_lines(1, "is admitted: 1 releases of rustup new");
    assert_eq!(serving.serving().get("/dist/channel-rust-stable.toml").status, 200);
    assert!(serving.serving().get("/rustup/release-stable.toml").text().contains("1.28.0"));
    assert_eq!(files(sides.importer.site.romt()), files(sides.exporter.romt()));
    sides.export(&[]).succeeds().says("nothing new to export");

    // A newer release; and of the older one, a target more.
    release(sides.exporter.romt(), "1.77.0", "2024-03-21");
    download(sides.exporter.romt(), "stable", "linux");
    download(sides.exporter.romt(), "1.76.0", "windows");
    release_rustup(sides.exporter.romt(), "1.29.0");
    download_rustup(sides.exporter.romt());
    sides.export(&[]).succeeds().says("2 archives exported");
    sides.carry();
    serving.packing().wait_for_lines(1, "is admitted: 2 toolchains new");
    serving.packing().wait_for_lines(2, "releases of rustup new");
    serving.terminate();
    assert_eq!(files(sides.importer.site.romt()), files(sides.exporter.romt()));
    assert_eq!(names(&sides.importer.quarantine()), [""; 0]);
}

#[test]
fn a_damaged_one_publishes_nothing() {
    let sides = sides();
    download(sides.exporter.romt(), "stable", "linux");
    sides.export(&[]).succeeds();
    let archive = sides.archives().pop().unwrap();
    let mut content = fs::read(sides.outbox().join(&archive)).unwrap();
    let middle = content.len() / 2;
    content[middle] ^= 1;
    fs::write(sides.importer.inbox().join("bad.tar.gz"), content).unwrap();
    let serving = sides.importer.up(&[]);
    serving.packing().wait_for_lines(1, "bad.tar.gz is refused");
    assert_eq!(serving.serving().get("/dist/channel-rust-stable.toml").status, 404);
    sides.carry();
    serving.packing().wait_for_lines(1, "is admitted: 1 toolchains new");
    serving.terminate();
}

#[test]
fn python_romt_unpacks_what_is_in_the_outbox_and_the_inbox_takes_its_archives() {
    let Some(python) = python_romt("python_romt_unpacks_toolchains") else { return };
    let sides = sides();
    download(sides.exporter.romt(), "stable", "linux");
    release_rustup(sides.exporter.romt(), "1.28.0");
    download_rustup(sides.exporter.romt());
    sides.export(&[]).succeeds();
    let theirs = CrateMirror::importer(&python);
    for (kind, verb) in [("toolchain", "toolchain"), ("rustup", "rustup")] {
        let archive = sides.archives().into_iter().find(|name| name.starts_with(kind)).unwrap();
        let file = format!("{kind}.tar.gz");
        copy(&sides.outbox().join(archive), &theirs.path(&file));
        let signatures: &[&str] = if kind == "toolchain" { &["--no-signature"] } else { &[] };
        theirs.call(&[&[verb], signatures, &["unpack"]].concat()).succeeds();
        // And packed by Python romt, ours takes it.
        std::fs::remove_file(theirs.path(&file)).unwrap();
        let chosen = if kind == "toolchain" { "stable-2024-02-08" } else { "1.28.0" };
        theirs.call(&[&[verb], signatures, &["-s", chosen, "-t", "*", "pack"]].concat()).succeeds();
        copy(&theirs.path(&file), &sides.importer.inbox().join(file));
    }
    sides.importer.admit(2).succeeds();
    let ours: Vec<_> = files(sides.importer.site.romt()).into_iter().map(|(name, _)| name).collect();
    let exported: Vec<_> = files(sides.exporter.romt()).into_iter().map(|(name, _)| name).collect();
    assert_eq!(ours, exported);
}
