//! What rustup is told: where toolchains are, and where it finds itself.

use romt_storage::{Storage, StorageError, StorageKey};

use crate::BaseUrl;

/// What a mirror holds for rustup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RustupParts {
    /// Something in `dist/`.
    pub toolchains: bool,
    /// Something in `rustup/`.
    pub releases: bool,
}

impl RustupParts {
    /// What there is now.
    pub async fn of(storage: &Storage) -> Result<Self, StorageError> {
        let (toolchains, releases) = (storage.holds(StorageKey::DIST).await?, storage.holds(StorageKey::RUSTUP).await?);
        Ok(Self { toolchains, releases })
    }

    /// Whether there is anything.
    pub fn any(self) -> bool {
        self.toolchains || self.releases
    }
}

/// The lines for a shell that put the mirror at `base` in the place of Rust's own servers, for what it holds; empty where
/// that is nothing.
pub fn rustup_config(base: &BaseUrl, parts: RustupParts) -> String {
    let toolchains = parts.toolchains.then(|| format!("export RUSTUP_DIST_SERVER={base}\n"));
    let releases = parts.releases.then(|| format!("export RUSTUP_UPDATE_ROOT={base}/rustup\n"));
    toolchains.into_iter().chain(releases).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_for_what_is_there() {
        let base: BaseUrl = "http://mirror.example:8000/rust/".parse().unwrap();
        let lines = |toolchains, releases| rustup_config(&base, RustupParts { toolchains, releases });
        let dist = "export RUSTUP_DIST_SERVER=http://mirror.example:8000/rust\n";
        let update = "export RUSTUP_UPDATE_ROOT=http://mirror.example:8000/rust/rustup\n";
        assert_eq!(lines(true, true), format!("{dist}{update}"));
        assert_eq!((lines(true, false), lines(false, true)), (dist.to_owned(), update.to_owned()));
        assert_eq!(lines(false, false), "");
    }
}
