//! Tests of reading manifests, and of what `list` shows of them.

use proptest::prelude::*;

use super::*;
use crate::testing::{HOST, SampleRelease};
use crate::{Channel, Download, TargetSelection};

const BASE: &str = "https://upstream.test";

fn sample() -> Manifest {
    parse(&SampleRelease::stable("1.76.0", "2024-02-08").manifest(BASE)).unwrap()
}

fn parse(text: &str) -> Result<Manifest, ManifestError> {
    Manifest::parse(text.as_bytes())
}

/// What is wrong with `text`, with its causes.
fn fault(text: &str) -> String {
    let error = parse(text).unwrap_err();
    let mut shown = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        shown = format!("{shown}: {inner}");
        cause = inner.source();
    }
    shown
}

fn small(package: &str) -> String {
    format!(
        "manifest-version = \"2\"\ndate = \"2024-02-08\"\n[pkg.rust-src]\nversion = \"1.76.0 (x)\"\n\
         [pkg.rust-src.target.\"*\"]\navailable = true\n{package}"
    )
}

fn entry(url: &str, hash: &str) -> String {
    small(&format!("xz_url = \"{url}\"\nxz_hash = \"{hash}\"\n"))
}

#[test]
fn rows_30_and_31_a_release_in_real_size_is_read() {
    let manifest = sample();
    assert_eq!(manifest.release().to_string(), "stable-2024-02-08(1.76.0)");
    assert_eq!(manifest.targets().len(), 115);
    assert_eq!(manifest.available_targets().len(), 94);
    assert_eq!(manifest.available().count(), 425);
    assert_eq!(manifest.available_for(&HOST.parse().unwrap()).count(), 15);
    assert!(manifest.components().contains(&"rustfmt-preview".parse::<PackageName>().unwrap()));
    assert!(manifest.packages().is_sorted());
    assert_eq!(manifest.packages()[0].name.as_str(), "rust-src");
    assert_eq!(manifest.package_dates(), ["2024-02-08".parse().unwrap()].into());
    assert_eq!(manifest.find_package("rustfmt").map(PackageName::as_str), Some("rustfmt-preview"));
    assert_eq!(manifest.find_package("nosuch"), None);
    let files: BTreeSet<_> = manifest.available().map(|(_, file)| file.path.clone()).collect();
    assert_eq!(files, SampleRelease::stable("1.76.0", "2024-02-08").files());
    for (_, file) in manifest.available() {
        assert_eq!(file.digest, Digest::of(&SampleRelease::content(&file.path)));
    }
}

#[test]
fn the_channel_is_that_of_the_version() {
    let beta = parse(&SampleRelease::beta("1.77.0", 3, "2024-02-10").manifest(BASE)).unwrap();
    assert_eq!((beta.release().channel, beta.release().beta), (Channel::Beta, Some(3)));
    let nightly = parse(&SampleRelease::nightly("1.78.0", "2024-02-11").manifest(BASE)).unwrap();
    assert_eq!(nightly.release().to_string(), "nightly-2024-02-11(1.78.0)");
    // The oldest have no rust-src.
    let old =
        "manifest-version = '2'\ndate = '2016-04-14'\n[pkg.rust]\nversion = '1.8.0 (x)'\n[pkg.rustc]\nversion = ''";
    assert_eq!(parse(old).unwrap().release().to_string(), "stable-2016-04-14(1.8.0)");
}

#[test]
fn each_fault_is_named() {
    let hash = "ab".repeat(32);
    let url = "https://h/dist/2024-02-08/rust-src.tar.xz";
    assert!(parse(&entry(url, &hash)).is_ok());
    assert!(parse(&entry(url, &hash.to_uppercase())).is_ok());
    let text = small("");
    for (bad, says) in [
        (text.replace("date = ", "day = "), "it has no date"),
        (text.replace("2024-02-08", "2024-99-08"), "its date cannot be used: `2024-99-08` is not a date"),
        (text.replace("2024-02-08", "../../etc"), "its date cannot be used"),
        (text.replace("\"2\"", "\"1\""), "its manifest-version is \"1\", and only \"2\" is known"),
        (text.replace("manifest-version", "version"), "its manifest-version is missing"),
        (text.replace("rust-src", "other"), "it has neither of the packages rust-src"),
        (text.replace("1.76.0 (x)", "new"), "the version of its package rust-src cannot be used"),
        (format!("{text}available = false\n"), "not a manifest in TOML: duplicate key"),
        (format!("{text}[pkg.rust-src]\n"), "duplicate key"),
        (text.replace("available = true\n", ""), "missing field `available` (line"),
        (text.replace("available = true", "available = 1"), "invalid type"),
        (entry("https://h/rustup/x.tar.xz", &hash), "rust-src for * cannot be used: its URL cannot be used"),
        (entry("https://h/rustup/x.tar.xz", &hash), "it points outside /dist/"),
        (entry("https://h/dist/../x.tar.xz", &hash), "its URL cannot be used"),
        (entry("https://h/dist/channel-rust-stable.toml", &hash), "neither .tar.xz nor .tar.gz"),
        (entry(url, ""), "it has no hash"),
        (entry(url, "ab"), "64 hexadecimal digits are needed"),
        (text.replace("\"*\"", "\"../x\""), "its package rust-src for ../x cannot be used: its name cannot be used"),
        (format!("{text}[profiles]\nminimal = ['a b']\n"), "its [profiles] cannot be used"),
        (format!("{text}[renames.a]\nto = '/'\n"), "its [renames] cannot be used"),
        ("<html>".into(), "it is not a manifest in TOML"),
        (String::new(), "its manifest-version is missing"),
    ] {
        let shown = fault(&bad);
        assert!(shown.contains(says), "{shown}\n{bad}");
        assert!(shown.len() < 400 && !shown.contains('\n'), "{shown}");
    }
    let in_line = fault("manifest-version = '2'\ndate = 2024\n");
    assert!(in_line.ends_with("(line 2)"), "{in_line}");
    assert!(matches!(Manifest::parse(b"a = '\xff'"), Err(ManifestError::Malformed { line: Some(1), .. })));
}

#[test]
fn two_packages_may_share_a_file_but_not_disagree() {
    let package = |name: &str, hash: &str| {
        format!(
            "[pkg.{name}]\n[pkg.{name}.target.a]\navailable = true\nxz_url = 'h/dist/x.tar.xz'\nxz_hash = '{hash}'\n"
        )
    };
    let text = |second: &str| small(&(package("b", &"ab".repeat(32)) + &package("c", &second.repeat(32))));
    assert_eq!(parse(&text("AB")).unwrap().available().count(), 2);
    assert_eq!(fault(&text("ac")), "it has two hashes for x.tar.xz");
}

#[test]
fn what_is_not_available_is_not_looked_at_and_old_files_are_in_gzip() {
    let hash = "ab".repeat(32);
    let text = entry("nowhere", "nothing").replace("true", "false");
    assert_eq!(parse(&text).unwrap().available().count(), 0);
    // A combined package that only lists its components.
    assert_eq!(parse(&small("")).unwrap().available().count(), 0);
    let old = small(&format!("url = 'h/dist/2016-04-14/a.tar.gz'\nhash = '{hash}'\n"));
    let manifest = parse(&old).unwrap();
    assert_eq!(manifest.available().next().unwrap().1.path.as_str(), "2016-04-14/a.tar.gz");
}

#[test]
fn no_manifest_is_too_large_to_be_refused() {
    let large = vec![b'#'; 200 << 20];
    let start = std::time::Instant::now();
    assert_eq!(Manifest::parse(&large), Err(ManifestError::TooLarge));
    assert!(start.elapsed().as_millis() < 100, "it was read");
    let packages = (0..=Manifest::MAX_PACKAGES).map(|n| format!("t{n} = {{available = false}}\n"));
    let text = small(&format!("[pkg.a.target]\n{}", packages.collect::<String>()));
    assert_eq!(parse(&text), Err(ManifestError::TooManyPackages));
    assert!(fault(&"[".repeat(100_000)).contains("not a manifest in TOML"));
}

#[test]
fn rows_37_to_39_list_shows_what_is_held() {
    let manifest = sample();
    let fetched = |targets: &str, cross| {
        let targets = TargetSelection::parse_list([targets]).unwrap();
        let download = Download { targets, components: crate::ComponentChoice::default(), profile: None, cross };
        let plan = download.plan(&manifest, []).unwrap();
        plan.files().into_iter().map(|file| file.path.clone()).collect::<BTreeSet<_>>()
    };
    let mut held = fetched("linux", false);
    held.extend(fetched("x86_64-unknown-linux-musl", true));
    let is_held = |path: &PackagePath| held.contains(path);
    let line = format!("{:28} {}", manifest.release(), manifest.held_counts(is_held));
    assert_eq!(line, "stable-2024-02-08(1.76.0)    targets[10/94]   packages[34/425]  ");
    let types = manifest.held_targets(is_held);
    let shown = |target_type| {
        let lines = types.iter().filter(|(_, own)| **own == target_type);
        lines.map(|(target, own)| format!("  {target:45} {own}")).collect::<Vec<_>>()
    };
    assert_eq!(shown(TargetType::Native), ["  x86_64-unknown-linux-gnu                      native-target"]);
    assert_eq!(shown(TargetType::Cross), ["  x86_64-unknown-linux-musl                     cross-target"]);
    assert_eq!(shown(TargetType::Minimal).len(), 8);

    let nothing = manifest.held_counts(|_| false).to_string();
    assert_eq!(nothing.trim_end(), "targets[0/94]    packages[0/425]");
    assert_eq!(manifest.held_targets(|_| true).len(), 94);
}

#[test]
fn profiles_are_those_of_the_manifest_or_the_combined_package() {
    let manifest = sample();
    let host = HOST.parse().unwrap();
    let names = |manifest: &Manifest, profile| {
        let names = manifest.profile(profile, &host).unwrap();
        names.into_iter().map(PackageName::as_str).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names(&manifest, Profile::Minimal), "cargo rust-mingw rust-std rustc");
    let text = SampleRelease::stable("1.30.0", "2018-10-25").manifest(BASE);
    let (before, _) = text.split_once("[profiles]").unwrap();
    assert_eq!(names(&parse(before).unwrap(), Profile::Complete), "cargo rust-docs rust-std rustc");
    let other = parse(&text.replace("minimal = ", "tiny = ")).unwrap();
    assert_eq!(other.profile(Profile::Minimal, &host), None);
}

proptest! {
    #[test]
    fn no_bytes_are_too_strange(content in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Manifest::parse(&content).is_err());
    }

    #[test]
    fn no_damage_is_too_strange(at: prop::sample::Index, what in "\\PC{0,3}|[\"\\[\\]\\.=/\n]{1,3}") {
        let mut text = small("xz_url = \"h/dist/2024-02-08/x.tar.xz\"\nxz_hash = \"ab\"\n[profiles]\nminimal = ['a']\n");
        text.insert_str(at.index(text.len()), &what);
        if let Err(error) = parse(&text) {
            prop_assert!(!error.to_string().is_empty());
        }
    }
}
