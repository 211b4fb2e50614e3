//! Addresses of upstreams that are folders of files.

use std::env;
use std::path::Path;

use anyhow::{Context as _, anyhow};
use romt_types::ParseError;
use romt_upstream::defaults;
use url::Url;

/// The variables that rustup itself reads.
const DIST_SERVER: &str = "RUSTUP_DIST_SERVER";
const UPDATE_ROOT: &str = "RUSTUP_UPDATE_ROOT";

/// The folder of upstream that a verb of Python romt mirrors: from its option, else from a variable, else the public one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UpstreamFolder {
    address: String,
    /// What said it.
    source: &'static str,
}

impl UpstreamFolder {
    /// Where toolchains are. The variable names the server, and `/dist` is added to it.
    pub(crate) fn of_toolchains(option: Option<&str>, variable: impl Fn(&str) -> Option<String>) -> Self {
        let server = variable(DIST_SERVER).filter(|server| !server.is_empty());
        let dist = |server: &str| format!("{}/dist", server.trim_end_matches('/'));
        Self::choose(option, server.map(|server| dist(&server)), DIST_SERVER, dist(defaults::DIST_SERVER))
    }

    /// Where releases of rustup are.
    pub(crate) fn of_rustup(option: Option<&str>, variable: impl Fn(&str) -> Option<String>) -> Self {
        let root = variable(UPDATE_ROOT).filter(|root| !root.is_empty());
        Self::choose(option, root, UPDATE_ROOT, defaults::UPDATE_ROOT.to_owned())
    }

    fn choose(option: Option<&str>, variable: Option<String>, name: &'static str, default: String) -> Self {
        match (option, variable) {
            (Some(option), _) => Self { address: option.to_owned(), source: "--url" },
            (None, Some(variable)) => Self { address: variable, source: name },
            (None, None) => Self { address: default, source: "the default" },
        }
    }

    /// Its address.
    pub(crate) fn url(&self) -> anyhow::Result<Url> {
        let folder = env::current_dir().context("cannot find the working directory")?;
        folder_url(&self.address, &folder).map_err(|error| anyhow!("{}: {error}", self.source))
    }
}

/// Reads the address of a folder on the web: `http://…` or `https://…`.
pub(super) fn web_folder(text: &str) -> Result<Url, ParseError> {
    let error = |reason: String| ParseError::new(text, "the address of a folder on the web", reason);
    let url = Url::parse(text).map_err(|cause| error(cause.to_string()))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        other => Err(error(format!("`{other}` is not http or https"))),
    }
}

/// Reads the address of a folder: `http://…`, `https://…`, or a folder of this machine, with `file://` before it or not, where
/// a relative path begins in `folder`.
fn folder_url(text: &str, folder: &Path) -> Result<Url, ParseError> {
    let error = |reason: String| ParseError::new(text, "the address of a folder", reason);
    let path = match text.split_once("://") {
        Some(("http" | "https", _)) => return Url::parse(text).map_err(|cause| error(cause.to_string())),
        Some(("file", path)) => path,
        Some((scheme, _)) if scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b)) => {
            return Err(error(format!("`{scheme}` is not http, https or file")));
        }
        _ => text,
    };
    if path.is_empty() {
        return Err(error("it is empty".to_owned()));
    }
    Url::from_directory_path(folder.join(path)).map_err(|()| error("it is no absolute path".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, String> {
        folder_url(text, Path::new("/work dir")).map(String::from).map_err(|error| error.reason)
    }

    #[test]
    fn row_62_folders_are_upstreams_too() {
        assert_eq!(read("up/dist").as_deref(), Ok("file:///work%20dir/up/dist/"));
        assert_eq!(read("/up/dist").as_deref(), Ok("file:///up/dist/"));
        assert_eq!(read("file:///up/dist/").as_deref(), Ok("file:///up/dist/"));
        assert_eq!(read("file://up").as_deref(), Ok("file:///work%20dir/up/"), "as Python romt has it");
        assert_eq!(read("https://host:8000/dist").as_deref(), Ok("https://host:8000/dist"));
    }

    #[test]
    fn rows_61_and_74_the_option_counts_before_the_variable_and_that_before_the_default() {
        let variable = |value: &str| Some(value.to_owned());
        let toolchains = |option: Option<&str>, server: Option<&str>| {
            UpstreamFolder::of_toolchains(option, |name| server.filter(|_| name == DIST_SERVER).and_then(variable))
                .address
        };
        let rustup = |option: Option<&str>, root: Option<&str>| {
            UpstreamFolder::of_rustup(option, |name| root.filter(|_| name == UPDATE_ROOT).and_then(variable)).address
        };
        assert_eq!(toolchains(Some("up"), Some("http://host")), "up");
        assert_eq!(toolchains(None, Some("http://host")), "http://host/dist");
        assert_eq!(toolchains(None, Some("http://host/")), "http://host/dist");
        assert_eq!(rustup(None, Some("http://host/rustup")), "http://host/rustup");
        // Set and empty is how scripts say "not set", to rustup, too.
        for unset in [None, Some("")] {
            assert_eq!(toolchains(None, unset), format!("{}/dist", defaults::DIST_SERVER));
            assert_eq!(rustup(None, unset), defaults::UPDATE_ROOT);
        }
    }

    #[test]
    fn an_address_that_cannot_be_used_is_told_with_its_source() {
        let url = |option| UpstreamFolder::of_rustup(option, |_| Some("ftp://host".to_owned())).url();
        assert!(url(Some("ftp://host")).unwrap_err().to_string().starts_with("--url: `ftp://host` is not"));
        assert!(url(None).unwrap_err().to_string().starts_with("RUSTUP_UPDATE_ROOT: `ftp://host` is not"));
    }

    #[test]
    fn nothing_else_is() {
        assert_eq!(read("ftp://host/dist"), Err("`ftp` is not http, https or file".into()));
        assert_eq!(read(""), Err("it is empty".into()));
        assert!(read("https://").is_err());
    }
}
