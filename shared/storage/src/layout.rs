//! How a mirror spells the prefixes of its crates: Python romt's `crates/config.toml`.

use bytes::Bytes;
use futures_util::StreamExt;
use romt_types::PrefixStyle;

use crate::{Storage, StorageError, StorageKey};

/// What is written into a new mirror.
const NEW: &str = "prefix = \"lower\"\narchive_prefix = \"lower\"\n";
/// The file has two lines; more than this is not read.
const LIMIT: usize = 64 * 1024;

impl Storage {
    /// How this mirror spells prefixes. A new mirror is given the file that says it; an old one without it is judged by
    /// its folders, as Python romt does: an upper-case letter among the two-letter ones means mixed.
    pub async fn prefix_style(&self) -> Result<PrefixStyle, StorageError> {
        match self.read(&StorageKey::CratesConfig, None).await {
            Ok(object) => {
                let mut pieces = object.body.into_stream(StorageKey::CratesConfig.to_string());
                let mut text = Vec::new();
                while let Some(piece) = pieces.next().await {
                    text.extend_from_slice(&piece?);
                    if text.len() > LIMIT {
                        break;
                    }
                }
                // Empty is what a power cut makes of it.
                if text.trim_ascii().is_empty() {
                    self.judge().await
                } else {
                    Ok(style_in(&String::from_utf8_lossy(&text)))
                }
            }
            Err(StorageError::NotFound { .. }) => self.judge().await,
            Err(error) => Err(error),
        }
    }

    async fn judge(&self) -> Result<PrefixStyle, StorageError> {
        if self.has_mixed_folders().await? {
            return Ok(PrefixStyle::Mixed);
        }
        self.put(&StorageKey::CratesConfig, Bytes::from_static(NEW.as_bytes())).await?;
        Ok(PrefixStyle::Lower)
    }

    async fn has_mixed_folders(&self) -> Result<bool, StorageError> {
        let folders = self.folders(StorageKey::CRATES).await?;
        Ok(folders.iter().any(|name| name.len() == 2 && name.bytes().any(|byte| byte.is_ascii_uppercase())))
    }
}

/// The value of `prefix`; anything but `mixed` means lower, as for Python romt.
fn style_in(text: &str) -> PrefixStyle {
    let mixed = text
        .lines()
        .filter_map(|line| line.split_once('='))
        .any(|(key, value)| key.trim() == "prefix" && value.trim().trim_matches(['"', '\'']) == "mixed");
    if mixed { PrefixStyle::Mixed } else { PrefixStyle::Lower }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_new_mirror_is_lower_and_says_so() {
        let storage = Storage::memory();
        assert_eq!(storage.prefix_style().await.unwrap(), PrefixStyle::Lower);
        assert!(storage.info(&StorageKey::CratesConfig).await.unwrap().is_some());
        assert_eq!(storage.prefix_style().await.unwrap(), PrefixStyle::Lower);
        storage.put(&StorageKey::CratesConfig, Bytes::new()).await.unwrap();
        assert_eq!(storage.prefix_style().await.unwrap(), PrefixStyle::Lower, "an empty file");
    }

    #[tokio::test]
    async fn an_old_mirror_is_what_its_folders_say() {
        let storage = Storage::memory();
        let key: StorageKey = "crates/AB/cd/ABcd/ABcd-1.0.0.crate".parse().unwrap();
        storage.put(&key, Bytes::new()).await.unwrap();
        assert_eq!(storage.prefix_style().await.unwrap(), PrefixStyle::Mixed);
        assert!(storage.info(&StorageKey::CratesConfig).await.unwrap().is_none(), "an old mirror is not changed");
    }

    #[test]
    fn the_file_decides() {
        assert_eq!(style_in("prefix = \"mixed\"\narchive_prefix = \"lower\""), PrefixStyle::Mixed);
        assert_eq!(style_in("prefix='mixed'"), PrefixStyle::Mixed);
        assert_eq!(style_in("prefix = \"lower\"\narchive_prefix = \"mixed\""), PrefixStyle::Lower);
        assert_eq!(style_in("nonsense"), PrefixStyle::Lower);
    }
}
