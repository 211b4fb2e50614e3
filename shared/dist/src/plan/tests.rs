//! Tests of what commands are about.

use std::collections::BTreeSet;

use super::*;
use crate::testing::{HOST, SampleRelease};
use crate::{ComponentChoice, Manifest, PackagePath, Profile, Target, TargetError, TargetSelection};

const MUSL: &str = "x86_64-unknown-linux-musl";

fn manifest() -> Manifest {
    let text = SampleRelease::stable("1.76.0", "2024-02-08").manifest("https://upstream.test");
    Manifest::parse(text.as_bytes()).unwrap()
}

fn download(targets: &str) -> Download {
    let targets = TargetSelection::parse_list([targets]).unwrap();
    Download { targets, components: ComponentChoice::default(), profile: None, cross: false }
}

fn with_components(targets: &str, values: &[&str]) -> Download {
    Download { components: ComponentChoice::parse_list(values), ..download(targets) }
}

fn paths(files: &[&PackageFile]) -> BTreeSet<PackagePath> {
    files.iter().map(|file| file.path.clone()).collect()
}

fn names(plan: &DownloadPlan<'_>) -> String {
    let names: Vec<_> = plan.packages.iter().map(|package| package.name.as_str()).collect();
    names.join(" ")
}

/// The packages that `verify` asks for, and targets that are not there.
fn expected(
    targets: &str,
    remembered: Option<&Selection>,
    held: &BTreeSet<PackagePath>,
) -> Result<(BTreeSet<PackagePath>, Vec<String>), TargetError> {
    expected_of(&manifest(), targets, remembered, held)
}

fn expected_of(
    manifest: &Manifest,
    targets: &str,
    remembered: Option<&Selection>,
    held: &BTreeSet<PackagePath>,
) -> Result<(BTreeSet<PackagePath>, Vec<String>), TargetError> {
    let targets = TargetSelection::parse_list([targets]).unwrap();
    let expected = Expected::of(manifest, &targets, remembered, |path| held.contains(path))?;
    Ok((paths(&expected.files()), expected.absent.iter().map(ToString::to_string).collect()))
}

#[test]
fn rows_15_and_24_a_target_brings_its_packages_and_those_for_all() {
    let manifest = manifest();
    let plan = download("linux").plan(&manifest, []).unwrap();
    assert_eq!((plan.matched, plan.packages.len(), plan.files().len(), plan.targets.len()), (15, 15, 15, 1));
    assert!(names(&plan).starts_with("rust-src cargo clippy-preview "), "by target and name");
    let unavailable = download("hexagon-unknown-none").plan(&manifest, []).unwrap();
    assert_eq!(names(&unavailable), "rust-src");
}

#[test]
fn row_23_an_unknown_target_is_refused() {
    let error = download("linux,nosuch").plan(&manifest(), []).unwrap_err();
    assert_eq!(error.to_string(), "target 'nosuch' not found in manifest");
}

#[test]
fn row_25_a_shared_file_is_fetched_once() {
    let manifest = manifest();
    let plan = download("linux,mips-unknown-linux-gnu").plan(&manifest, []).unwrap();
    assert_eq!((plan.packages.len(), plan.files().len()), (16, 15));
    let all = download("all").plan(&manifest, []).unwrap();
    assert_eq!((all.targets.len(), all.packages.len(), all.files().len()), (115, 425, 425 - 18));
}

#[test]
fn row_26_for_compiling_elsewhere_the_library_is_enough() {
    let manifest = manifest();
    let plan = Download { cross: true, ..download(MUSL) }.plan(&manifest, []).unwrap();
    assert_eq!(names(&plan), "rust-std");
    let plan =
        Download { cross: true, profile: Some(Profile::Complete), ..download(MUSL) }.plan(&manifest, []).unwrap();
    assert_eq!(names(&plan), "rust-std");
}

#[test]
fn rows_27_to_29_components_are_chosen() {
    let manifest = manifest();
    let chosen = |values: &[&str]| {
        let plan = with_components("linux", values).plan(&manifest, []).unwrap();
        (names(&plan), plan)
    };
    let (taken, plan) = chosen(&["cargo rustc", "rust-std,!rust-src"]);
    assert_eq!((taken.as_str(), plan.matched), ("cargo rust-std rustc", 15));
    let (taken, plan) = chosen(&["rustfmt"]);
    assert_eq!(taken, "rustfmt-preview");
    assert_eq!(plan.components.renamed, [("rustfmt".to_owned(), "rustfmt-preview".parse().unwrap())].into());
    let (_, plan) = chosen(&["!rustc-dev,"]);
    assert_eq!(plan.packages.len(), 14);
    let (taken, plan) = chosen(&["nosuch !other, , !"]);
    assert_eq!(taken, "", "an unknown name does not mean everything");
    assert_eq!(plan.components.unknown, ["nosuch".to_owned(), "other".to_owned()].into());
    assert!(ComponentChoice::parse_list([" ,,"]).is_empty());
}

#[test]
fn a_profile_is_what_rustup_installs_and_no_more() {
    let manifest = manifest();
    let profile = |targets: &str, profile, values: &[&str]| {
        let download = Download { profile: Some(profile), ..with_components(targets, values) };
        names(&download.plan(&manifest, []).unwrap())
    };
    assert_eq!(profile("linux", Profile::Minimal, &[]), "cargo rust-std rustc");
    assert_eq!(
        profile("linux", Profile::Default, &["rust-src !rust-docs"]),
        "rust-src cargo clippy-preview rust-std rustc rustfmt-preview"
    );
    assert_eq!(profile("x86_64-pc-windows-gnu", Profile::Minimal, &[]), "cargo rust-mingw rust-std rustc");
    assert!(!profile("linux", Profile::Complete, &[]).contains("rustc-d"), "rustc-dev, rustc-docs");
    // A target that no compiler runs on has only a library to add.
    assert_eq!(profile("linux,arm-unknown-none", Profile::Minimal, &[]), "rust-std cargo rust-std rustc");

    let text = SampleRelease::stable("1.76.0", "2024-02-08").manifest("https://upstream.test");
    let other = Manifest::parse(text.replace("minimal = ", "tiny = ").as_bytes()).unwrap();
    let error = Download { profile: Some(Profile::Minimal), ..download("linux") }.plan(&other, []).unwrap_err();
    assert_eq!(error.to_string(), "there is no profile minimal in manifest");
}

#[test]
fn row_40_a_lost_compiler_is_missed_with_and_without_memory() {
    let manifest = manifest();
    let plan = download("linux").plan(&manifest, []).unwrap();
    let (all, selection) = (paths(&plan.files()), plan.selection());
    for lost in all.iter().filter(|path| !path.as_str().contains("rust-src")) {
        let mut held = all.clone();
        held.remove(lost);
        for targets in ["linux", "*"] {
            for remembered in [None, Some(&selection)] {
                let (expected, absent) = expected_of(&manifest, targets, remembered, &held).unwrap();
                assert!(expected.contains(lost), "{lost} {targets}");
                assert_eq!(absent, [""; 0]);
            }
        }
    }
}

#[test]
fn what_was_not_wanted_is_not_missed() {
    let manifest = manifest();
    let cross = Download { cross: true, ..download(MUSL) }.plan(&manifest, []).unwrap();
    let held = paths(&cross.files());
    assert_eq!(expected("*", None, &held).unwrap().0, held);
    let minimal = Download { profile: Some(Profile::Minimal), ..download("linux") }.plan(&manifest, []).unwrap();
    let held = paths(&minimal.files());
    assert_eq!(expected("linux", Some(&minimal.selection()), &held).unwrap().0, held);
    assert_eq!(expected("linux", None, &held).unwrap().0.len(), 15, "without memory all that is available");

    // Other targets share the documentation of this one, and nothing else of theirs was wanted.
    let default = Download { profile: Some(Profile::Default), ..download("linux") }.plan(&manifest, []).unwrap();
    let held = paths(&default.files());
    let expected_of_all =
        Expected::of(&manifest, &TargetSelection::Held, Some(&default.selection()), |path| held.contains(path));
    let expected_of_all = expected_of_all.unwrap();
    assert_eq!((paths(&expected_of_all.files()), expected_of_all.targets.len()), (held.clone(), 9));
    let lost: BTreeSet<_> = held.iter().filter(|path| !path.file_name().starts_with("rustc")).cloned().collect();
    assert_eq!(expected("*", Some(&default.selection()), &lost).unwrap().0, held, "what is lost is missed");

    // Of two downloads, both are remembered.
    let mut both = minimal.selection();
    both.merge(cross.selection());
    assert_eq!(expected("*", Some(&both), &BTreeSet::new()).unwrap().0.len(), 4);
    let components = ComponentChoice::parse_list(["cargo"]).of_manifest(&manifest);
    let linux = TargetSelection::parse_list(["linux"]).unwrap();
    let mut limited = Expected::of(&manifest, &linux, None, |path| held.contains(path)).unwrap();
    limited.limit_to(&components);
    assert_eq!(limited.files().len(), 1);
}

#[test]
fn row_46_what_is_held_is_packed() {
    let manifest = manifest();
    let mut held = paths(&download("linux").plan(&manifest, []).unwrap().files());
    held.extend(paths(&Download { cross: true, ..download(MUSL) }.plan(&manifest, []).unwrap().files()));
    let expected = Expected::of(&manifest, &TargetSelection::Held, None, |path| held.contains(path)).unwrap();
    // The numbers that Python romt 0.10.3 shows for this mirror.
    assert_eq!((expected.packages.len(), expected.targets.len(), expected.files().len()), (24, 10, 16));
}

#[test]
fn row_47_all_targets_are_those_with_something_to_have() {
    let manifest = manifest();
    let all = SampleRelease::stable("1.76.0", "2024-02-08").files();
    let (files, absent) = expected("all", None, &all).unwrap();
    assert_eq!((files.len(), absent.len()), (407, 0));
    let linux = paths(&download("linux").plan(&manifest, []).unwrap().files());
    let (files, absent) = expected("all", None, &linux).unwrap();
    assert_eq!((files, absent.len()), (linux, 94 - 9));
}

#[test]
fn row_48_a_target_that_is_not_held_is_named() {
    let linux = paths(&download("linux").plan(&manifest(), []).unwrap().files());
    for absent in ["aarch64-apple-darwin", "hexagon-unknown-none"] {
        assert_eq!(expected(absent, None, &linux).unwrap(), (BTreeSet::new(), vec![absent.to_owned()]));
    }
    assert_eq!(expected("nosuch", None, &linux), Err(TargetError::NotInManifest("nosuch".parse().unwrap())));
    assert_eq!(expected("*", None, &BTreeSet::new()).unwrap(), (BTreeSet::new(), Vec::new()));
}

#[test]
fn rows_44_and_45_an_archive_is_in_python_romts_order() {
    let manifest = manifest();
    let plan =
        with_components("linux,mips-unknown-linux-gnu", &["cargo,rust-src,rust-docs"]).plan(&manifest, []).unwrap();
    let toolchain = (manifest.release().canonical(), plan.packages.as_slice());
    let shown: Vec<_> =
        archive_order([toolchain, toolchain], &Part::ALL[..2]).iter().map(ToString::to_string).collect();
    let both = |name: &str| [format!("2024-02-08/{name}"), format!("2024-02-08/{name}.sha256")];
    let order = ["channel-rust-stable.toml", "rust-src-1.76.0.tar.xz"];
    // The documentation comes with the first target that has it, though the file is another's.
    let docs = format!("rust-docs-1.76.0-{HOST}.tar.xz");
    let cargo = format!("cargo-1.76.0-{HOST}.tar.xz");
    assert_eq!(shown, order.into_iter().chain([docs.as_str(), &cargo]).flat_map(both).collect::<Vec<_>>());
    let signed = archive_order([toolchain], &Part::ALL);
    assert!(signed[2].to_string().ends_with("stable.toml.asc"));
}

#[test]
fn a_selection_is_what_an_archive_brought() {
    let manifest = manifest();
    let plan = Download { profile: Some(Profile::Default), ..download("linux") }.plan(&manifest, []).unwrap();
    let files = paths(&plan.files());
    let selection = Selection::of_files(&manifest, |path| files.contains(path));
    assert!(plan.packages.iter().all(|package| selection.has(package)));
    // Its documentation is all that some targets have, so they came too.
    let targets: BTreeSet<&Target> = selection.targets().collect();
    assert_eq!(targets.len(), 9);
    assert!(!selection.is_empty() && Selection::default().is_empty());
}

#[test]
fn a_selection_is_written_and_read() {
    let manifest = manifest();
    let selection = with_components("linux", &["rust-src,cargo"]).plan(&manifest, []).unwrap().selection();
    let text = serde_json::to_string(&selection).unwrap();
    assert_eq!(text, format!(r#"{{"*":["rust-src"],"{HOST}":["cargo"]}}"#));
    assert_eq!(serde_json::from_str::<Selection>(&text).unwrap(), selection);
    for bad in [r#"{"all":["cargo"]}"#, r#"{"*":["../x"]}"#] {
        assert!(serde_json::from_str::<Selection>(bad).is_err(), "{bad}");
    }
}
