//! Opening what goes into an archive, and where the archive goes.

use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::anyhow;
use romt_runtime::Hint;
use rustix::fs::OFlags;

/// Opens what is at `path`, links followed, with its size if it is a file.
pub(super) fn open_file(path: &Path) -> io::Result<(File, Option<u64>)> {
    // Or a named pipe would be waited for.
    let file = File::options().read(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed()).open(path)?;
    let metadata = file.metadata()?;
    Ok((file, metadata.is_file().then_some(metadata.len())))
}

/// Looks whether there is a folder to write `archive` to.
pub(super) fn check_folder_of(archive: &Path) -> anyhow::Result<()> {
    let folder = archive.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        return Err(anyhow!("there is no folder `{}` to write the archive to", folder.display()))
            .hint("make the folder, or choose another archive with `--archive`");
    }
    Ok(())
}
