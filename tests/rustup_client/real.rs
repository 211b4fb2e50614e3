//! A real compiler: that of this machine, published anew, mirrored, carried across, served, installed and used.

use std::fs;

use romt_testkit::scenario::{self, FAMILY_DEPENDENCY, FAMILY_TREE};
use romt_testkit::{InstalledToolchain, Project, Romt};
use romt_tests::not_run;
use romt_upstream::defaults;

use crate::station::{Station, can_run, client, install};

/// By hand, and so on one kind of site alone: a real compiler is large.
#[test]
fn a_real_compiler_is_carried_across_and_builds() {
    let test = "building with a real compiler from the mirror";
    if !can_run(test) {
        return;
    }
    let installed = match InstalledToolchain::find() {
        Ok(installed) => installed,
        Err(reason) => return not_run(test, &reason),
    };
    let outside = Station::by_hand();
    let packages = installed.publish(&outside.upstream, defaults::DIST_SERVER, "2024-02-08");
    scenario::family(outside.upstream.http());
    outside.toolchain(&["-s", "stable", "-t", "linux", "--profile", "minimal", "download", "pack"]).succeeds();
    assert!(packages.iter().all(|path| outside.mirrored(path).is_file()), "{packages:?}");

    let inside = Station::by_hand();
    let archive = outside.site.folder().join("toolchain.tar.gz");
    inside.toolchain(&["--archive", archive.to_str().unwrap(), "unpack"]).succeeds();
    let crates = Romt::with(outside.upstream.http());
    let mirror = inside.site.home();
    crates.up_once(&["--mirror", mirror.to_str().unwrap(), "--crate", "parent@1"]).succeeds();
    drop((outside, crates));

    let server = inside.serve();
    let client = client(&server);
    install(&client, &installed.version).succeeds();
    assert_eq!(client.rustc_version(&installed.version), installed.rustc);
    let cargo = |folder: &std::path::Path, args: &[&str]| {
        client.run_in(folder, &installed.version, &[&["cargo"], args].concat()).succeeds().stdout
    };
    cargo(client.home(), &["new", "hello", "--vcs", "none"]);
    assert_eq!(cargo(&client.home().join("hello"), &["run", "--quiet"]), "Hello, world!\n");

    // With a crate of the same server.
    let app = Project::new(&server.index_url(), FAMILY_DEPENDENCY, &["parent"]);
    let config = format!(
        "[source.crates-io]\nreplace-with = \"mirror\"\n\n[source.mirror]\nregistry = \"{}\"\n",
        server.index_url()
    );
    fs::write(client.cargo_home().join("config.toml"), config).unwrap();
    let folder = app.manifest().parent().unwrap().to_owned();
    assert_eq!(cargo(&folder, &["run", "--quiet"]), FAMILY_TREE);
}
