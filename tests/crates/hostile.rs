//! Archives that are wrong, by accident or on purpose: refused, and nothing changes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use romt_testkit::scenario::lab;
use romt_testkit::{CrateMirror, FakeCrate, Member, MemberKind, RomtArchive, RomtProgram};
use romt_tests::{Chance, alike};
use romt_types::Digest;

const BUNDLE: &str = "git/crates.io-index/origin.bundle";
const MORE: &str = "crates/mo/re/more/more-1.0.0.crate";

/// Two archives of one exporter, one after the other.
fn two_archives() -> (RomtArchive, RomtArchive) {
    let upstream = lab();
    let exporter = CrateMirror::of(&upstream, &RomtProgram::ours());
    exporter.run(&["init", "export"]).succeeds();
    let first = exporter.archive();
    upstream.publish(FakeCrate::new("more", "1.0.0").padding(3_000));
    exporter.run(&["export"]).succeeds();
    (first, exporter.archive())
}

/// An importer that has the first of two archives, and is offered all kinds of second ones.
struct Importer {
    romt: CrateMirror,
    first: RomtArchive,
    before: BTreeMap<String, Digest>,
}

impl Importer {
    fn with(first: &RomtArchive, program: &RomtProgram) -> Self {
        let romt = CrateMirror::importer(program);
        romt.run(&["init-import"]).succeeds();
        first.write(&romt.path("crates.tar.gz"));
        romt.run(&["import"]).succeeds();
        // What git keeps about a fetch that found nothing new is no change.
        let before = romt.everything();
        Self { romt, first: first.clone(), before }
    }

    /// What it holds, without what it is offered.
    fn holds(&self) -> BTreeMap<String, Digest> {
        let mut everything = self.romt.everything();
        everything.retain(|path, _| !path.starts_with("offered"));
        everything
    }

    /// Offers bytes under a name, and returns what came of it: whether they were taken.
    #[track_caller]
    fn takes(&self, name: &str, bytes: &[u8], what: &str) -> bool {
        self.romt.write(name, bytes);
        let outcome = self.romt.run(&["--archive", name, "import"]);
        for word in ["panicked", "backtrace", "Traceback"] {
            assert!(!outcome.stderr.contains(word), "{what}\n{outcome}");
        }
        if outcome.status == Some(0) {
            return true;
        }
        let outcome = outcome.exits_with(1).says("error: ");
        assert_eq!(self.holds(), self.before, "{what} changed something\n{outcome}");
        assert_eq!(self.romt.leftovers(), [""; 0], "{what}");
        false
    }

    #[track_caller]
    fn refuses(&self, archive: &RomtArchive, what: &str) {
        let name = "offered.tar.gz";
        archive.write(&self.romt.path(name));
        let bytes = fs::read(self.romt.path(name)).expect("an archive");
        assert!(!self.takes(name, &bytes, what), "{what} was taken");
    }
}

/// The archive with its members changed.
fn with(archive: &RomtArchive, change: impl FnOnce(&mut Vec<Member>)) -> RomtArchive {
    let mut changed = archive.clone();
    change(&mut changed.members);
    changed
}

fn crate_member(name: &str) -> Member {
    Member::file(name, FakeCrate::new("more", "1.0.0").padding(3_000).pack().bytes().to_vec())
}

#[test]
fn row_110_abuse_of_the_format() {
    let (first, second) = two_archives();
    let importer = Importer::with(&first, &RomtProgram::ours());
    let format = second.members[0].clone();
    let refused = |what: &str, change: &dyn Fn(&mut Vec<Member>)| importer.refuses(&with(&second, change), what);
    refused("a format that comes late", &|members| members.swap(0, 1));
    refused("a format at the end", &|members| members.push(members[0].clone()));
    refused("a second format", &|members| members.insert(1, format.clone()));
    for number in ["3", "", "0\n", "2 2\n", "\u{ff12}\n"] {
        refused("an unknown format", &|members| members[0] = Member::file("ARCHIVE_FORMAT", number));
    }
    refused("a prefix of the other format", &|members| {
        members.push(crate_member("crates/MO/RE/more/more-2.0.0.crate"));
    });
    refused("a wrong prefix", &|members| members.push(crate_member("crates/xx/yy/more/more-2.0.0.crate")));
    refused("a foreign member", &|members| members.push(Member::file("etc/passwd", "x")));
    refused("a foreign first member", &|members| members.insert(0, Member::file("etc/passwd", "x")));
    refused("no bundle", &|members| drop(members.remove(1)));
    refused("two bundles", &|members| members.push(members[1].clone()));
    refused("nothing at all", &|members| members.clear());
    for name in [
        "crates/mo/re/more/other-1.0.0.crate",
        "crates/mo/re/more/more-1.0.0.tar",
        "crates/mo/re/more/more-.crate",
        "crates/mo/re/more-1.0.0.crate",
        "crates/mo/re/more/sub/more-1.0.0.crate",
        "crates/config.toml",
        "crates/",
    ] {
        refused(name, &|members| members.push(crate_member(name)));
    }
    // The same archive as it was is good.
    second.write(&importer.romt.path("crates.tar.gz"));
    importer.romt.run(&["import"]).succeeds();
    assert!(importer.romt.crate_paths().contains(&"mo/re/more/more-1.0.0.crate".to_owned()));
}

#[test]
fn row_110_as_python_romt_refuses_it() {
    let (first, second) = two_archives();
    alike("row_110_as_python_romt_refuses_it", |program| {
        let importer = Importer::with(&first, program);
        let unpack = |what: &str, change: &dyn Fn(&mut Vec<Member>)| {
            with(&second, change).write(&importer.romt.path("offered.tar.gz"));
            let outcome = importer.romt.run(&["--archive", "offered.tar.gz", "unpack"]);
            assert_eq!(outcome.status, Some(1), "{what}\n{outcome}");
        };
        unpack("late", &|members| members.swap(0, 1));
        unpack("3", &|members| members[0] = Member::file("ARCHIVE_FORMAT", "3\n"));
        unpack("prefix", &|members| members[2] = crate_member("crates/MO/RE/more/more-1.0.0.crate"));
        unpack("foreign", &|members| members.push(Member::file("etc/x", "x")));
        unpack("no bundle", &|members| drop(members.remove(1)));
    });
}

#[test]
fn row_111_a_link_in_place_of_the_bundle() {
    let (first, second) = two_archives();
    let importer = Importer::with(&first, &RomtProgram::ours());
    let outside = tempfile::tempdir().expect("a temporary folder");
    let victim = outside.path().join("victim");
    fs::write(&victim, "precious").expect("a file");
    importer.refuses(
        &with(&second, |members| members.insert(1, Member::symlink(BUNDLE, &victim))),
        "a link, and then the bundle",
    );
    importer.refuses(&with(&second, |members| members[1] = Member::symlink(BUNDLE, &victim)), "a link for the bundle");
    importer.refuses(&with(&second, |members| members[1] = Member::hard_link(BUNDLE, "crates/x")), "a hard link");
    assert_eq!(fs::read_to_string(&victim).expect("a file"), "precious");
}

#[test]
fn row_111_the_bundle_is_not_written_through_a_link_on_disk() {
    let (first, second) = two_archives();
    let importer = Importer::with(&first, &RomtProgram::ours());
    let outside = tempfile::tempdir().expect("a temporary folder");
    let victim = outside.path().join("victim");
    fs::write(&victim, "precious").expect("a file");
    // Somebody put a link where a crate is to go.
    let folder = importer.romt.path("crates/mo/re/more");
    fs::create_dir_all(&folder).expect("a folder");
    std::os::unix::fs::symlink(&victim, folder.join("more-1.0.0.crate")).expect("a link");
    second.write(&importer.romt.path("crates.tar.gz"));
    importer.romt.run(&["import"]);
    assert_eq!(fs::read_to_string(&victim).expect("a file"), "precious");
}

#[test]
fn row_111_links_and_ways_out() {
    let (first, second) = two_archives();
    let importer = Importer::with(&first, &RomtProgram::ours());
    let outside = importer.romt.folder().parent().expect("a parent").join("romt-test-outside");
    let absolute = outside.display().to_string();
    let names = [
        "../outside",
        "crates/../../outside",
        "crates/../outside/outside-1.0.0.crate",
        "crates/mo/re/../re/more/more-1.0.0.crate",
        "crates/mo/re/more/more-../../../../x.crate",
        "./crates/mo/re/more/more-1.0.0.crate",
        "/crates/mo/re/more/more-1.0.0.crate",
        "crates//mo/re/more/more-1.0.0.crate",
        "crates/mo/re/more/more-1.0.0.crate/",
        "git/crates.io-index/HEAD",
        "git/crates.io-index/hooks/post-merge",
        "git/crates.io-index/../crates.io-index/origin.bundle",
        absolute.as_str(),
        "",
    ];
    for name in names {
        importer.refuses(&with(&second, |members| members.push(crate_member(name))), name);
        importer.refuses(&with(&second, |members| members.insert(1, crate_member(name))), name);
    }
    for kind in [
        MemberKind::Symlink("/etc/passwd".to_owned()),
        MemberKind::Symlink("more-2.0.0.crate".to_owned()),
        MemberKind::HardLink(BUNDLE.to_owned()),
        MemberKind::HardLink("/etc/passwd".to_owned()),
        MemberKind::Fifo,
        MemberKind::Declared(1 << 40),
    ] {
        let what = format!("{kind:?}");
        importer.refuses(&with(&second, |members| members[2] = Member { name: MORE.to_owned(), kind }), &what);
    }
    assert!(!outside.exists() && !Path::new("/tmp/outside").exists());
}

#[test]
fn a_folder_among_the_members_is_passed_over() {
    let (first, second) = two_archives();
    alike("a_folder_among_the_members_is_passed_over", |program| {
        let importer = Importer::with(&first, program);
        let folder = Member { name: "crates/mo/".to_owned(), kind: MemberKind::Folder };
        with(&second, |members| members.insert(2, folder)).write(&importer.romt.path("crates.tar.gz"));
        importer.romt.run(&["import"]).succeeds();
        assert!(importer.romt.path(MORE).is_file());
    });
}

#[test]
fn what_is_no_archive() {
    let (first, second) = two_archives();
    let importer = Importer::with(&first, &RomtProgram::ours());
    assert!(!importer.takes("offered.tar.gz", b"", "an empty file"));
    assert!(!importer.takes("offered.tar.gz", b"<html>please log in</html>", "a page"));
    assert!(!importer.takes("offered.tar", &[0; 10_240], "an archive of nothing"));
    second.write(&importer.romt.path("offered.tar"));
    let plain = fs::read(importer.romt.path("offered.tar")).expect("an archive");
    assert!(!importer.takes("offered.tar.gz", &plain, "an archive that is not compressed, though its name says so"));
    importer.romt.run(&["--archive", "nosuch.tar.gz", "import"]).exits_with(1).says("nosuch.tar.gz");
    assert_eq!(importer.holds(), importer.before);
}

/// What is offered: the second archive, compressed or not.
fn bytes_of(archive: &RomtArchive, name: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    archive.write(&folder.path().join(name));
    fs::read(folder.path().join(name)).expect("an archive")
}

#[test]
fn cut_off_anywhere() {
    let mut chance = Chance::new("cut_off_anywhere");
    let (first, second) = two_archives();
    let importer = Importer::with(&first, &RomtProgram::ours());
    for name in ["offered.tar.gz", "offered.tar"] {
        let whole = bytes_of(&second, name);
        // Of a plain archive, the empty blocks at the end may be missing.
        let content = whole.len() - if name.ends_with(".gz") { 1 } else { 1_024 };
        for _ in 0..12 {
            let length = chance.below(content);
            let what = format!("{name}, cut off after {length} of {} bytes", whole.len());
            assert!(!importer.takes(name, &whole[..length], &what), "{what} was taken");
        }
    }
}

#[test]
fn one_bit_is_wrong_anywhere() {
    let mut chance = Chance::new("one_bit_is_wrong_anywhere");
    let (first, second) = two_archives();
    let good = Importer::with(&first, &RomtProgram::ours());
    second.write(&good.romt.path("crates.tar.gz"));
    good.romt.run(&["import"]).succeeds();
    let mut importer = Importer::with(&first, &RomtProgram::ours());
    for name in ["offered.tar.gz", "offered.tar"] {
        let whole = bytes_of(&second, name);
        for _ in 0..16 {
            let (place, bit) = (chance.below(whole.len()), chance.below(8));
            let mut damaged = whole.clone();
            damaged[place] ^= 1 << bit;
            let what = format!("{name} with bit {bit} of byte {place} wrong");
            if importer.takes(name, &damaged, &what) {
                // Not every bit matters. What was taken is right all the same.
                assert_eq!(importer.romt.crates(), good.romt.crates(), "{what}");
                assert_eq!(importer.romt.index().tree("master"), good.romt.index().tree("master"), "{what}");
                importer = Importer::with(&importer.first, &RomtProgram::ours());
            }
        }
    }
}
