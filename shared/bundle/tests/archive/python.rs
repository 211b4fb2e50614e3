//! The same archives, as Python's `tarfile` writes and reads them, which is what Python romt uses.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use flate2::Crc;
use romt_bundle::{ArchiveFormat, CratesMember};

use crate::support::{Contents, FORMAT, INDEX, noise, read, write};

/// Runs a Python program with these arguments; what it prints.
fn python(program: &str, arguments: &[&Path]) -> String {
    let output = Command::new("python3").arg("-c").arg(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

const LIST: &str = r#"
import sys, tarfile, zlib
with tarfile.open(sys.argv[1], "r:gz" if sys.argv[1].endswith(".gz") else "r:*") as tar:
    for member in tar.getmembers():
        content = tar.extractfile(member).read()
        print(member.name, member.isreg(), member.size, zlib.crc32(content), oct(member.mode), int(member.mtime),
              member.uid, member.gid)
"#;

const MAKE: &str = r#"
import gzip, io, sys, tarfile
target, source, layout = sys.argv[1:]
mode = "w:gz" if target.endswith(".gz") else "w"
options = {"compresslevel": 9} if mode == "w:gz" else {}
with tarfile.open(target, mode, format=getattr(tarfile, layout), **options) as tar:
    for number, line in enumerate(open(source).read().splitlines()):
        name, content = line.split(" ")
        content = bytes.fromhex(content)
        member = tarfile.TarInfo(name)
        member.size = len(content)
        member.mtime = 1795000000.123456789 + number
        member.uid, member.gid, member.uname, member.gname = 1000, 1000, "jos\u00e9", "users"
        member.mode = 0o600
        tar.addfile(member, io.BytesIO(content))
"#;

fn long() -> String {
    format!("{}@1.0.0-{}", "n".repeat(64), "x".repeat(200))
}

fn crates() -> [(String, Vec<u8>); 4] {
    [
        ("ABcd@1.0.0".to_owned(), noise(1, 100_000)),
        ("a@0.1.0+x".to_owned(), Vec::new()),
        (long(), noise(2, 513)),
        ("serde@1.0.0".to_owned(), noise(3, 512)),
    ]
}

#[test]
fn row_107_python_lists_what_we_write() {
    let folder = tempfile::tempdir().unwrap();
    let crates = crates();
    let crates: Vec<_> = crates.iter().map(|(id, content)| (id.as_str(), content.clone())).collect();
    for (format, name) in [
        (ArchiveFormat::Lower, "crates.tar.gz"),
        (ArchiveFormat::Mixed, "crates.tar.gz"),
        (ArchiveFormat::Lower, "crates.tar"),
    ] {
        let path = folder.path().join(name);
        write(&path, format, &noise(4, 5000), &crates);
        let mut expected = String::new();
        let mut member = |name: String, content: &[u8]| {
            let mut crc = Crc::new();
            crc.update(content);
            let (size, sum) = (content.len(), crc.sum());
            writeln!(expected, "{name} True {size} {sum} 0o644 315532800 0 0").unwrap();
        };
        member(FORMAT.to_owned(), format.content().as_bytes());
        member(INDEX.to_owned(), &noise(4, 5000));
        for (id, content) in &crates {
            member(CratesMember::Crate(id.parse().unwrap()).name(format), content);
        }
        assert_eq!(python(LIST, &[&path]), expected);
    }
}

#[test]
fn row_109_we_read_what_python_writes() {
    let folder = tempfile::tempdir().unwrap();
    let mut members = vec![(INDEX.to_owned(), noise(4, 5000))];
    for (id, content) in crates() {
        members.push((CratesMember::Crate(id.parse().unwrap()).name(ArchiveFormat::Lower), content));
    }
    let expected = Contents { format: ArchiveFormat::Lower, members };
    let source = folder.path().join("members");
    let mut lines = format!("{FORMAT} 320a\n");
    for (name, content) in &expected.members {
        write!(lines, "{name} ").unwrap();
        for byte in content {
            write!(lines, "{byte:02x}").unwrap();
        }
        lines.push('\n');
    }
    fs::write(&source, lines).unwrap();
    for layout in ["PAX_FORMAT", "GNU_FORMAT"] {
        for name in ["crates.tar.gz", "crates.tgz", "crates.tar"] {
            let path = folder.path().join(name);
            python(MAKE, &[&path, &source, Path::new(layout)]);
            assert_eq!(read(name, fs::File::open(&path).unwrap()).unwrap(), expected, "{layout} {name}");
        }
    }
}
