//! `romt up` with toolchains and rustup.

use std::io::Read;
use std::net::TcpListener;
use std::time::Duration;

use romt_dist::testing::SampleRelease;
use romt_testkit::{FakeCrate, Upstream};

use crate::folder_server::FolderServer;
use crate::program::{Program, assert_shown};
use crate::toolchain_upstream::{release, release_rustup, release_toolchain};

const LINUX: &str = "x86_64-unknown-linux-gnu";

/// An upstream of crates, toolchains and rustup, and a program that is to mirror from it.
struct Lab {
    program: Program,
    rust: FolderServer,
    crates: Upstream,
}

impl Lab {
    fn new() -> Self {
        let program = Program::new().with("ROMT_SIGNATURES", "off").with("ROMT_RETRIES", "1");
        release_toolchain(&program);
        release_rustup(&program, "1.27.1", &[LINUX]);
        let rust = FolderServer::start(&program.folder().join("up"));
        let crates = Upstream::start();
        crates.publish(FakeCrate::new("small", "1.0.0"));
        Self { program, rust, crates }
    }

    /// Calls `romt up --once` with the addresses of these upstreams.
    fn up(&self, arguments: &str) -> String {
        let addresses = self.addresses();
        let always = addresses.iter().map(String::as_str);
        self.program.run(&["up", "--once"].into_iter().chain(always).chain(arguments.split(' ')).collect::<Vec<_>>())
    }

    fn addresses(&self) -> [String; 6] {
        let (dist, rustup) = (self.rust.url("dist"), self.rust.url("rustup"));
        [
            "--dist-url".to_owned(),
            dist,
            "--rustup-url".to_owned(),
            rustup,
            "--index-url".to_owned(),
            self.crates.index_url(),
        ]
    }

    fn has(&self, path: &str) -> bool {
        self.program.folder().join("mirror").join(path).exists()
    }

    /// Removes a file from upstream.
    fn remove(&self, path: &str) {
        std::fs::remove_file(self.program.folder().join("up").join(path)).unwrap();
    }

    /// What the verb of Python romt says of the mirror's toolchains.
    fn verify(&self, spec: &str) -> String {
        let verify = ["toolchain", "--dest", "mirror/dist", "--no-signature", "-q", "-s", spec, "verify"];
        self.program.run(&verify)
    }
}

const ALL: &str = "--toolchain stable --target linux --rustup stable --crate small";

#[test]
fn one_run_brings_all_and_the_next_brings_nothing() {
    let lab = Lab::new();
    assert_shown!(lab.up(ALL), @r"
    status 0
    --- stderr
    1 versions selected, 1 files to fetch
    toolchain stable: stable-2024-02-08(1.76.0), 6 files to fetch
    toolchain stable: stable-2024-02-08(1.76.0) is published
    1 versions selected: 1 new, 0 removed, 0 failed; 526 B
    rustup 1.27.1: new, 1 files; 35 B
    1 toolchains selected: 1 new, 0 failed; 6 files, 412 B, [TIME]
    ");
    assert!(
        lab.has("dist/channel-rust-stable.toml")
            && lab.has("dist/2024-02-08/cargo-1.76.0-x86_64-unknown-linux-gnu.tar.xz")
    );
    assert!(!lab.has("dist/2024-02-08/rustc-dev-1.76.0-x86_64-unknown-linux-gnu.tar.xz"), "rustup's profile counts");
    assert!(lab.has("rustup/release-stable.toml") && lab.has("rustup/dist/x86_64-unknown-linux-gnu/rustup-init"));
    assert_eq!(lab.verify("stable"), "status 0\n");
    lab.rust.asked();
    assert_shown!(lab.up(ALL), @r"
    status 0
    --- stderr
    nothing new: all 1 versions are here
    nothing new: rustup 1.27.1 is here
    nothing new: toolchain stable is here; [TIME]
    ");
    let asked = lab.rust.asked();
    assert!(asked.contains(&"dist/channel-rust-stable.toml.sha256".to_owned()), "{asked:?}");
    let large = |path: &&String| {
        path.ends_with(".tar.xz") || path.ends_with("channel-rust-stable.toml") || path.ends_with("-init")
    };
    assert_eq!(asked.iter().filter(large).count(), 0, "{asked:?}");
    // More of the same release.
    assert_shown!(lab.up("--toolchain stable --target linux --profile default --components rust-src"), @r"
    status 0
    --- stderr
    toolchain stable: stable-2024-02-08(1.76.0), 7 files to fetch
    toolchain stable: stable-2024-02-08(1.76.0) is published
    1 toolchains selected: 1 new, 0 failed; 1 files, 45 B, [TIME]
    ");
    assert_eq!(lab.verify("stable"), "status 0\n");
}

#[test]
fn what_machines_hear() {
    let lab = Lab::new();
    let said = lab.up(&format!("{ALL} --json"));
    for part in [
        r#""event":"toolchain_planned","spec":"stable","release":"stable-2024-02-08(1.76.0)","files":6}"#,
        r#""event":"toolchain_published","spec":"stable","release":"stable-2024-02-08(1.76.0)"}"#,
        r#""event":"rustup_planned","version":"1.27.1","files":1}"#,
        r#""toolchains":[{"spec":"stable","release":"stable-2024-02-08(1.76.0)","new":true,"failed":false,"files":6,"#,
        r#""rustup":[{"spec":"stable","version":"1.27.1","new":true,"failed":false,"files":1,"#,
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
}

#[test]
fn one_toolchain_that_fails_keeps_nothing_else_back() {
    let lab = Lab::new();
    release(&lab.program, &SampleRelease::nightly("1.78.0", "2024-02-09"));
    let cargo = format!("dist/2024-02-09/cargo-nightly-{LINUX}.tar.xz");
    lab.remove(&cargo);
    let all = "--toolchain nightly --toolchain 1.20.0 --toolchain stable --target linux --rustup stable --crate small";
    assert_shown!(lab.up(all), @r"
    status 1
    --- stderr
    1 versions selected, 1 files to fetch
    toolchain nightly: nightly-2024-02-09(1.78.0), 6 files to fetch
    toolchain stable: stable-2024-02-08(1.76.0), 6 files to fetch
    toolchain stable: stable-2024-02-08(1.76.0) is published
    failed: toolchain 1.20.0: failed to download http://127.0.0.1:[PORT]/dist/channel-rust-1.20.0.toml.sha256: it is not there
    failed: toolchain nightly: dist/2024-02-09/cargo-nightly-x86_64-unknown-linux-gnu.tar.xz: http://127.0.0.1:[PORT]/dist/2024-02-09/cargo-nightly-x86_64-unknown-linux-gnu.tar.xz is not there (HTTP 404) (1 of 6 files of nightly could not be had)
    1 versions selected: 1 new, 0 removed, 0 failed; 526 B
    rustup 1.27.1: new, 1 files; 35 B
    3 toolchains selected: 1 new, 2 failed; 6 files, 412 B, [TIME]
    ");
    assert!(lab.has("dist/channel-rust-stable.toml") && !lab.has("dist/channel-rust-nightly.toml"));
    assert!(lab.has("git/crates.io-index") && lab.has("rustup/release-stable.toml"));
    // What came stays, and the next run brings the rest.
    release(&lab.program, &SampleRelease::nightly("1.78.0", "2024-02-09"));
    lab.rust.asked();
    assert!(lab.up("--toolchain nightly --target linux").starts_with("status 0\n"));
    assert_eq!(lab.rust.asked().iter().filter(|path| path.ends_with(".tar.xz")).collect::<Vec<_>>(), [&cargo]);
}

#[test]
fn one_upstream_that_is_down_keeps_the_others_nothing_back() {
    let lab = Lab::new();
    // A port that nobody listens on.
    let down = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    let nowhere = format!("http://{down}/dist");
    let (crates, rustup) = (lab.crates.index_url(), lab.rust.url("rustup"));
    let rust = ["--toolchain", "stable", "--target", "linux", "--rustup", "stable", "--rustup-url", &rustup];
    let up = ["up", "--once", "--crate", "small", "--index-url", &crates, "--dist-url", &nowhere];
    let said = lab.program.run(&[&up[..], &rust[..]].concat());
    assert!(
        said.starts_with("status 1\n") && said.contains("failed: toolchain stable: failed to download http"),
        "{said}"
    );
    assert!(said.contains("1 versions selected: 1 new, 0 removed, 0 failed; "), "{said}");
    assert!(
        said.contains("rustup 1.27.1: new, 1 files; ") && said.contains("1 toolchains selected: 0 new, 1 failed"),
        "{said}"
    );

    let (sparse, dist) = (format!("sparse+http://{down}/"), lab.rust.url("dist"));
    let up = ["up", "--once", "--crate", "other", "--index-url", &sparse, "--dist-url", &dist];
    let said = lab.program.run(&[&up[..], &rust[..]].concat());
    assert!(said.starts_with("status 1\n") && said.contains("\nerror: "), "{said}");
    assert!(said.contains("1 toolchains selected: 1 new, 0 failed"), "{said}");
    assert_eq!(lab.verify("stable"), "status 0\n");
}

#[test]
fn older_days_go_after_a_sync_that_brought_everything() {
    let lab = Lab::new();
    lab.program.write("romt.toml", "[toolchains]\nprofile = 'minimal'\n[toolchains.keep]\nnightly = 2\n");
    for day in ["2024-02-09", "2024-02-10", "2024-02-11"] {
        release(&lab.program, &SampleRelease::nightly("1.78.0", day));
        assert!(lab.up("--toolchain nightly --target linux").starts_with("status 0\n"));
    }
    assert!(!lab.has("dist/2024-02-09") && lab.has("dist/2024-02-10") && lab.has("dist/2024-02-11"));
    // What is asked for by its day stays, and where something fails, everything does.
    let pinned = "--toolchain nightly --toolchain nightly-2024-02-10 --target linux";
    release(&lab.program, &SampleRelease::nightly("1.78.0", "2024-02-12"));
    release(&lab.program, &SampleRelease::nightly("1.78.0", "2024-02-13"));
    assert!(lab.up(&format!("{pinned} --toolchain nightly-2024-02-12")).starts_with("status 0\n"));
    assert!(lab.has("dist/2024-02-10") && !lab.has("dist/2024-02-11") && lab.has("dist/2024-02-12"));
    assert!(lab.up("--toolchain nightly --toolchain 1.20.0 --target linux").starts_with("status 1\n"));
    assert!(lab.has("dist/2024-02-10"));
    assert_shown!(lab.program.run(&["prune", "--dry-run"]), @r"
    status 0
    --- stderr
    1 days of toolchains would be removed: 8 files, [SIZE]
    ");
    assert_shown!(lab.program.run(&["prune", "--keep", "nightly=1"]), @r"
    status 0
    --- stderr
    2 days of toolchains removed: 16 files, [SIZE], [TIME]
    ");
    assert!(!lab.has("dist/2024-02-12") && lab.has("dist/2024-02-13"));
    assert_eq!(lab.verify("nightly"), "status 0\n");
}

#[test]
fn a_killed_run_publishes_nothing_half_and_the_next_goes_on() {
    let lab = Lab::new();
    lab.rust.slow_down(Duration::from_millis(150));
    let addresses = lab.addresses();
    let up = ["up", "--once", "--toolchain", "stable", "--target", "linux", "--profile", "complete", "-j", "2"];
    let up: Vec<_> = up.into_iter().chain(addresses.iter().map(String::as_str)).collect();
    for packages in [1, 3, 5] {
        let mut child = lab.program.spawn(&up);
        lab.rust.wait_for_packages(packages);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!lab.has("dist/channel-rust-stable.toml") && !lab.has("dist/2024-02-08/channel-rust-stable.toml"));
    }
    lab.rust.slow_down(Duration::ZERO);
    let said = lab.program.run(&up);
    assert!(said.starts_with("status 0\n"), "{said}");
    assert_eq!(lab.verify("stable"), "status 0\n");
}

#[test]
fn what_clients_of_rustup_are_told() {
    let lab = Lab::new();
    assert!(lab.up("--toolchain stable --target linux --profile minimal").starts_with("status 0\n"));
    let said = |arguments: &[&str]| {
        let mut child = lab.program.spawn(arguments);
        let mut said = Vec::new();
        let mut stderr = child.stderr.take().unwrap();
        let mut byte = [0];
        while !said.ends_with(b"\n\n") || !String::from_utf8_lossy(&said).contains("export ") {
            assert_eq!(stderr.read(&mut byte).unwrap(), 1, "{}", String::from_utf8_lossy(&said));
            said.push(byte[0]);
        }
        child.kill().unwrap();
        child.wait().unwrap();
        String::from_utf8(said).unwrap()
    };
    assert_shown!(said(&["serve", "--mirror", "mirror", "--bind", "127.0.0.1", "--port", "0"]), @r"
    serving `mirror` at http://127.0.0.1:[PORT]/

    For rustup, set these variables where it runs:

    export RUSTUP_DIST_SERVER=http://127.0.0.1:[PORT]
    ");
    let (crates, rustup) = (lab.crates.index_url(), lab.rust.url("rustup"));
    let up = ["up", "--port", "0", "--crate", "small", "--index-url", &crates, "--rustup-url", &rustup];
    let up = [&up[..], &["--rustup", "stable", "--rustup-target", "linux"]].concat();
    assert_shown!(said(&up), @r#"
    serving `./mirror` at http://127.0.0.1:[PORT]/

    To use it, put these lines into cargo's configuration (`.cargo/config.toml`):

    [source.crates-io]
    replace-with = "romt"

    [source.romt]
    registry = "sparse+http://127.0.0.1:[PORT]/crates-index/"

    For rustup, set these variables where it runs:

    export RUSTUP_DIST_SERVER=http://127.0.0.1:[PORT]
    export RUSTUP_UPDATE_ROOT=http://127.0.0.1:[PORT]/rustup
    "#);
}

#[test]
fn pruning_goes_by_crates_or_by_days() {
    let program = Program::new();
    program.write("romt.toml", "[toolchains]\ntoolchain = ['stable']\ntarget = ['linux']\n");
    assert_shown!(program.run(&["prune"]), @r"
    status 2
    --- stderr
    error: nothing is selected, so everything would be removed
    hint: select with `--lockfile Cargo.lock`, `--manifest Cargo.toml` or `--crate NAME`, or in romt.toml; of toolchains `--keep` tells how many days stay
    ");
}
