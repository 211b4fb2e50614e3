//! Manifests alone, and where they come from.

use romt_testkit::{DistMirror, DistUpstream, FakeToolchain, RomtProgram};
use romt_tests::alike;

use crate::lab::{DATELESS, lab, linux_mirror_by, shared, stable};

#[test]
fn row_32_the_manifest_alone() {
    let upstream = lab();
    let dist = alike("row_32_the_manifest_alone", |program| {
        let romt = DistMirror::of(&upstream, program);
        romt.toolchain("-s stable fetch-manifest").succeeds().mentions("ident: stable-2024-02-08(1.76.0)");
        romt.dist()
    });
    assert_eq!(dist.into_keys().collect::<Vec<_>>(), [DATELESS, &format!("{DATELESS}.sha256")]);
    let dist = alike("row_32_the_manifest_of_a_day", |program| {
        let romt = DistMirror::of(&upstream, program);
        romt.toolchain("-s stable-2024-02-08 fetch-manifest").succeeds();
        romt.toolchain("-s 'nightly-*' fetch-manifest").exits_with(1).mentions("invalid wild SPEC");
        romt.dist()
    });
    assert_eq!(dist.len(), 2);
}

#[test]
fn row_33_a_manifest_without_a_day_is_fetched_again() {
    let upstream = lab();
    alike("row_33_a_manifest_without_a_day_is_fetched_again", |program| {
        let romt = linux_mirror_by(&upstream, program);
        upstream.http().forget_requests();
        romt.toolchain("-v -s stable -t linux download").succeeds().mentions("[cached file] dist/2024-02-08/cargo-");
        let asked = upstream.asked();
        assert!(asked.contains(&format!("/dist/{DATELESS}.sha256")), "{asked:?}");
        assert!(!asked.iter().any(|path| path.ends_with(".xz")), "{asked:?}");
        // That of a day is what it is.
        upstream.http().forget_requests();
        romt.toolchain("-s stable-2024-02-08 -t linux download").succeeds();
        assert!(!upstream.asked().iter().any(|path| path.ends_with(".toml")), "{:?}", upstream.asked());
    });
}

#[test]
fn row_33_a_newer_release_comes() {
    alike("row_33_a_newer_release_comes", |program| {
        let upstream = lab();
        let romt = linux_mirror_by(&upstream, program);
        let newer = FakeToolchain::stable("1.77.0", "2024-03-21");
        upstream.publish(&newer);
        romt.toolchain("-s stable -t linux download").succeeds();
        assert!(romt.read(&format!("dist/{DATELESS}")) == newer.manifest(upstream.server_url()));
        assert!(romt.read("dist/channel-rust-1.76.0.toml") == stable().manifest(upstream.server_url()));
        shared(romt.dist()).into_keys().collect::<Vec<_>>()
    });
}

#[test]
fn row_61_the_variable_names_upstream() {
    let upstream = lab();
    alike("row_61_the_variable_names_upstream", |program| {
        let mut romt = DistMirror::importer(program);
        for slash in ["", "/"] {
            romt.set("RUSTUP_DIST_SERVER", &format!("{}{slash}", upstream.server_url()));
            let args = "toolchain --no-signature -s stable -t linux --components cargo download";
            romt.call(&args.split(' ').collect::<Vec<_>>()).succeeds();
            assert_eq!(romt.packages().len(), 1);
        }
    });
}

#[test]
fn row_62_an_upstream_in_a_folder() {
    let upstream = lab();
    let folder = tempfile::tempdir().expect("a temporary folder");
    upstream.copy_to(folder.path());
    let by_http = linux_mirror_by(&upstream, &RomtProgram::ours());
    let path = folder.path().display().to_string();
    for server in [path.clone(), format!("file://{path}")] {
        let dist = alike("row_62_an_upstream_in_a_folder", |program| {
            let mut romt = DistMirror::importer(program);
            romt.use_upstream(&server);
            romt.toolchain("-s stable -t linux download verify").succeeds();
            shared(romt.dist())
        });
        assert_eq!(dist, shared(by_http.dist()));
    }
}

#[test]
fn betas_and_minor_versions_have_their_names() {
    let upstream = DistUpstream::start();
    upstream.publish(&stable());
    upstream.publish(&FakeToolchain::beta("1.77.0", 3, "2024-02-10"));
    upstream.publish(&FakeToolchain::nightly("1.78.0", "2024-02-11"));
    let romt = DistMirror::of(&upstream, &RomtProgram::ours());
    romt.toolchain("-s '1.76 1.77.0-beta.3 nightly-2024-02-11' -t linux --profile minimal download").succeeds();
    let manifests = romt.manifests();
    for name in ["1.76", "1.76.0", "stable", "1.77.0-beta.3", "beta", "nightly"] {
        let name = format!("channel-rust-{name}.toml");
        assert!(manifests.contains(&name), "{name}: {manifests:?}");
        assert!(romt.read(&format!("dist/{name}")).as_bytes() == upstream.file(&format!("/dist/{name}")));
    }
    let list = romt.toolchain("-s '*' -q list").succeeds().stdout;
    assert_eq!(list, "nightly-2024-02-11(1.78.0)\nbeta-2024-02-10(1.77.0)\nstable-2024-02-08(1.76.0)\n");
    // The name of a minor version follows its newest patch release.
    upstream.publish(&FakeToolchain::stable("1.76.1", "2024-02-20"));
    romt.toolchain("-s 1.76.1 -t linux --profile minimal download").succeeds();
    assert!(romt.read("dist/channel-rust-1.76.toml") == romt.read("dist/channel-rust-1.76.1.toml"));
}
