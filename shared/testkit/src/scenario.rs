//! Registries that several tests know.

use serde_json::json;

use crate::{Dependency, FakeCrate, GitUpstream, Upstream};

/// What to depend on to get the whole [`family`].
pub const FAMILY_DEPENDENCY: &str = "parent = { version = \"1\", features = [\"full\"] }";

/// What a program that shows `parent` prints.
pub const FAMILY_TREE: &str = "parent-1.1.0+full[child-1.2.0+loud[Grand_Child-0.1.5], unix_only-1.0.0, helper-2.0.0, child-0.9.1, \
                               generator-0.3.0[grammar-1.0.0+build.7]]\n";

/// The versions that cargo locks for [`FAMILY_DEPENDENCY`], in order.
pub const FAMILY_LOCKED: [&str; 10] = [
    "Grand_Child@0.1.5",
    "child@0.9.1",
    "child@1.2.0",
    "generator@0.3.0",
    "grammar@1.0.0+build.7",
    "helper@2.0.0",
    "parent@1.1.0",
    "unix_only@1.0.0",
    "windows-helper@0.5.0",
    "windows_only@1.0.0",
];

/// A crate with every kind of dependency and feature:
/// a renamed second version, an optional one behind `dep:`, a build dependency with one of its own, one for each platform
/// and one for a triple, a development dependency that is nowhere; among older, yanked and pre-release versions.
pub fn family(upstream: &Upstream) {
    let publish = |krate: FakeCrate| drop(upstream.publish(krate));
    publish(FakeCrate::new("parent", "1.0.0"));
    publish(
        FakeCrate::new("parent", "1.1.0")
            .depends(Dependency::on("child", "^1.0").features(&["loud"]).no_default_features())
            .depends(Dependency::on("unix_only", "1").target("cfg(unix)"))
            .depends(Dependency::on("windows_only", "1").target("cfg(windows)"))
            .depends(Dependency::on("windows-helper", "0.5").target("x86_64-pc-windows-msvc"))
            .depends(Dependency::on("helper", "2").optional())
            .depends(Dependency::on("child", "0.9").renamed("old-child"))
            .depends(Dependency::on("generator", "0.3").build())
            .depends(Dependency::on("only-for-tests", "1").dev())
            .feature("default", &[])
            .feature2("full", &["dep:helper"])
            .rust_version("1.60")
            .pubtime("2026-01-31T00:00:00Z")
            .extra("from_the_future", json!({"z": 1, "a": [null, 1.50]})),
    );
    publish(FakeCrate::new("parent", "1.2.0").yanked());
    publish(FakeCrate::new("parent", "2.0.0-rc.1"));
    publish(FakeCrate::new("child", "0.9.1"));
    publish(
        FakeCrate::new("child", "1.2.0")
            .depends(Dependency::on("Grand_Child", "=0.1.5").optional())
            .depends(Dependency::on("quiet", "1").optional())
            .feature("loud", &["Grand_Child"])
            .feature("default", &["quiet"]),
    );
    publish(FakeCrate::new("quiet", "1.0.0"));
    publish(FakeCrate::new("Grand_Child", "0.1.5"));
    publish(FakeCrate::new("Grand_Child", "0.1.6"));
    publish(FakeCrate::new("unix_only", "1.0.0"));
    publish(FakeCrate::new("windows_only", "1.0.0"));
    publish(FakeCrate::new("windows-helper", "0.5.0"));
    publish(FakeCrate::new("helper", "2.0.0"));
    publish(FakeCrate::new("generator", "0.3.0").depends_on("grammar", "1"));
    publish(FakeCrate::new("grammar", "1.0.0+build.7"));
}

/// `count` small crates, `member-000` and so on, and `everyone` who depends on all of them.
/// Every fortieth is large enough (about 2.5 MB) to be stored in parts.
pub fn crowd(upstream: &Upstream, count: usize) {
    let mut everyone = FakeCrate::new("everyone", "1.0.0");
    for n in 0..count {
        let name = format!("member-{n:03}");
        let padding = if n % 40 == 0 { 2_500_000 } else { 500 + n * 37 % 9_000 };
        upstream.publish(FakeCrate::new(&name, "1.0.0").padding(padding));
        everyone = everyone.depends_on(&name, "1");
    }
    upstream.publish(everyone);
}

/// Crates of every length of name, in capitals or not, with versions that sort in different ways.
pub fn lab() -> GitUpstream {
    let upstream = GitUpstream::start();
    for name in ["a", "ab", "Abc"] {
        upstream.publish(FakeCrate::new(name, "1.0.0"));
    }
    upstream.publish(FakeCrate::new("ABcd", "0.1.0"));
    upstream.publish(FakeCrate::new("ABcd", "0.2.0"));
    upstream.publish(FakeCrate::new("serde", "1.0.0"));
    upstream.publish(FakeCrate::new("serde", "1.0.1+build.5"));
    upstream.publish(FakeCrate::new("serde_json", "1.0.0").depends_on("serde", "1"));
    upstream
}

/// The versions of the [`lab`], in the order in which romt lists them.
pub const LAB: [&str; 8] = [
    "ABcd@0.1.0",
    "ABcd@0.2.0",
    "Abc@1.0.0",
    "a@1.0.0",
    "ab@1.0.0",
    "serde@1.0.0",
    "serde@1.0.1+build.5",
    "serde_json@1.0.0",
];

/// The files of the [`lab`] below `crates`, in order, where prefixes are in lower case.
pub const LAB_FILES: [&str; 8] = [
    "1/a/a-1.0.0.crate",
    "2/ab/ab-1.0.0.crate",
    "3/a/Abc/Abc-1.0.0.crate",
    "ab/cd/ABcd/ABcd-0.1.0.crate",
    "ab/cd/ABcd/ABcd-0.2.0.crate",
    "se/rd/serde/serde-1.0.0.crate",
    "se/rd/serde/serde-1.0.1+build.5.crate",
    "se/rd/serde_json/serde_json-1.0.0.crate",
];
