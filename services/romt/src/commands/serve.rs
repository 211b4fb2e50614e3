//! `romt serve`: serves a mirror, and writes nothing.

use std::future::pending;
use std::path::Path;

use anyhow::anyhow;
use romt_runtime::{Hint, Lifecycle, Signals, block_on};
use romt_storage::Storage;

use super::outcome::Outcome;
use super::serving::{Page, Parts, announce, build};
use crate::cli::ServeHereOptions;
use crate::screen::Screen;
use crate::settings::ServeSettings;

pub(super) fn serve(options: &ServeHereOptions, screen: &Screen) -> anyhow::Result<Outcome> {
    let ServeSettings { mirror, repository, server } = ServeSettings::read(options)?;
    must_be_mirror(&mirror).hint("name the mirror's folder with `--mirror DIR`; `romt up` makes one")?;
    block_on(async {
        let mut lifecycle = Lifecycle::new(Signals::listen()?);
        let storage = Storage::folder(&mirror)?;
        let service = build(server, repository, None, storage.clone(), None, Page::default()).await?;
        announce(mirror.display(), &service, &storage, Parts::default(), screen).await?;
        lifecycle.spawn("server", service.run(lifecycle.token()));
        let ended = lifecycle.run(pending::<anyhow::Result<()>>()).await?;
        Ok(Outcome::of_ended(&ended))
    })?
}

/// What a mirror holds at least one of.
const FOLDERS: [&str; 4] = ["crates", "git", "dist", "rustup"];

fn must_be_mirror(path: &Path) -> anyhow::Result<()> {
    if !path.is_dir() {
        return Err(anyhow!("there is no folder `{}`", path.display()));
    }
    if !FOLDERS.iter().any(|name| path.join(name).is_dir()) {
        return Err(anyhow!(
            "`{}` is not a mirror: {} are not in it",
            path.display(),
            "crates/, git/, dist/ and rustup/"
        ));
    }
    Ok(())
}
