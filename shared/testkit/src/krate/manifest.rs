//! `Cargo.toml`, normalised as cargo publishes it.

use std::fmt::Write as _;

use super::FakeCrate;
use super::dependency::Dependency;

/// The manifest of `krate`.
pub(super) fn manifest(krate: &FakeCrate) -> String {
    let mut text = String::from("[package]\n");
    let mut put = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    put(String::from("edition = \"2021\""));
    put(format!("name = {:?}\nversion = {:?}", krate.name, krate.version));
    put(String::from("description = \"made for a test\"\nlicense = \"MIT\""));
    if let Some(version) = &krate.rust_version {
        put(format!("rust-version = {version:?}"));
    }
    put(format!("\n[lib]\nname = {:?}\npath = \"src/lib.rs\"", krate.name.replace('-', "_")));
    for dependency in &krate.dependencies {
        put(table(dependency));
    }
    put(String::from("\n[features]"));
    for (name, enables) in krate.all_features() {
        put(format!("{name:?} = {enables:?}"));
    }
    text
}

fn table(dependency: &Dependency) -> String {
    let kind = dependency.kind.table();
    let mut text = match &dependency.target {
        Some(target) => format!("\n[target.{target:?}.{kind}.{:?}]", dependency.name),
        None => format!("\n[{kind}.{:?}]", dependency.name),
    };
    // Writing to a string cannot fail.
    let _ = write!(text, "\nversion = {:?}", dependency.req);
    if let Some(package) = &dependency.package {
        let _ = write!(text, "\npackage = {package:?}");
    }
    if dependency.optional {
        text.push_str("\noptional = true");
    }
    if !dependency.default_features {
        text.push_str("\ndefault-features = false");
    }
    if !dependency.features.is_empty() {
        let _ = write!(text, "\nfeatures = {:?}", dependency.features);
    }
    text
}
