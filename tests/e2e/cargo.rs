//! The real cargo as a client that has the mirror and nothing else.

use romt_testkit::scenario::{self, FAMILY_DEPENDENCY, FAMILY_LOCKED, FAMILY_TREE};
use romt_testkit::{DownloadStyle, FakeCrate, Project, Upstream};
use romt_tests::{Site, SiteKind, both};

both! {
    what_a_lockfile_brought_is_built_updated_and_added_to,
    what_a_manifest_brought_is_resolved_anew,
    what_a_name_brought_is_added_to_a_new_package,
    downloads_follow_the_template_of_upstream,
}

/// An upstream with the family, and a package that depends on it, resolved there.
fn family() -> (Upstream, Project) {
    let upstream = Upstream::start();
    scenario::family(&upstream);
    let app = Project::new(&upstream.index_url(), FAMILY_DEPENDENCY, &["parent"]);
    app.cargo(&["generate-lockfile"]).succeeds();
    (upstream, app)
}

fn what_a_lockfile_brought_is_built_updated_and_added_to(kind: &SiteKind) {
    let (upstream, mut app) = family();
    let site = Site::new(kind, &upstream);
    site.take(&app.lockfile());
    site.sync(&["--lockfile", "Cargo.lock"]).succeeds();
    assert_eq!(site.audit(&upstream), FAMILY_LOCKED);
    drop(upstream);

    let mirror = site.serve();
    app.use_registry(&mirror.index_url());
    assert_eq!(app.build_and_run(), FAMILY_TREE);
    app.cargo(&["update"]).succeeds();
    assert_eq!(app.locked(), FAMILY_LOCKED);
    app.cargo(&["add", "helper"]).succeeds();
    app.show(&["parent", "helper"]);
    app.cargo(&["build"]).succeeds();
    assert_eq!(app.build_and_run(), format!("{FAMILY_TREE}helper-2.0.0\n"));
    app.cargo(&["add", "quiet"]).exits_with(101);
}

fn what_a_manifest_brought_is_resolved_anew(kind: &SiteKind) {
    let (upstream, mut app) = family();
    let site = Site::new(kind, &upstream);
    site.take(&app.manifest());
    let mirror = site.stay(&["--manifest", "Cargo.toml"]);
    mirror.wait_for_syncs(1);
    assert_eq!(site.audit(&upstream), FAMILY_LOCKED);
    drop(upstream);

    app.use_registry(&mirror.serving().index_url());
    app.cargo(&["generate-lockfile"]).succeeds();
    assert_eq!(app.build_and_run(), FAMILY_TREE);
}

fn what_a_name_brought_is_added_to_a_new_package(kind: &SiteKind) {
    let (upstream, _) = family();
    let site = Site::new(kind, &upstream);
    site.sync(&["--crate", "parent@1"]).succeeds();
    assert_eq!(site.audit(&upstream), FAMILY_LOCKED);
    drop(upstream);

    let mirror = site.serve();
    let app = Project::new(&mirror.index_url(), "", &["parent"]);
    app.cargo(&["add", "parent", "--features", "full"]).succeeds();
    app.cargo(&["update"]).succeeds();
    assert_eq!(app.build_and_run(), FAMILY_TREE);
}

fn downloads_follow_the_template_of_upstream(kind: &SiteKind) {
    let upstream = Upstream::start_with(DownloadStyle::Template);
    upstream.publish(FakeCrate::new("Plus-One", "1.0.0+build.1"));
    let site = Site::new(kind, &upstream);
    site.sync(&["--crate", "Plus-One"]).succeeds();
    assert_eq!(site.audit(&upstream), ["Plus-One@1.0.0+build.1"]);
    let download = upstream.downloads().remove(0);
    assert!(download.path.starts_with("/files/Pl/us/pl/us/"), "{}", download.path);

    let mirror = site.serve();
    let app = Project::new(&mirror.index_url(), "Plus-One = \"1\"", &["Plus_One"]);
    app.cargo(&["generate-lockfile"]).succeeds();
    assert_eq!(app.build_and_run(), "Plus-One-1.0.0+build.1\n");
}
