//! What is selected, by all the ways of saying it.

use romt_testkit::{FakeCrate, Romt, Upstream, scenario};
use romt_tests::{Site, SiteKind, both};

both! {
    per_requirement_the_newest_version_that_is_not_yanked,
    all_versions_that_match_on_demand,
    selections_add_up_and_earlier_ones_stay,
    settings_come_from_the_file_the_environment_and_the_command_line,
}

/// Three versions of `tool`, one of them yanked; `tool` 1.x depends on `part`, of which two versions match.
fn tools(kind: &SiteKind) -> (Upstream, Site) {
    let upstream = Upstream::start();
    upstream.publish(FakeCrate::new("tool", "1.0.0").depends_on("part", "^0.1"));
    upstream.publish(FakeCrate::new("tool", "1.1.0").depends_on("part", "^0.1"));
    upstream.publish(FakeCrate::new("tool", "1.2.0").yanked());
    upstream.publish(FakeCrate::new("tool", "2.0.0"));
    upstream.publish(FakeCrate::new("part", "0.1.0"));
    upstream.publish(FakeCrate::new("part", "0.1.1"));
    upstream.publish(FakeCrate::new("part", "0.2.0"));
    let site = Site::new(kind, &upstream);
    (upstream, site)
}

fn per_requirement_the_newest_version_that_is_not_yanked(kind: &SiteKind) {
    let (upstream, site) = tools(kind);
    site.sync(&["--crate", "tool@1"]).succeeds();
    assert_eq!(site.audit(&upstream), ["part@0.1.1", "tool@1.1.0"]);
}

fn all_versions_that_match_on_demand(kind: &SiteKind) {
    let (upstream, site) = tools(kind);
    site.sync(&["--crate", "tool@1", "--versions", "all"]).succeeds();
    assert_eq!(site.audit(&upstream), ["part@0.1.0", "part@0.1.1", "tool@1.0.0", "tool@1.1.0"]);
}

fn selections_add_up_and_earlier_ones_stay(kind: &SiteKind) {
    let (upstream, site) = tools(kind);
    site.sync(&["--crate", "tool@2", "--crate", "part@=0.1.0"]).succeeds();
    assert_eq!(site.audit(&upstream), ["part@0.1.0", "tool@2.0.0"]);
    site.sync(&["--crate", "part"]).succeeds();
    assert_eq!(site.audit(&upstream), ["part@0.1.0", "part@0.2.0", "tool@2.0.0"]);
}

fn settings_come_from_the_file_the_environment_and_the_command_line(kind: &SiteKind) {
    let (upstream, mut site) = tools(kind);
    // Where the mirror is, a deployment is told by the environment.
    let place: &[&str] = if kind.is_one_process() { &["--mirror", "mirror"] } else { &[] };
    site.write("romt.toml", "mirror = \"elsewhere\"\nstore = \"elsewhere\"\n\n[crates]\ncrate = [\"tool@1\"]\n");
    site.sync(place).succeeds();
    assert_eq!(site.audit(&upstream), ["part@0.1.1", "tool@1.1.0"]);
    site.set("ROMT_CRATE", "tool@2,part@0.2");
    site.sync(place).succeeds();
    assert_eq!(site.audit(&upstream), ["part@0.1.1", "part@0.2.0", "tool@1.1.0", "tool@2.0.0"]);
    site.sync(&[place, &["--crate", "part@=0.1.0"]].concat()).succeeds();
    assert_eq!(site.audit(&upstream)[0], "part@0.1.0");
    assert!(!site.folder().join("elsewhere").exists());
}

/// Of one kind alone: it asks upstream and looks into the mirror's folder, whoever works on that.
#[test]
fn explain_says_why() {
    let upstream = Upstream::start();
    scenario::family(&upstream);
    let romt = Romt::with(&upstream);
    let told = |what: &str| romt.run(&["explain", what, "--crate", "parent"]).succeeds().stdout;
    assert!(told("Grand_Child@0.1.5").contains("child@1.2.0"), "{}", told("Grand_Child@0.1.5"));
    assert!(told("quiet").contains("not"), "{}", told("quiet"));
    assert!(told("parent@1.2.0").contains("yanked"), "{}", told("parent@1.2.0"));
    assert!(!romt.mirror().join("crates").exists(), "explaining stores nothing");
}
