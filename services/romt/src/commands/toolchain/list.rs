//! The COMMANDs that only look: `list`, `all-targets`, `all-components`. All they say is data, as in Python romt.

use romt_dist::ManifestPath;

use super::steps::Steps;
use crate::console::Level;

impl Steps<'_> {
    pub(super) async fn list(&mut self) -> anyhow::Result<()> {
        let console = self.place.console;
        let (mirror, paths) = self.on_disk().await?;
        for toolchain in mirror.list(&paths).await? {
            console.data_at(Level::Verbose, format_args!("T.List: {}", toolchain.path.spec()))?;
            self.verified(toolchain.path)?;
            if !console.says(Level::Normal) {
                console.data(toolchain.release)?;
                continue;
            }
            console.data(&toolchain)?;
            toolchain.target_lines(console.says(Level::Verbose)).try_for_each(|line| console.data(line))?;
        }
        Ok(())
    }

    pub(super) async fn all_targets(&mut self) -> anyhow::Result<()> {
        let console = self.place.console;
        let (mirror, paths) = self.on_disk().await?;
        for toolchain in mirror.all_targets(&paths).await? {
            console.data_at(Level::Normal, format_args!("All targets: {}", toolchain.path.spec()))?;
            self.verified(toolchain.path)?;
            console.data_at(Level::Normal, format_args!("  ident: {}", toolchain.release))?;
            toolchain.names.iter().try_for_each(|name| console.data(name))?;
        }
        Ok(())
    }

    pub(super) async fn all_components(&mut self) -> anyhow::Result<()> {
        let console = self.place.console;
        let (mirror, paths) = self.on_disk().await?;
        for toolchain in mirror.all_components(&paths).await? {
            console.data_at(Level::Normal, format_args!("All components: {}", toolchain.path.spec()))?;
            self.verified(toolchain.path)?;
            console.data_at(Level::Normal, format_args!("  ident: {}", toolchain.release))?;
            for name in &toolchain.names {
                console.data_at(Level::Normal, format_args!("    {name}"))?;
            }
        }
        Ok(())
    }

    /// Says that a manifest was compared with its hash.
    fn verified(&self, path: ManifestPath) -> anyhow::Result<()> {
        let file = self.settings.dest.join(path.to_string());
        self.place.console.data_at(Level::Verbose, format_args!("[verify] {}", file.display()))
    }
}
