//! Following dependencies over an index.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use romt_types::{CrateId, CrateName, Digest};
use semver::VersionReq;

use super::features::{ActiveFeatures, Asked};
use super::{Reason, RequirementRoot, VersionChoice};
use crate::Package;

/// Finds the versions that requirements lead to.
///
/// It does no I/O: it says which crates' index files it [needs](Self::needed), is [supplied](Self::supply) with them, and
/// goes on until it needs no more. Followed are normal and build dependencies of every target platform, with the features
/// that are on; per requirement the newest matching version that is not yanked, or all of them.
#[derive(Debug)]
pub struct Resolver {
    choice: VersionChoice,
    files: HashMap<String, Option<Vec<Package>>>,
    asked_for: HashSet<String>,
    needed: Vec<CrateName>,
    waiting: HashMap<String, Vec<Demand>>,
    ready: VecDeque<Demand>,
    active: HashMap<CrateId, Active>,
    wanted: BTreeMap<CrateId, Wanted>,
    failures: BTreeMap<String, String>,
    notes: Vec<String>,
    watched: Option<String>,
    demands: Vec<(VersionReq, Reason)>,
}

/// A version that is selected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// What its file must hash to.
    pub cksum: Digest,
    /// The first reason that was found.
    pub reason: Reason,
}

#[derive(Debug, Clone)]
struct Demand {
    name: CrateName,
    requirement: VersionReq,
    asked: Asked,
    reason: Reason,
}

/// One selected version: its features, and what was asked of each of its dependencies by now.
#[derive(Debug, Default)]
struct Active {
    features: ActiveFeatures,
    demanded: HashMap<usize, Asked>,
}

impl Resolver {
    /// A resolver without requirements.
    pub fn new(choice: VersionChoice) -> Self {
        Self {
            choice,
            files: HashMap::new(),
            asked_for: HashSet::new(),
            needed: Vec::new(),
            waiting: HashMap::new(),
            ready: VecDeque::new(),
            active: HashMap::new(),
            wanted: BTreeMap::new(),
            failures: BTreeMap::new(),
            notes: Vec::new(),
            watched: None,
            demands: Vec::new(),
        }
    }

    /// Remembers all requirements on the crate `name`, for [`demands`](Self::demands).
    pub fn watch(&mut self, name: &CrateName) {
        self.watched = Some(name.lowercase());
    }

    /// Adds a requirement.
    pub fn require(&mut self, root: RequirementRoot) {
        let asked = Asked {
            features: root.features.into_iter().collect(),
            default_features: root.default_features,
            all_features: root.all_features,
        };
        self.demand(Demand { name: root.name, requirement: root.requirement, asked, reason: root.reason });
        self.settle();
    }

    /// The crates whose index files are needed to go on, each said once.
    pub fn needed(&mut self) -> Vec<CrateName> {
        std::mem::take(&mut self.needed)
    }

    /// Takes the index file of a crate: its versions that could be read, or `None` where the index has no such crate.
    pub fn supply(&mut self, name: &CrateName, packages: Option<Vec<Package>>) {
        let key = name.lowercase();
        let unknown = packages.iter().flatten().filter(|package| package.format > KNOWN_FORMAT).count();
        if unknown > 0 {
            self.notes.push(format!("passed over {unknown} versions of {name}: their index format is too new"));
        }
        self.ready.extend(self.waiting.remove(&key).unwrap_or_default());
        self.files.insert(key, packages);
        self.settle();
    }

    /// The versions that are selected.
    pub fn wanted(&self) -> &BTreeMap<CrateId, Wanted> {
        &self.wanted
    }

    /// Requirements that nothing satisfies: which crate, and why.
    pub fn failures(&self) -> &BTreeMap<String, String> {
        &self.failures
    }

    /// What was passed over and why.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// All requirements on the [watched](Self::watch) crate, and whose they are.
    pub fn demands(&self) -> &[(VersionReq, Reason)] {
        &self.demands
    }

    fn demand(&mut self, demand: Demand) {
        let key = demand.name.lowercase();
        let is_known = |(requirement, reason): &(_, _)| *requirement == demand.requirement && *reason == demand.reason;
        if self.watched.as_ref() == Some(&key) && !self.demands.iter().any(is_known) {
            self.demands.push((demand.requirement.clone(), demand.reason.clone()));
        }
        if self.files.contains_key(&key) {
            self.ready.push_back(demand);
            return;
        }
        if self.asked_for.insert(key.clone()) {
            self.needed.push(demand.name.clone());
        }
        self.waiting.entry(key).or_default().push(demand);
    }

    fn settle(&mut self) {
        while let Some(demand) = self.ready.pop_front() {
            self.meet(&demand);
        }
    }

    fn meet(&mut self, demand: &Demand) {
        let key = demand.name.lowercase();
        // Taken out for the time being: selecting changes everything else.
        let Some((key, file)) = self.files.remove_entry(&key) else { return };
        match &file {
            None => self.fail(demand, "the index has no such crate".to_owned()),
            Some(packages) => {
                let chosen = choose(packages, &demand.requirement, self.choice);
                if chosen.is_empty() {
                    self.fail(demand, why_nothing_matches(packages, &demand.requirement));
                }
                let mut found = Vec::new();
                for package in chosen {
                    self.select(package, demand, &mut found);
                }
                self.files.insert(key, file);
                for demand in found {
                    self.demand(demand);
                }
                return;
            }
        }
        self.files.insert(key, file);
    }

    /// Selects a version and finds what it demands that was not demanded before.
    fn select(&mut self, package: &Package, demand: &Demand, found: &mut Vec<Demand>) {
        let id = package.line.id();
        if !self.wanted.contains_key(&id) {
            self.wanted.insert(id.clone(), Wanted { cksum: package.line.cksum, reason: demand.reason.clone() });
            for foreign in &package.foreign {
                self.notes.push(format!("skipped {foreign}, which {id} takes from another registry"));
            }
        }
        let active = self.active.entry(id.clone()).or_default();
        let grown = active.features.turn_on(package, &demand.asked);
        if !grown && !active.demanded.is_empty() {
            return;
        }
        for (number, dependency) in package.dependencies.iter().enumerate() {
            if !active.features.is_on(dependency) {
                continue;
            }
            let asked = active.features.asked_of(dependency);
            if active.demanded.get(&number) == Some(&asked) {
                continue;
            }
            active.demanded.insert(number, asked.clone());
            let requirement = format!("{} {}", dependency.name, dependency.requirement);
            found.push(Demand {
                name: dependency.name.clone(),
                requirement: dependency.requirement.clone(),
                asked,
                reason: Reason::Dependency { of: id.clone(), requirement },
            });
        }
    }

    fn fail(&mut self, demand: &Demand, why: String) {
        let what = if demand.requirement == VersionReq::STAR {
            demand.name.to_string()
        } else {
            format!("{}@{}", demand.name, demand.requirement)
        };
        let is_dependency = matches!(demand.reason, Reason::Dependency { .. });
        // Of all versions there ever were, some always lean on what is gone.
        if is_dependency && self.choice == VersionChoice::All {
            self.notes.push(format!("passed over {what}: {why} ({})", demand.reason));
        } else {
            self.failures.entry(what).or_insert_with(|| format!("{why} ({})", demand.reason));
        }
    }
}

/// The newest index format that cargo knows (The Cargo Book, "Registry index", field `v`).
const KNOWN_FORMAT: u32 = 2;

/// The versions to take of those that match.
fn choose<'a>(packages: &'a [Package], requirement: &VersionReq, choice: VersionChoice) -> Vec<&'a Package> {
    let usable = packages.iter().filter(|package| !package.line.yanked && package.format <= KNOWN_FORMAT);
    let matching = usable.filter(|package| requirement.matches(package.line.version.semver()));
    match choice {
        VersionChoice::All => matching.collect(),
        VersionChoice::Newest => matching.max_by(|a, b| a.line.version.cmp(&b.line.version)).into_iter().collect(),
    }
}

fn why_nothing_matches(packages: &[Package], requirement: &VersionReq) -> String {
    let newest = |yanked| {
        let versions =
            packages.iter().filter(|package| package.line.yanked == yanked).map(|package| &package.line.version);
        versions.max()
    };
    let only_yanked =
        packages.iter().any(|package| package.line.yanked && requirement.matches(package.line.version.semver()));
    if only_yanked {
        return "every version that matches is yanked".to_owned();
    }
    match newest(false) {
        Some(newest) => format!("no version matches; the newest is {newest}"),
        None if newest(true).is_some() => "all its versions are yanked".to_owned(),
        None => "it has no versions".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An index of lines like `a 1.0.0 b^1 ?c^2 !yanked feature=dep:c`.
    struct Index(BTreeMap<String, Vec<Package>>);

    impl Index {
        fn new(lines: &[&str]) -> Self {
            let mut index = BTreeMap::<String, Vec<Package>>::new();
            for line in lines {
                let mut words = line.split(' ');
                let (name, version) = (words.next().unwrap(), words.next().unwrap());
                let (mut deps, mut features, mut yanked) = (Vec::new(), Vec::new(), false);
                for word in words {
                    if word == "!yanked" {
                        yanked = true;
                    } else if let Some((feature, value)) = word.split_once("->") {
                        features.push(format!(r#""{feature}":["{value}"]"#));
                    } else {
                        let optional = word.starts_with('?');
                        let kind = if word.starts_with('~') { "dev" } else { "normal" };
                        let (name, req) = word.trim_start_matches(['?', '~']).split_once(':').unwrap();
                        deps.push(format!(
                            r#"{{"name":"{name}","req":"{req}","optional":{optional},"kind":"{kind}"}}"#
                        ));
                    }
                }
                let json = format!(
                    r#"{{"name":"{name}","vers":"{version}","cksum":"{}","yanked":{yanked},"deps":[{}],"features":{{{}}}}}"#,
                    "0".repeat(64),
                    deps.join(","),
                    features.join(",")
                );
                index.entry(name.to_owned()).or_default().push(Package::parse(json.as_bytes()).unwrap());
            }
            Self(index)
        }

        fn resolve(&self, choice: VersionChoice, requests: &[&str]) -> Resolver {
            let mut resolver = Resolver::new(choice);
            for request in requests {
                let request: crate::CrateRequest = request.parse().unwrap();
                resolver.require(RequirementRoot {
                    name: request.name.clone(),
                    requirement: request.requirement.clone(),
                    features: Vec::new(),
                    default_features: true,
                    all_features: true,
                    reason: Reason::Request { request: request.to_string() },
                });
            }
            loop {
                let needed = resolver.needed();
                if needed.is_empty() {
                    return resolver;
                }
                for name in needed {
                    resolver.supply(&name, self.0.get(name.as_str()).cloned());
                }
            }
        }
    }

    fn wanted(resolver: &Resolver) -> Vec<String> {
        resolver.wanted().keys().map(ToString::to_string).collect()
    }

    #[test]
    fn the_newest_that_matches_and_is_not_yanked_is_taken() {
        let index = Index::new(&[
            "a 1.0.0 b:^1",
            "a 1.1.0 b:^1",
            "b 1.0.0",
            "b 1.2.0",
            "b 1.3.0 !yanked",
            "b 2.0.0",
            "b 1.9.0-rc.1",
        ]);
        assert_eq!(wanted(&index.resolve(VersionChoice::Newest, &["a"])), ["a@1.1.0", "b@1.2.0"]);
        assert_eq!(
            wanted(&index.resolve(VersionChoice::Newest, &["a@=1.0.0", "b@2"])),
            ["a@1.0.0", "b@1.2.0", "b@2.0.0"]
        );
        assert_eq!(wanted(&index.resolve(VersionChoice::All, &["a"])), ["a@1.0.0", "a@1.1.0", "b@1.0.0", "b@1.2.0"]);
    }

    #[test]
    fn optional_dependencies_come_with_their_features_only() {
        let index = Index::new(&["a 1.0.0 b:*", "b 1.0.0 ?c:* f->dep:c", "c 1.0.0 ~d:*", "e 1.0.0 b:* ?c:*"]);
        assert_eq!(wanted(&index.resolve(VersionChoice::Newest, &["a"])), ["a@1.0.0", "b@1.0.0"]);
        assert_eq!(
            wanted(&index.resolve(VersionChoice::Newest, &["b"])),
            ["b@1.0.0", "c@1.0.0"],
            "all features of roots"
        );
    }

    #[test]
    fn features_asked_for_later_still_count() {
        let index = Index::new(&["a 1.0.0 b:*", "b 1.0.0 ?c:* f->dep:c", "c 1.0.0", "z 1.0.0 b:* g->b/f"]);
        assert_eq!(
            wanted(&index.resolve(VersionChoice::Newest, &["a", "z"])),
            ["a@1.0.0", "b@1.0.0", "c@1.0.0", "z@1.0.0"]
        );
    }

    #[test]
    fn circles_end() {
        let index = Index::new(&["a 1.0.0 b:*", "b 1.0.0 a:* b:*"]);
        assert_eq!(wanted(&index.resolve(VersionChoice::All, &["a"])), ["a@1.0.0", "b@1.0.0"]);
    }

    #[test]
    fn what_cannot_be_had_is_named_with_its_reason() {
        let index = Index::new(&["a 1.0.0 gone:^1 b:^9", "b 1.0.0", "y 1.0.0 !yanked"]);
        let resolver = index.resolve(VersionChoice::Newest, &["a", "unknown", "y@1"]);
        let failures: Vec<_> = resolver.failures().iter().map(|(what, why)| format!("{what}: {why}")).collect();
        assert_eq!(
            failures,
            [
                "b@^9: no version matches; the newest is 1.0.0 (a@1.0.0 requires b ^9)",
                "gone@^1: the index has no such crate (a@1.0.0 requires gone ^1)",
                "unknown: the index has no such crate (`--crate unknown` asks for it)",
                "y@^1: every version that matches is yanked (`--crate y@^1` asks for it)",
            ]
        );
        assert_eq!(wanted(&resolver), ["a@1.0.0"]);
        assert_eq!(
            index.resolve(VersionChoice::All, &["a"]).failures().len(),
            0,
            "of all versions, some lean on what is gone"
        );
    }
}
