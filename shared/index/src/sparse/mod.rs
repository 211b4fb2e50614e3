//! The sparse protocol: where a registry's files are (The Cargo Book, "Registry index", "Sparse protocol").

mod config;

use std::fmt;
use std::str::FromStr;

use romt_types::{CrateName, ParseError};
use url::Url;

pub use config::RegistryConfig;

/// The address of a sparse index: `sparse+https://index.example/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SparseUrl(Url);

impl SparseUrl {
    /// The address of its `config.json`.
    pub fn config(&self) -> Url {
        self.join("config.json")
    }

    /// The address of the index file of `name`.
    pub fn file(&self, name: &CrateName) -> Url {
        self.join(&name.index_path())
    }

    /// The address with user name and password, for what is read by programs only.
    pub(crate) fn with_secrets(&self) -> String {
        format!("sparse+{}", self.0)
    }

    fn join(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}{path}", self.0.path()));
        url
    }
}

impl FromStr for SparseUrl {
    type Err = ParseError;

    /// The `sparse+` in front may be left out; a slash at the end is added.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let error = |reason: String| ParseError::new(text, "the address of a sparse index", reason);
        let address = text.strip_prefix("sparse+").unwrap_or(text);
        let mut url = Url::parse(address).map_err(|e| error(e.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(error("it should look like sparse+https://HOST/PATH/".into()));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(error("it must not have a query or fragment".into()));
        }
        if !url.path().ends_with('/') {
            let path = format!("{}/", url.path());
            url.set_path(&path);
        }
        Ok(Self(url))
    }
}

impl fmt::Display for SparseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // For people, logs and files: without user name and password.
        let mut shown = self.0.clone();
        // These fail only for addresses that can have neither.
        let _ = shown.set_username("");
        let _ = shown.set_password(None);
        write!(f, "sparse+{shown}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_lie_below_the_address() {
        let index: SparseUrl = "sparse+http://127.0.0.1:1/a/index".parse().unwrap();
        assert_eq!(index.to_string(), "sparse+http://127.0.0.1:1/a/index/");
        assert_eq!(index.config().as_str(), "http://127.0.0.1:1/a/index/config.json");
        let file = index.file(&"ABcd".parse().unwrap());
        assert_eq!(file.as_str(), "http://127.0.0.1:1/a/index/ab/cd/abcd");
    }

    #[test]
    fn secrets_are_sent_but_not_shown() {
        let index: SparseUrl = "sparse+https://me:secret@h/i/".parse().unwrap();
        assert_eq!(index.to_string(), "sparse+https://h/i/");
        assert!(index.config().as_str().contains("me:secret@"));
    }

    #[test]
    fn what_is_no_sparse_index_is_refused() {
        for bad in ["", "sparse+", "ftp://h/", "sparse+git://h/", "/tmp/index", "http://h/?q", "http://h/#f"] {
            assert!(bad.parse::<SparseUrl>().is_err(), "{bad}");
        }
    }
}
