//! What lies in a mirror's folder.

use std::fs;
use std::path::Path;

/// The files below `mirror` that clients may see or that romt keeps, in order; the git objects and `.romt` left out.
pub fn stored_files(mirror: &Path) -> Vec<String> {
    let mut files = all_files(mirror);
    files.retain(|file| !file.starts_with("git/") && !file.starts_with(".romt/"));
    files
}

/// Files that should have been gone: staged ones, temporary ones, locks of git.
pub fn leftovers(mirror: &Path) -> Vec<String> {
    let mut files = all_files(mirror);
    files.retain(|file| is_leftover(file));
    files
}

fn is_leftover(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_staged = name.rsplit_once('#').is_some_and(|(_, number)| number.bytes().all(|b| b.is_ascii_digit()));
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    let is_temporary = matches!(extension, Some("tmp" | "new")) || name.starts_with("tmp_") || name.contains("_git2_");
    let is_git_lock = path.starts_with("git/") && extension == Some("lock");
    is_staged || is_temporary || is_git_lock || path.starts_with(".romt/incoming/")
}

/// Every file below `folder`, as a path with `/`, in order.
pub(crate) fn all_files(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    collect(folder, "", &mut files);
    files.sort();
    files
}

fn collect(folder: &Path, path: &str, files: &mut Vec<String>) {
    // A folder that is not there holds nothing.
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let entry = entry.expect("an entry of a folder");
        let path = format!("{path}{}", entry.file_name().to_string_lossy());
        if entry.file_type().expect("the type of an entry").is_dir() {
            collect(&entry.path(), &format!("{path}/"), files);
        } else {
            files.push(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leftovers_are_told_from_files() {
        let folder = tempfile::tempdir().unwrap();
        let names = [
            ".romt/incoming/00",
            ".romt/lock",
            "crates/se/rd/serde/serde-1.0.0.crate",
            "crates/se/rd/serde/serde-1.0.1.crate#1",
            "git/crates.io-index/HEAD",
            "git/crates.io-index/index.lock",
            "git/crates.io-index/objects/pack/tmp_pack_x",
        ];
        for name in names {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        assert_eq!(leftovers(folder.path()), [names[0], names[3], names[5], names[6]]);
        assert_eq!(stored_files(folder.path()), [names[2], names[3]]);
    }
}
