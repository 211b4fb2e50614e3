//! A registry's `config.json`.

use romt_types::{CrateId, Digest, ParseError, PrefixStyle};
use serde::Deserialize;
use url::Url;

/// What a registry says of itself: where its files are (The Cargo Book, "Registry index", "Index configuration").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryConfig {
    dl: String,
}

#[derive(Deserialize)]
struct RawConfig {
    dl: String,
    #[serde(default, rename = "auth-required")]
    auth_required: bool,
}

/// The markers that a `dl` may hold.
const MARKERS: [&str; 5] = ["{crate}", "{version}", "{prefix}", "{lowerprefix}", "{sha256-checksum}"];

impl RegistryConfig {
    /// Reads a `config.json`.
    pub fn parse(json: &[u8]) -> Result<Self, ParseError> {
        let error =
            |reason: String| ParseError::new(&String::from_utf8_lossy(json), "a registry's config.json", reason);
        let raw: RawConfig = serde_json::from_slice(json).map_err(|e| error(e.to_string()))?;
        if raw.auth_required {
            return Err(error("the registry demands a login, which is not supported".into()));
        }
        let mut dl = raw.dl;
        if !MARKERS.iter().any(|marker| dl.contains(marker)) {
            dl = format!("{}/{{crate}}/{{version}}/download", dl.trim_end_matches('/'));
        }
        let config = Self { dl };
        // Whatever crate is put in, the address must be one.
        let probe = CrateId::new("probe".parse()?, "1.0.0".parse()?);
        config.download(&probe, &Digest::of(b"")).map_err(|e| error(e.reason))?;
        Ok(config)
    }

    /// Where the file of a version is.
    pub fn download(&self, id: &CrateId, cksum: &Digest) -> Result<Url, ParseError> {
        let address = self
            .dl
            .replace("{crate}", id.name.as_str())
            .replace("{version}", &id.version.to_string())
            .replace("{prefix}", &PrefixStyle::Mixed.prefix(&id.name))
            .replace("{lowerprefix}", &PrefixStyle::Lower.prefix(&id.name))
            .replace("{sha256-checksum}", &cksum.to_string());
        let error = |reason: String| ParseError::new(&address, "a download address", reason);
        let url = Url::parse(&address).map_err(|e| error(e.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(error("only http and https are fetched".into()));
        }
        Ok(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn download(dl: &str) -> String {
        let config = RegistryConfig::parse(format!(r#"{{"dl":"{dl}","api":"x"}}"#).as_bytes()).unwrap();
        config.download(&"ABcd@1.0.0+b".parse().unwrap(), &Digest::of(b"")).unwrap().into()
    }

    #[test]
    fn markers_are_filled_in() {
        assert_eq!(download("http://h/crates"), "http://h/crates/ABcd/1.0.0+b/download");
        assert_eq!(download("http://h/crates/"), "http://h/crates/ABcd/1.0.0+b/download");
        assert_eq!(download("http://h/{prefix}/{lowerprefix}/{crate}-{version}"), "http://h/AB/cd/ab/cd/ABcd-1.0.0+b");
        assert!(
            download("http://h/{sha256-checksum}")
                .ends_with("/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        );
    }

    #[test]
    fn what_is_no_config_is_refused() {
        for bad in
            ["", "[]", "{}", r#"{"dl":"file:///etc"}"#, r#"{"dl":"h/x"}"#, r#"{"dl":"http://h","auth-required":true}"#]
        {
            assert!(RegistryConfig::parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
