//! Killed while it takes an archive over: again, and it comes to the same.

use std::env::{current_exe, var_os};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Instant;

use crate::mirrors::{Exporter, Importer};
use crate::support::noise;

/// Where the child finds the archive and the mirror.
const ARCHIVE: &str = "PACKER_TEST_ARCHIVE";
const MIRROR: &str = "PACKER_TEST_MIRROR";
/// So often it is killed, each time a little later.
const TIMES: u32 = 20;

#[test]
fn killed_at_any_time_it_comes_to_the_same() {
    // In a process that this test started, to kill it.
    if let (Some(archive), Some(mirror)) = (var_os(ARCHIVE), var_os(MIRROR)) {
        Importer::at(mirror.into()).unpack(archive.as_ref()).unwrap();
        return;
    }
    let names: Vec<String> = (0..300).map(|number| format!("{}{number:03}@1.0.0", ["ab", "zz"][number % 2])).collect();
    let contents: Vec<Vec<u8>> = (0..300).map(|number| noise(number, 3000)).collect();
    let crates: Vec<_> = names.iter().zip(&contents).map(|(name, content)| (&**name, &**content)).collect();
    let exporter = Exporter::of(&crates);
    let mut order: Vec<&str> = names.iter().map(String::as_str).collect();
    order.sort_unstable();
    let archive = exporter.pack("crates.tar.gz", &order, None);
    let child = |importer: &Importer| {
        Command::new(current_exe().unwrap())
            .args(["--exact", "kill::killed_at_any_time_it_comes_to_the_same"])
            .env(ARCHIVE, &archive)
            .env(MIRROR, importer.path(""))
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    };
    let time = |whole: &Importer| {
        let start = Instant::now();
        assert!(child(whole).wait().unwrap().success());
        start.elapsed()
    };
    let whole = Importer::new();
    // The first may have waited for much that the others will not.
    let time = time(&whole).min(time(&Importer::new())).min(time(&Importer::new()));
    let right = whole.crates();

    let importer = Importer::new();
    let mut killed = 0;
    for part in 0..TIMES {
        let mut child = child(&importer);
        thread::sleep(time * part / TIMES);
        child.kill().unwrap();
        killed += u32::from(!child.wait().unwrap().success());
        // What is there is right.
        for (name, content) in importer.crates() {
            assert_eq!(right.get(&name), Some(&content), "{name}");
        }
    }
    assert!(killed > TIMES / 4, "{killed} in {time:?}");
    assert!(child(&importer).wait().unwrap().success());
    importer.repository().recover().unwrap();
    assert_eq!(relative(&importer), relative(&whole));
}

/// Everything in a mirror by its path in it.
fn relative(importer: &Importer) -> Vec<(PathBuf, String)> {
    let root = importer.path("");
    let everything = importer.everything().into_iter();
    everything.map(|(path, what)| (path.strip_prefix(&root).unwrap().to_owned(), what)).collect()
}
