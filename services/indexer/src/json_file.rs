//! Small files in which something is remembered that must not be lost.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Reads the file `name` in the folder `state`; `None` if there is none. One that cannot be read is an error: what it said
/// would be lost in silence.
pub(crate) fn load<T: DeserializeOwned>(state: &Path, name: &str) -> anyhow::Result<Option<T>> {
    let path = state.join(name);
    match fs::read(&path) {
        Ok(bytes) => {
            serde_json::from_slice(&bytes).map(Some).with_context(|| format!("`{}` is damaged", path.display()))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read `{}`", path.display())),
    }
}

/// Writes it in place of what was there, durably: whole, or not at all.
pub(crate) fn save<T: Serialize>(state: &Path, name: &str, value: &T) -> anyhow::Result<()> {
    let path = state.join(name);
    let write = || -> anyhow::Result<()> {
        fs::create_dir_all(state)?;
        let staged = state.join(format!("{name}.new"));
        let mut file = fs::File::create(&staged)?;
        file.write_all(&serde_json::to_vec(value)?)?;
        file.sync_all()?;
        fs::rename(&staged, &path)?;
        fs::File::open(state)?.sync_all()?;
        Ok(())
    };
    write().with_context(|| format!("cannot write `{}`", path.display()))
}
