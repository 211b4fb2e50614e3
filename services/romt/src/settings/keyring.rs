//! Files of keys that sign toolchains.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::Context as _;
use romt_dist::Keyring;

/// Adds the keys in a file.
pub(crate) fn add_keys(keyring: &mut Keyring, path: &Path) -> anyhow::Result<()> {
    let mut content = Vec::new();
    let mut read = || -> anyhow::Result<()> {
        // One byte more than may be there tells that it is too large.
        File::open(path)?.take(Keyring::MAX_KEY_FILE as u64 + 1).read_to_end(&mut content)?;
        keyring.add(&content)?;
        Ok(())
    };
    read().with_context(|| format!("cannot use the keys in `{}`", path.display()))
}
