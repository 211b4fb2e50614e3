//! Killed while it takes an archive over: again, and it comes to the same.

use std::env::{current_exe, var_os};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Instant;

use romt_dist::Part;

use crate::mirror::{Mirror, expected};
use crate::release::{files, keys, uneven};

/// Where the child finds the archive and the mirror.
const ARCHIVE: &str = "PACKER_TEST_ARCHIVE";
const MIRROR: &str = "PACKER_TEST_MIRROR";
/// So often it is killed, each time a little later.
const TIMES: u32 = 20;

#[test]
fn killed_at_any_time_it_comes_to_the_same() {
    // In a process that this test started, to kill it.
    if let (Some(archive), Some(mirror)) = (var_os(ARCHIVE), var_os(MIRROR)) {
        Mirror::at(mirror.into()).unpack(archive.as_ref()).unwrap();
        return;
    }
    let releases = uneven();
    let files = files(&releases, None);
    let exporter = Mirror::of(&files);
    let archive = exporter.pack("toolchain.tar.gz", keys(&files));
    let child = |mirror: &Mirror| {
        Command::new(current_exe().unwrap())
            .args(["--exact", "kill::killed_at_any_time_it_comes_to_the_same"])
            .env(ARCHIVE, &archive)
            .env(MIRROR, mirror.path(""))
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    };
    let time = |whole: &Mirror| {
        let start = Instant::now();
        assert!(child(whole).wait().unwrap().success());
        start.elapsed()
    };
    let whole = Mirror::new();
    // The first may have waited for much that the others will not.
    let time = time(&whole).min(time(&Mirror::new())).min(time(&Mirror::new()));
    let right = expected(&files);
    assert!(whole.files("dist") == right);

    let mut killed = 0;
    for part in 0..TIMES {
        let mirror = Mirror::new();
        let mut run = child(&mirror);
        thread::sleep(time * part / TIMES);
        run.kill().unwrap();
        killed += u32::from(!run.wait().unwrap().success());
        // What is there is right, and a manifest is not before its packages.
        let there = mirror.files("dist");
        for (name, content) in &there {
            assert!(right.get(name) == Some(content), "{name}");
        }
        for release in &releases {
            let manifest = format!("dist/{}", release.file().part(Part::Content));
            if there.contains_key(&manifest) {
                let packages = right.keys().filter(|name| name.contains(".tar.xz"));
                assert!(packages.into_iter().all(|name| there.contains_key(name)));
            }
        }
        assert!(child(&mirror).wait().unwrap().success());
        assert!(mirror.files("dist") == right);
        assert_eq!(mirror.files(".romt").len(), 0);
    }
    assert!(killed > TIMES / 4, "{killed} in {time:?}");
}
