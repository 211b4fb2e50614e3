//! The source of a made-up crate.

use std::fmt::Write as _;

use super::FakeCrate;
use super::dependency::{Dependency, Kind};

/// `src/lib.rs`: the function `tree()`.
pub(super) fn library(krate: &FakeCrate) -> String {
    let mut parts = String::new();
    for (feature, _) in krate.all_features() {
        if feature != "default" {
            let _ =
                writeln!(parts, "    if cfg!(feature = {feature:?}) {{ name.push_str({:?}); }}", format!("+{feature}"));
        }
    }
    for dependency in krate.dependencies.iter().filter(|d| d.kind == Kind::Normal) {
        let Some(condition) = condition(krate, dependency) else { continue };
        let _ = writeln!(parts, "    {condition}parts.push({}::tree());", dependency.name.replace('-', "_"));
    }
    if has_build_script(krate) {
        parts.push_str("    parts.push(env!(\"BUILT_WITH\").to_string());\n");
    }
    format!(
        "//! Edition {edition} of a crate made for a test.\n\n\
         /// Name, version and features of this crate and of what it was built with.\n\
         #[allow(unused_mut)]\n\
         pub fn tree() -> String {{\n    \
             let mut name = String::from({title:?});\n    \
             let mut parts: Vec<String> = Vec::new();\n\
             {parts}    \
             if parts.is_empty() {{ name }} else {{ format!(\"{{name}}[{{}}]\", parts.join(\", \")) }}\n\
         }}\n",
        edition = krate.edition,
        title = format!("{}-{}", krate.name, krate.version),
    )
}

/// `build.rs`, if the crate has build dependencies: it calls each of them.
pub(super) fn build_script(krate: &FakeCrate) -> Option<String> {
    has_build_script(krate).then(|| {
        let calls: Vec<String> =
            build_dependencies(krate).map(|d| format!("{}::tree()", d.name.replace('-', "_"))).collect();
        format!(
            "fn main() {{\n    let built_with = [{}].join(\", \");\n    \
             println!(\"cargo:rustc-env=BUILT_WITH={{built_with}}\");\n}}\n",
            calls.join(", ")
        )
    })
}

fn has_build_script(krate: &FakeCrate) -> bool {
    build_dependencies(krate).next().is_some()
}

/// Those that are there on every platform, so that the script need not ask.
fn build_dependencies(krate: &FakeCrate) -> impl Iterator<Item = &Dependency> {
    krate.dependencies.iter().filter(|d| d.kind == Kind::Build && d.target.is_none() && !d.optional)
}

/// When a dependency is there, as attributes; `None` if source cannot say it (a target triple).
fn condition(krate: &FakeCrate, dependency: &Dependency) -> Option<String> {
    let mut condition = String::new();
    if let Some(target) = &dependency.target {
        if !target.starts_with("cfg(") {
            return None;
        }
        let _ = write!(condition, "#[{target}] ");
    }
    if dependency.optional {
        let explicit = format!("dep:{}", dependency.name);
        let feature = krate.all_features().find(|(_, enables)| enables.contains(&explicit));
        let feature = feature.map_or(&dependency.name, |(name, _)| name);
        let _ = write!(condition, "#[cfg(feature = {feature:?})] ");
    }
    Some(condition)
}
