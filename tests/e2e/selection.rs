//! What is selected, by all the ways of saying it.

use romt_testkit::{FakeCrate, Romt, Upstream, scenario};

/// Three versions of `tool`, one of them yanked; `tool` 1.x depends on `part`, of which two versions match.
fn tools() -> (Upstream, Romt) {
    let upstream = Upstream::start();
    upstream.publish(FakeCrate::new("tool", "1.0.0").depends_on("part", "^0.1"));
    upstream.publish(FakeCrate::new("tool", "1.1.0").depends_on("part", "^0.1"));
    upstream.publish(FakeCrate::new("tool", "1.2.0").yanked());
    upstream.publish(FakeCrate::new("tool", "2.0.0"));
    upstream.publish(FakeCrate::new("part", "0.1.0"));
    upstream.publish(FakeCrate::new("part", "0.1.1"));
    upstream.publish(FakeCrate::new("part", "0.2.0"));
    let romt = Romt::with(&upstream);
    (upstream, romt)
}

#[test]
fn per_requirement_the_newest_version_that_is_not_yanked() {
    let (upstream, romt) = tools();
    romt.up_once(&["--crate", "tool@1"]).succeeds();
    assert_eq!(romt.audit(&upstream), ["part@0.1.1", "tool@1.1.0"]);
}

#[test]
fn all_versions_that_match_on_demand() {
    let (upstream, romt) = tools();
    romt.up_once(&["--crate", "tool@1", "--versions", "all"]).succeeds();
    assert_eq!(romt.audit(&upstream), ["part@0.1.0", "part@0.1.1", "tool@1.0.0", "tool@1.1.0"]);
}

#[test]
fn selections_add_up_and_earlier_ones_stay() {
    let (upstream, romt) = tools();
    romt.up_once(&["--crate", "tool@2", "--crate", "part@=0.1.0"]).succeeds();
    assert_eq!(romt.audit(&upstream), ["part@0.1.0", "tool@2.0.0"]);
    romt.up_once(&["--crate", "part"]).succeeds();
    assert_eq!(romt.audit(&upstream), ["part@0.1.0", "part@0.2.0", "tool@2.0.0"]);
}

#[test]
fn settings_come_from_the_file_the_environment_and_the_command_line() {
    let (upstream, mut romt) = tools();
    romt.write("romt.toml", "mirror = \"elsewhere\"\n\n[crates]\ncrate = [\"tool@1\"]\n");
    romt.up_once(&["--mirror", "mirror"]).succeeds();
    assert_eq!(romt.audit(&upstream), ["part@0.1.1", "tool@1.1.0"]);
    romt.set("ROMT_CRATE", "tool@2,part@0.2");
    romt.up_once(&["--mirror", "mirror"]).succeeds();
    assert_eq!(romt.audit(&upstream), ["part@0.1.1", "part@0.2.0", "tool@1.1.0", "tool@2.0.0"]);
    assert!(!romt.folder().join("elsewhere").exists());
}

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
