//! Packing toolchains.

use std::fs;

use romt_dist::DistKey;
use romt_packer::{PackToolchains, Stopped, pack_toolchains};
use romt_runtime::Report;
use tokio_util::sync::CancellationToken;

use crate::mirror::{Mirror, members};
use crate::release::{files, keys, uneven};

#[test]
fn rows_44_and_45_members_and_their_order() {
    let sign = |content: &[u8]| format!("signature of {} bytes", content.len()).into_bytes();
    for files in [files(&uneven(), None), files(&uneven(), Some(&sign))] {
        let mirror = Mirror::of(&files);
        for name in ["toolchain.tar.gz", "toolchain.tar", "toolchain.tgz"] {
            let archive = mirror.pack(name, keys(&files));
            assert!(members::<DistKey>(&archive) == files, "{name}");
            let gzip = fs::read(&archive).unwrap().starts_with(b"\x1f\x8b");
            assert_eq!(gzip, name == "toolchain.tar.gz");
            let before = fs::read(&archive).unwrap();
            mirror.pack(name, keys(&files));
            assert!(fs::read(&archive).unwrap() == before, "the same content makes the same bytes");
        }
    }
    let names: Vec<_> = files(&uneven(), None).iter().map(|(key, _)| key.to_string()).collect();
    assert_eq!(
        names[..4],
        [
            "2024-02-08/channel-rust-stable.toml",
            "2024-02-08/channel-rust-stable.toml.sha256",
            "2024-02-08/rust-src-1.76.0.tar.xz",
            "2024-02-08/rust-src-1.76.0.tar.xz.sha256",
        ]
    );
}

#[test]
fn row_49_a_failed_pack_keeps_the_old_archive() {
    let files = files(&uneven(), None);
    let mirror = Mirror::of(&files);
    let archive = mirror.pack("toolchain.tar.gz", keys(&files));
    let last = mirror.path("dist").join(files.last().unwrap().0.to_string());
    let order = PackToolchains { archive, dest: mirror.path("dist") };
    let pack = |_: &Mirror| pack_toolchains(&order, keys(&files), &mut |_| (), &CancellationToken::new());

    fs::write(&last, "").unwrap();
    let error = mirror.refuses(pack);
    assert!(error.contains("is empty"), "{error}");
    fs::remove_file(&last).unwrap();
    let report = Report::of(&pack(&mirror).unwrap_err());
    assert_eq!(report.lines, [format!("missing file {}", last.display())]);
    assert!(report.hint.is_some());
    mirror.refuses(pack);
    fs::create_dir(&last).unwrap();
    let error = mirror.refuses(pack);
    assert!(error.contains("is not a file"), "{error}");

    let error = mirror.refuses(|_| pack_toolchains(&order, Vec::new(), &mut |_| (), &CancellationToken::new()));
    assert!(error.contains("nothing to pack"), "{error}");
    let stop = CancellationToken::new();
    let error = mirror.refuses(|_| pack_toolchains(&order, keys(&files), &mut |_| stop.cancel(), &stop));
    assert_eq!(error, Stopped.to_string());
    let absent = PackToolchains { archive: mirror.path("absent/toolchain.tar.gz"), dest: mirror.path("dist") };
    let error = mirror.refuses(|_| pack_toolchains(&absent, keys(&files), &mut |_| (), &CancellationToken::new()));
    assert!(error.contains("there is no folder"), "{error}");
}

#[test]
fn files_that_belong_into_no_archive_or_come_twice_are_a_defect_and_told() {
    let files = files(&uneven(), None);
    let mirror = Mirror::of(&files);
    mirror.put("dist/channel-rust-stable.toml", b"x");
    let order = PackToolchains { archive: mirror.path("toolchain.tar.gz"), dest: mirror.path("dist") };
    let alias: DistKey = "channel-rust-stable.toml".parse().unwrap();
    for bad in [alias, files[0].0.clone()] {
        let keys = [files[0].0.clone(), bad];
        let error = mirror.refuses(|_| pack_toolchains(&order, keys, &mut |_| (), &CancellationToken::new()));
        assert!(error.contains("comes twice, too late, or does not belong"), "{error}");
    }
}
