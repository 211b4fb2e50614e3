//! The real registry, where it can be reached.

use romt_testkit::{Audit, Project, Romt, locked};
use romt_tests::{not_run, workspace};

#[test]
fn romts_own_lockfile_is_mirrored_and_fetched_from_the_mirror_alone() {
    // Whether there is a way is asked of cargo, so that a romt that finds none is a failure.
    let mut project = Project::in_the_world("itoa = \"1\"");
    let probe = project.cargo(&["generate-lockfile"]);
    if probe.status != Some(0) {
        let reason = probe.stderr.lines().next_back().unwrap_or_default();
        return not_run("romt's own lockfile", &format!("cargo cannot reach the registry: {reason}"));
    }
    let romt = Romt::with_the_world();
    let lockfile = workspace().join("Cargo.lock");
    romt.take(&lockfile);
    romt.up_once(&["--lockfile", "Cargo.lock"]).succeeds();
    assert_eq!(Audit::of(&romt.mirror()).clean(), locked(&lockfile));

    let mirror = romt.serve(&[]);
    project.use_registry(&mirror.index_url());
    project.cargo_in(&workspace(), &["fetch", "--locked"]).succeeds();
}
