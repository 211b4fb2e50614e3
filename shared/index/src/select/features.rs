//! Which features and optional dependencies of one version are on (The Cargo Book, "Features").

use std::collections::{BTreeMap, BTreeSet};

use crate::{Dependency, Package};

/// The features of one version that are on so far. They only ever grow, whoever asks: cargo unifies them.
#[derive(Debug, Clone, Default)]
pub(super) struct ActiveFeatures {
    features: BTreeSet<String>,
    /// Optional dependencies that are on, by the name the package gives them.
    dependencies: BTreeSet<String>,
    /// Features asked of dependencies by `x/f` and `x?/f`, by the name the package gives them.
    passed_on: BTreeMap<String, BTreeSet<String>>,
}

/// What is asked of a version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) features: BTreeSet<String>,
    pub(super) default_features: bool,
    pub(super) all_features: bool,
}

impl ActiveFeatures {
    /// Turns on what is asked for and all that follows from it; says whether anything was not on before.
    pub(super) fn turn_on(&mut self, package: &Package, asked: &Asked) -> bool {
        let before = (self.features.len(), self.dependencies.len(), self.passed_on_count());
        let mut waiting: Vec<String> = asked.features.iter().cloned().collect();
        if asked.default_features {
            waiting.push("default".to_owned());
        }
        if asked.all_features {
            waiting.extend(package.features.keys().cloned());
            let optional = package.dependencies.iter().filter(|dependency| dependency.optional);
            self.dependencies.extend(optional.map(|dependency| dependency.alias.clone()));
        }
        while let Some(value) = waiting.pop() {
            self.turn_on_value(package, &value, &mut waiting);
        }
        before != (self.features.len(), self.dependencies.len(), self.passed_on_count())
    }

    /// One value of a feature list: `f`, `dep:x`, `x/f` or `x?/f`.
    fn turn_on_value(&mut self, package: &Package, value: &str, waiting: &mut Vec<String>) {
        if let Some(dependency) = value.strip_prefix("dep:") {
            self.dependencies.insert(dependency.to_owned());
        } else if let Some((dependency, feature)) = value.split_once('/') {
            let (dependency, weak) = match dependency.strip_suffix('?') {
                Some(dependency) => (dependency, true),
                None => (dependency, false),
            };
            self.passed_on.entry(dependency.to_owned()).or_default().insert(feature.to_owned());
            // `x?/f` does not ask for `x`, but cargo's resolver takes `x` into the Cargo.lock all the same, and must find
            // it. Only the feature that is called like an optional dependency stays off then.
            self.dependencies.insert(dependency.to_owned());
            let mut optional = package.dependencies.iter().filter(|dependency| dependency.optional);
            if !weak && optional.any(|optional| optional.alias == dependency) {
                waiting.push(dependency.to_owned());
            }
        } else if let Some(values) = package.features.get(value) {
            if self.features.insert(value.to_owned()) {
                waiting.extend(values.iter().cloned());
            }
        } else if package.dependencies.iter().any(|dependency| dependency.optional && dependency.alias == value) {
            self.dependencies.insert(value.to_owned());
        }
    }

    /// Whether a dependency counts now.
    pub(super) fn is_on(&self, dependency: &Dependency) -> bool {
        !dependency.optional || self.dependencies.contains(&dependency.alias)
    }

    /// What is asked of a dependency now.
    pub(super) fn asked_of(&self, dependency: &Dependency) -> Asked {
        let mut features: BTreeSet<String> = dependency.features.iter().cloned().collect();
        features.extend(self.passed_on.get(&dependency.alias).into_iter().flatten().cloned());
        Asked { features, default_features: dependency.default_features, all_features: false }
    }

    fn passed_on_count(&self) -> usize {
        self.passed_on.values().map(BTreeSet::len).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `features` as JSON; optional dependencies `x` and `y`.
    fn package(features: &str) -> Package {
        let dependency = |name: &str| format!(r#"{{"name":"{name}","req":"1","optional":true,"kind":"normal"}}"#);
        let json = format!(
            r#"{{"name":"a","vers":"1.0.0","cksum":"{}","deps":[{},{}],"features":{features}}}"#,
            "0".repeat(64),
            dependency("x"),
            dependency("y")
        );
        Package::parse(json.as_bytes()).unwrap()
    }

    fn on(features: &str, asked: &[&str]) -> Vec<String> {
        let package = package(features);
        let mut active = ActiveFeatures::default();
        let features = asked.iter().map(|feature| (*feature).to_owned()).collect();
        active.turn_on(&package, &Asked { features, default_features: true, all_features: false });
        let on = package.dependencies.iter().filter(|dependency| active.is_on(dependency));
        on.map(|dependency| format!("{} {:?}", dependency.alias, active.asked_of(dependency).features)).collect()
    }

    #[test]
    fn features_turn_dependencies_on() {
        assert_eq!(on("{}", &[]), [""; 0]);
        assert_eq!(on("{}", &["x"]), ["x {}"]);
        assert_eq!(on(r#"{"default":["f"],"f":["dep:x"]}"#, &[]), ["x {}"]);
        assert_eq!(on(r#"{"f":["x/g"]}"#, &["f"]), [r#"x {"g"}"#]);
        assert_eq!(on(r#"{"f":["x?/g"]}"#, &["f"]), [r#"x {"g"}"#], "as in a Cargo.lock");
        assert_eq!(on(r#"{"x":["dep:x","y"],"f":["x?/g"]}"#, &["f"]), [r#"x {"g"}"#], "its own feature stays off");
        assert_eq!(on(r#"{"f":["x?/g"],"h":["dep:x"]}"#, &["f", "h"]), [r#"x {"g"}"#]);
        assert_eq!(on(r#"{"x":["dep:x","y"],"f":["x?/g","x/h"]}"#, &["f"]), [r#"x {"g", "h"}"#, "y {}"]);
        assert_eq!(on(r#"{"f":["g"],"g":["f","y"]}"#, &["f"]), ["y {}"], "circles end");
        assert_eq!(on(r#"{"x":["dep:x","y"],"f":["x/g"]}"#, &["f"]), [r#"x {"g"}"#, "y {}"]);
    }

    #[test]
    fn all_features_turn_everything_on() {
        let package = package(r#"{"f":["x/g"]}"#);
        let mut active = ActiveFeatures::default();
        let asked = Asked { all_features: true, ..Asked::default() };
        assert!(active.turn_on(&package, &asked));
        assert!(!active.turn_on(&package, &asked), "nothing is new the second time");
        assert!(package.dependencies.iter().all(|dependency| active.is_on(dependency)));
    }
}
