//! What those who run an import side see of it: what came, what waits and for what, what was refused, and who watches which folder.

use std::fs;
use std::time::{Duration, Instant};

use romt_testkit::Romt;

use crate::archives::{Sides, WATCHES};
use romt_tests::IS_INDEXER;

/// What `romt status` says.
fn status(importer: &Romt) -> String {
    importer.run(&["status"]).succeeds().stdout
}

/// What it says once it says this.
fn status_with(importer: &Romt, wanted: &str) -> String {
    let begun = Instant::now();
    loop {
        let said = status(importer);
        if said.contains(wanted) {
            return said;
        }
        assert!(begun.elapsed() < Duration::from_secs(40), "`{wanted}` is not in\n{said}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn the_status_of_an_import_side_tells_what_came_and_what_waits() {
    let Some((mut sides, _upstream, [first, second])) = Sides::with_two_archives("the_status_of_an_import_side") else {
        return;
    };
    let indexer = sides.importer.indexer(&[]);
    indexer.wait_for_lines(1, IS_INDEXER);
    let packer = sides.importer.spawn(&["packer"]);
    packer.wait_for_lines(1, WATCHES);
    let name = |process: u32| format!(":{process} watches it");
    let said = status_with(&sides.importer, "0 admitted, 0 waiting, 0 bad");
    assert!(said.contains(&name(packer.id())) && said.contains("(inbox `inbox`, watching the inbox)"), "{said}");
    assert!(!said.contains("last run") && !said.contains("last admission") && !said.contains("refused"), "{said}");

    sides.carry(&second);
    fs::write(sides.inbox().join("bad.tar.gz"), "no archive").expect("a file");
    let said = status_with(&sides.importer, "refused  1 in `mirror/quarantine`");
    assert!(said.contains("inbox    bad.tar.gz refused"), "{said}");
    let said = status_with(&sides.importer, &format!("inbox    {second} came too early and waits for"));
    assert!(said.contains("0 admitted, 1 waiting, 1 bad"), "{said}");

    // Nobody is there to publish it.
    indexer.terminate().succeeds();
    sides.carry(&first);
    let waits = format!("inbox    {first} waits for ");
    let said = status_with(&sides.importer, &waits);
    let said =
        if said.contains("the indexer") { said } else { status_with(&sides.importer, "the indexer to publish it") };
    assert!(!said.contains("last admission"), "{said}");
    let indexer = sides.importer.indexer(&[]);
    let said = status_with(&sides.importer, "2 admitted, 0 waiting, 1 bad");
    let last = said.lines().find(|line| line.starts_with("last admission ")).expect("the last admission");
    assert!(last.ends_with(&format!("ago: {second}, 1 versions new")), "{last}");
    let json = sides.importer.run(&["status", "--json"]).succeeds();
    let json: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!(json["last_admission"]["archive"], *second);
    assert_eq!(json["inbox"]["quarantine"]["refused"], 1);

    // Somebody who stands by for another folder, where an archive would wait for ever.
    sides.importer.set("ROMT_INBOX", "elsewhere");
    let other = sides.importer.spawn(&["packer"]);
    other.wait_for_lines(1, "another packer watches another folder, and archives in this one are not taken in");
    let said = status(&sides.importer);
    let not_watched = format!(":{} is not watched", other.id());
    assert!(said.contains("inbox    `elsewhere` of ") && said.contains(&not_watched), "{said}");
    assert!(said.contains(&name(packer.id())), "{said}");
    sides.importer.set("ROMT_INBOX", "inbox");
    let third = sides.importer.spawn(&["packer"]);
    third.wait_for_lines(1, "another packer watches the inbox");
    third.terminate().succeeds();

    // It watches its own folder as soon as it may, and says so.
    packer.terminate().succeeds();
    other.wait_for_lines(1, WATCHES);
    let said = status_with(&sides.importer, "`elsewhere`: 0 admitted, 0 waiting, 0 bad");
    assert!(said.contains(&name(other.id())) && !said.contains("not watched"), "{said}");
    for service in [other, indexer] {
        service.terminate().succeeds();
    }
}
