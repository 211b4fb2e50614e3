//! How a mirror spells the prefixes of its crates: Python romt's `crates/config.toml`.

use bytes::Bytes;
use futures_util::StreamExt;
use romt_types::PrefixStyle;
use serde::Deserialize;

use crate::{Storage, StorageError, StorageKey};

/// What is written into a new mirror.
const NEW: &str = "prefix = \"lower\"\narchive_prefix = \"lower\"\n";
/// The file has two lines; more than this is not read.
const LIMIT: usize = 64 * 1024;

/// How the prefix folders of crates are spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CratesLayout {
    /// In the mirror.
    pub prefix: PrefixStyle,
    /// In the archives that are packed from it.
    pub archive_prefix: PrefixStyle,
}

/// The file as it may be written: any other key is a mistake that would change nothing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLayout {
    prefix: Option<String>,
    archive_prefix: Option<String>,
}

impl CratesLayout {
    /// Reads the text of the file. A key that is missing means lower, and so does any value but `mixed`, as for Python
    /// romt.
    fn parse(text: &str) -> Result<Self, toml::de::Error> {
        let raw: RawLayout = toml::from_str(text)?;
        let style = |value: Option<String>| match value.as_deref() {
            Some("mixed") => PrefixStyle::Mixed,
            _ => PrefixStyle::Lower,
        };
        Ok(Self { prefix: style(raw.prefix), archive_prefix: style(raw.archive_prefix) })
    }
}

impl Storage {
    /// How this mirror spells prefixes: the `prefix` of [`crates_layout`](Self::crates_layout).
    pub async fn prefix_style(&self) -> Result<PrefixStyle, StorageError> {
        Ok(self.crates_layout().await?.prefix)
    }

    /// The same for who writes to the mirror: where nothing is said and nothing speaks against it, lower case is said.
    pub async fn settle_prefix_style(&self) -> Result<PrefixStyle, StorageError> {
        let Some(layout) = self.read_crates_layout().await? else {
            let layout = self.judge().await?;
            if layout.prefix == PrefixStyle::Lower {
                self.init_crates().await?;
            }
            return Ok(layout.prefix);
        };
        Ok(layout.prefix)
    }

    /// How this mirror and its archives spell prefixes. One without the file that says it is judged by its folders, as
    /// Python romt does: an upper-case letter among the two-letter ones means mixed.
    pub async fn crates_layout(&self) -> Result<CratesLayout, StorageError> {
        match self.read_crates_layout().await? {
            Some(layout) => Ok(layout),
            None => self.judge().await,
        }
    }

    async fn read_crates_layout(&self) -> Result<Option<CratesLayout>, StorageError> {
        let bytes = match self.read(&StorageKey::CratesConfig, None).await {
            Ok(object) => {
                let mut pieces = object.body.into_stream(StorageKey::CratesConfig.to_string());
                let mut text = Vec::new();
                while let Some(piece) = pieces.next().await {
                    text.extend_from_slice(&piece?);
                    if text.len() > LIMIT {
                        break;
                    }
                }
                text
            }
            Err(StorageError::NotFound { .. }) => Vec::new(),
            Err(error) => return Err(error),
        };
        // Empty is what a power cut makes of it.
        if bytes.trim_ascii().is_empty() {
            return Ok(None);
        }
        let layout = CratesLayout::parse(&String::from_utf8_lossy(&bytes));
        layout.map(Some).map_err(|error| StorageError::Layout {
            key: StorageKey::CratesConfig.to_string(),
            source: Box::new(error),
        })
    }

    /// Makes a new root of crates: the file that says how prefixes are spelled.
    pub async fn init_crates(&self) -> Result<(), StorageError> {
        self.put(&StorageKey::CratesConfig, Bytes::from_static(NEW.as_bytes())).await
    }

    async fn judge(&self) -> Result<CratesLayout, StorageError> {
        if self.has_mixed_folders().await? {
            return Ok(CratesLayout { prefix: PrefixStyle::Mixed, archive_prefix: PrefixStyle::Mixed });
        }
        Ok(CratesLayout::default())
    }

    async fn has_mixed_folders(&self) -> Result<bool, StorageError> {
        let folders = self.folders(StorageKey::CRATES).await?;
        Ok(folders.iter().any(|name| name.len() == 2 && name.bytes().any(|byte| byte.is_ascii_uppercase())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_new_mirror_is_lower_and_says_so() {
        let storage = Storage::memory();
        assert_eq!(storage.prefix_style().await.unwrap(), PrefixStyle::Lower);
        assert!(storage.info(&StorageKey::CratesConfig).await.unwrap().is_none(), "looking changes nothing");
        assert_eq!(storage.settle_prefix_style().await.unwrap(), PrefixStyle::Lower);
        assert!(storage.info(&StorageKey::CratesConfig).await.unwrap().is_some());
        assert_eq!(storage.prefix_style().await.unwrap(), PrefixStyle::Lower);
        storage.put(&StorageKey::CratesConfig, Bytes::new()).await.unwrap();
        assert_eq!(storage.prefix_style().await.unwrap(), PrefixStyle::Lower, "an empty file");
    }

    #[tokio::test]
    async fn row_119_an_old_mirror_is_what_its_folders_say() {
        let storage = Storage::memory();
        let key: StorageKey = "crates/AB/cd/ABcd/ABcd-1.0.0.crate".parse().unwrap();
        storage.put(&key, Bytes::new()).await.unwrap();
        let mixed = CratesLayout { prefix: PrefixStyle::Mixed, archive_prefix: PrefixStyle::Mixed };
        assert_eq!(storage.crates_layout().await.unwrap(), mixed);
        assert!(storage.info(&StorageKey::CratesConfig).await.unwrap().is_none(), "an old mirror is not changed");
    }

    #[test]
    fn the_file_decides() {
        let styles = |text| CratesLayout::parse(text).map(|layout| (layout.prefix, layout.archive_prefix)).ok();
        let (lower, mixed) = (PrefixStyle::Lower, PrefixStyle::Mixed);
        assert_eq!(styles("prefix = \"mixed\"\narchive_prefix = \"lower\""), Some((mixed, lower)));
        assert_eq!(styles("prefix='mixed'"), Some((mixed, lower)));
        assert_eq!(styles("prefix = \"lower\"\narchive_prefix = \"mixed\""), Some((lower, mixed)));
        assert_eq!(styles("prefix = \"LOWER\""), Some((lower, lower)));
        assert_eq!(styles("prefix = \"lower\"\nother = 1"), None, "a key that nobody reads");
        assert_eq!(styles("nonsense"), None);
    }
}
