//! Packing.

use std::fs;
use std::os::unix::fs::symlink;

use romt_bundle::ArchiveFormat;
use romt_packer::{LeaveOut, PackEvent, PackOrder, Packed, Stopped, pack};
use romt_runtime::Report;
use romt_types::PrefixStyle;
use tokio_util::sync::CancellationToken;

use crate::support::{Place, contents, id};

const LOWER: PrefixStyle = PrefixStyle::Lower;
const MIXED: PrefixStyle = PrefixStyle::Mixed;

fn run(order: &PackOrder, crates: &[&str]) -> anyhow::Result<(Packed, Vec<String>)> {
    let mut events = Vec::new();
    let mut on = |event: PackEvent<'_>| match event {
        PackEvent::Packed(id) => events.push(format!("packed {id}")),
        PackEvent::LeftOut(id, reason) => events.push(format!("left out {id}: {reason}")),
        _ => panic!("{event:?}"),
    };
    let packed = pack(order, crates.iter().map(|text| id(text)), &mut on, &CancellationToken::new())?;
    Ok((packed, events))
}

#[test]
fn rows_107_and_108_both_formats_from_both_styles() {
    for style in [LOWER, MIXED] {
        for (format, content, prefix) in
            [(ArchiveFormat::Lower, b"2\n", "crates/in/fl"), (ArchiveFormat::Mixed, b"1\n", "crates/In/fl")]
        {
            let place = Place::new();
            place.put("Inflector@0.11.4", style, b"one");
            place.put("log@0.4.0", style, b"two");
            let order = PackOrder { format, style, ..place.pack_order("crates.tar.gz") };
            let (packed, events) = run(&order, &["Inflector@0.11.4", "log@0.4.0"]).unwrap();
            assert_eq!(packed, Packed { packed: 2, left_out: Vec::new() });
            assert_eq!(events, ["packed Inflector@0.11.4", "packed log@0.4.0"]);
            assert_eq!(
                contents(&order.archive),
                [
                    ("git/crates.io-index/origin.bundle".to_owned(), b"bundle".to_vec()),
                    (format!("{prefix}/Inflector/Inflector-0.11.4.crate"), b"one".to_vec()),
                    ("crates/3/l/log/log-0.4.0.crate".to_owned(), b"two".to_vec()),
                ]
            );
            let plain = PackOrder { archive: place.path("crates.tar"), ..order };
            run(&plain, &["Inflector@0.11.4", "log@0.4.0"]).unwrap();
            let tar = fs::read(plain.archive).unwrap();
            assert!(tar.starts_with(b"ARCHIVE_FORMAT\0"));
            assert_eq!(&tar[512..514], content);
        }
    }
}

#[test]
fn row_118_a_missing_crate_ends_it_and_the_old_archive_stays() {
    let place = Place::new();
    place.put("a@1.0.0", LOWER, b"a");
    let order = place.pack_order("crates.tar.gz");
    run(&order, &["a@1.0.0"]).unwrap();
    let before = fs::read(&order.archive).unwrap();
    place.put("c@1.0.0", LOWER, b"c");
    let error = run(&order, &["a@1.0.0", "b@1.0.0", "c@1.0.0"]).unwrap_err();
    let report = Report::of(&error);
    assert_eq!(report.lines, ["Missing b-1.0.0.crate"]);
    assert!(report.hint.unwrap().contains("--keep-going"));
    assert_eq!(fs::read(&order.archive).unwrap(), before);
    assert!(!place.path(".crates.tar.gz.tmp").exists());
}

#[test]
fn row_118_or_is_left_out_and_told() {
    let place = Place::new();
    place.put("a@1.0.0", LOWER, b"a");
    place.put("empty@1.0.0", LOWER, b"");
    fs::create_dir_all(place.crate_path("folder@1.0.0", LOWER)).unwrap();
    let fifo = place.crate_path("pipe@1.0.0", LOWER);
    fs::create_dir_all(fifo.parent().unwrap()).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let order = PackOrder { keep_going: true, ..place.pack_order("crates.tar.gz") };
    let wanted = ["a@1.0.0", "b@1.0.0", "empty@1.0.0", "folder@1.0.0", "pipe@1.0.0"];
    let (packed, events) = run(&order, &wanted).unwrap();
    assert_eq!(packed, Packed { packed: 1, left_out: wanted[1..].iter().map(|text| id(text)).collect() });
    for (event, said) in
        events.iter().zip(["packed a", "Missing b-1.0.0.crate", "is empty", "not a file", "not a file"])
    {
        assert!(event.contains(said), "{event}");
    }
    assert_eq!(contents(&order.archive).len(), 2);
}

#[test]
fn links_are_followed_and_their_files_packed() {
    let place = Place::new();
    fs::write(place.path("elsewhere"), "content").unwrap();
    let path = place.crate_path("a@1.0.0", LOWER);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    symlink(place.path("elsewhere"), &path).unwrap();
    let order = place.pack_order("crates.tar.gz");
    run(&order, &["a@1.0.0"]).unwrap();
    assert_eq!(contents(&order.archive)[1].1, b"content");
    fs::remove_file(place.path("elsewhere")).unwrap();
    let error = run(&order, &["a@1.0.0"]).unwrap_err();
    assert!(error.to_string().contains("Missing a-1.0.0.crate"), "{error}");
}

#[test]
fn what_it_needs_and_is_not_there_is_named() {
    let place = Place::new();
    let order = PackOrder { archive: place.path("absent/crates.tar.gz"), ..place.pack_order("x") };
    let report = Report::of(&run(&order, &[]).unwrap_err());
    assert!(report.lines[0].contains("absent") && report.hint.is_some(), "{report}");

    let order = place.pack_order("crates.tar.gz");
    fs::write(&order.bundle, "").unwrap();
    assert!(run(&order, &[]).unwrap_err().to_string().contains("is empty"));
    fs::remove_file(&order.bundle).unwrap();
    let error = run(&order, &[]).unwrap_err();
    assert!(error.to_string().contains("origin.bundle"), "{error}");
    assert!(!order.archive.exists());
}

#[test]
fn stopped_it_leaves_the_old_archive() {
    let place = Place::new();
    let order = place.pack_order("crates.tar.gz");
    fs::write(&order.archive, "old").unwrap();
    place.put("a@1.0.0", LOWER, b"a");
    place.put("b@1.0.0", LOWER, b"b");
    let stop = CancellationToken::new();
    let crates = ["a@1.0.0", "b@1.0.0"].map(id).into_iter();
    let error = pack(&order, crates, &mut |_| stop.cancel(), &stop).unwrap_err();
    assert!(error.is::<Stopped>());
    assert_eq!(fs::read(&order.archive).unwrap(), b"old");
}

#[test]
fn crates_out_of_order_are_a_defect_and_told() {
    let place = Place::new();
    place.put("a@1.0.0", LOWER, b"a");
    place.put("b@1.0.0", LOWER, b"b");
    let order = place.pack_order("crates.tar.gz");
    assert!(run(&order, &["b@1.0.0", "a@1.0.0"]).is_err());
    assert!(!order.archive.exists());
}

#[test]
fn a_reason_keeps_its_cause() {
    let error = LeaveOut::Unreadable { path: "x".into(), source: std::io::Error::other("denied") };
    assert_eq!(Report::of(&error.into()).lines, ["cannot read `x`", "denied"]);
}
