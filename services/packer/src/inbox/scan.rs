//! Looking at the inbox: which archives are there, and what lies beside them.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use romt_types::Digest;
use rustix::fs::OFlags;

/// By which a file is known to be the same as before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) size: u64,
    /// When its content changed, in nanoseconds since 1970.
    pub(super) modified: i128,
    changed: i128,
    device: u64,
    inode: u64,
}

impl Identity {
    pub(super) fn of(metadata: &Metadata) -> Self {
        let nanoseconds = |seconds: i64, rest: i64| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
        Self {
            size: metadata.size(),
            modified: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            changed: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
            device: metadata.dev(),
            inode: metadata.ino(),
        }
    }

    /// Whether the content is the same, as far as can be told without reading it.
    pub(super) fn same_content(&self, other: &Self) -> bool {
        (self.size, self.modified) == (other.size, other.modified)
    }
}

/// What is under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    File(Identity),
    /// Something that is not read, in words.
    Other(&'static str),
}

/// The `.sha256` file beside an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sum {
    identity: Identity,
    /// The hash it says; none where it says none that can be read.
    pub(super) digest: Option<Digest>,
}

/// Something in the inbox that may be an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) what: What,
    pub(super) sum: Option<Sum>,
}

/// By name.
pub(super) type Listing = BTreeMap<String, Found>;

/// More names than this are not looked at.
const MOST: usize = 100_000;
/// A `.sha256` file is a line, or a few.
const SUM: u64 = 16 << 10;
const SUFFIX: &str = ".sha256";
/// What programs call a file that they are still writing.
const UNFINISHED: [&str; 6] = [".tmp", ".part", ".partial", ".filepart", ".crdownload", ".new"];

/// Whether a name is one that an archive may have. Hidden files are somebody's, and not for us.
fn may_be_archive(name: &str) -> bool {
    let beside = [SUFFIX, ".reason", ".asc", ".sig", ".md5", ".sha1", ".sha512"];
    !name.starts_with('.')
        && !name.chars().any(char::is_control)
        && !beside.iter().chain(&UNFINISHED).any(|suffix| name.ends_with(suffix))
}

/// Whether a name says that this is an archive.
pub(super) fn looks_like_archive(name: &str) -> bool {
    [".tar", ".tar.gz", ".tgz", ".gz"].iter().any(|suffix| name.ends_with(suffix))
}

/// Lists the folder. What is known from `before` of `.sha256` files that did not change is not read again.
pub(super) fn scan(folder: &Path, before: &Listing) -> io::Result<Listing> {
    let (mut archives, mut sums) = (BTreeMap::new(), BTreeMap::new());
    for entry in fs::read_dir(folder)?.take(MOST) {
        let entry = entry?;
        // A name that is no text cannot be told to anybody.
        let Ok(name) = entry.file_name().into_string() else { continue };
        // Not followed: where a link leads is not for the one who put it there to choose.
        let metadata = match fs::symlink_metadata(entry.path()) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        if let Some(archive) = name.strip_suffix(SUFFIX) {
            if metadata.is_file() {
                sums.insert(archive.to_owned(), Identity::of(&metadata));
            }
            continue;
        }
        if !may_be_archive(&name) {
            continue;
        }
        match what(&metadata) {
            // Folders of other names are the operator's own.
            What::Other(_) if !looks_like_archive(&name) => {}
            what => drop(archives.insert(name, what)),
        }
    }
    let found = archives.into_iter().map(|(name, what)| {
        let known = before.get(&name).and_then(|found| found.sum.as_ref());
        let sum = sums.get(&name).map(|identity| match known {
            Some(known) if known.identity == *identity => known.clone(),
            _ => Sum { identity: *identity, digest: read_sum(&folder.join(format!("{name}{SUFFIX}")), &name) },
        });
        (name, Found { what, sum })
    });
    Ok(found.collect())
}

fn what(metadata: &Metadata) -> What {
    let kind = metadata.file_type();
    if kind.is_file() {
        return What::File(Identity::of(metadata));
    }
    What::Other(match () {
        () if kind.is_symlink() => "a symbolic link",
        () if kind.is_dir() => "a folder",
        () if kind.is_fifo() => "a named pipe",
        () if kind.is_socket() => "a socket",
        () => "a device",
    })
}

/// The hash that a `.sha256` file says for the archive `name`, as `sha256sum` writes it, or alone.
fn read_sum(path: &Path, name: &str) -> Option<Digest> {
    let flags = (OFlags::NONBLOCK | OFlags::NOFOLLOW).bits().cast_signed();
    let file = fs::File::options().read(true).custom_flags(flags).open(path).ok()?;
    let mut text = String::new();
    file.take(SUM).read_to_string(&mut text).ok()?;
    parse_sum(&text, name)
}

fn parse_sum(text: &str, name: &str) -> Option<Digest> {
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let of_line = |line: &str| {
        let (digest, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let digest = digest.to_ascii_lowercase().parse::<Digest>().ok()?;
        let file = rest.trim_start().trim_start_matches('*');
        let file = file.rsplit(['/', '\\']).next().unwrap_or(file);
        (file.is_empty() || file == name).then_some(digest)
    };
    // A line that is for another file says nothing of this one; the file may have been renamed with its archive, though.
    let own = lines().find_map(of_line);
    own.or_else(|| match lines().count() {
        1 => lines().next()?.split_whitespace().next()?.to_ascii_lowercase().parse().ok(),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_is_read_as_programs_write_it() {
        let digest = Digest::of(b"x");
        for text in [
            format!("{digest}  a.tar.gz\n"),
            format!("{digest} *a.tar.gz\n"),
            format!("{digest}  ./out/a.tar.gz"),
            format!("{digest}\n"),
            digest.to_string().to_uppercase(),
            format!("{}  b.tar.gz\n{digest}  a.tar.gz\n", Digest::of(b"y")),
            format!("{digest}  name-before-it-was-renamed.tar.gz\n"),
        ] {
            assert_eq!(parse_sum(&text, "a.tar.gz"), Some(digest), "{text}");
        }
        let others = format!("{digest}  b.tar.gz\n{digest}  c.tar.gz\n");
        for text in ["", "\n", "nonsense  a.tar.gz", &digest.to_string()[1..], &others] {
            assert_eq!(parse_sum(text, "a.tar.gz"), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_archive_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str| fs::write(folder.path().join(name), "x").unwrap();
        for name in ["a.tar.gz", "monday", "notes.txt", ".hidden.tar.gz", "b.tar.gz.part", "c.tar.gz.sha256"] {
            put(name);
        }
        put("a.tar.gz.sha256");
        fs::create_dir(folder.path().join("done")).unwrap();
        fs::create_dir(folder.path().join("folder.tar.gz")).unwrap();
        std::os::unix::fs::symlink("a.tar.gz", folder.path().join("link.tar.gz")).unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            folder.path().join("pipe.tar"),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR,
            0,
        )
        .unwrap();
        let found = scan(folder.path(), &Listing::new()).unwrap();
        let names: Vec<_> = found.keys().map(String::as_str).collect();
        assert_eq!(names, ["a.tar.gz", "folder.tar.gz", "link.tar.gz", "monday", "notes.txt", "pipe.tar"]);
        assert_eq!(found["a.tar.gz"].sum.as_ref().map(|sum| sum.digest), Some(None), "a sum that says nothing");
        for (name, what) in [("folder", "a folder"), ("link", "a symbolic link"), ("pipe", "a named pipe")] {
            let name = names.iter().find(|found| found.starts_with(name)).unwrap();
            assert_eq!(found[*name].what, What::Other(what));
        }
        assert_eq!(scan(folder.path(), &found).unwrap(), found);
        assert!(scan(&folder.path().join("absent"), &found).is_err());
    }
}
