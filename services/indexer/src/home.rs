//! Which folder a part of a mirror belongs to: where its lock and romt's own things are.

use std::path::{Path, PathBuf};

/// romt's own things: lock, ledger, what waits.
pub(crate) const STATE: &str = ".romt";

/// The mirror around `folder` if that is called `name`, as in a mirror's own layout; else the folder itself.
pub(crate) fn home(folder: &Path, name: &str) -> PathBuf {
    if folder.file_name().is_some_and(|own| own == name) { up(folder, 1) } else { folder.to_owned() }
}

/// The folder `levels` above `path`, by its name.
pub(crate) fn up(path: &Path, levels: usize) -> PathBuf {
    match path.ancestors().nth(levels) {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_its_usual_name_belongs_to_the_one_around() {
        for (folder, expected) in
            [("rustup", "."), ("./rustup/", "."), ("/srv/m/rustup", "/srv/m"), ("/srv/m/other", "/srv/m/other")]
        {
            assert_eq!(home(Path::new(folder), "rustup"), Path::new(expected), "{folder}");
        }
    }
}
