//! What a request is about.

use romt_types::CrateId;

/// What a path of the fake upstream stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource {
    /// `/index/config.json`.
    Config,
    /// A crate's index file, by its name in lower case.
    IndexFile(String),
    /// A crate's file.
    Download(CrateId),
    /// A file below `/dist/` or `/rustup/`, by its path.
    File(String),
    /// Anything else.
    Other,
}

/// A second home of everything, for redirects: `/elsewhere/dl/…` is `/dl/…`.
const ELSEWHERE: &str = "/elsewhere";
/// Where files are that are no registry's.
const FOLDERS: [&str; 2] = ["/dist/", "/rustup/"];

impl Resource {
    pub(super) fn of(path: &str) -> Self {
        let path = path.strip_prefix(ELSEWHERE).unwrap_or(path);
        if path == "/index/config.json" {
            return Self::Config;
        }
        if FOLDERS.iter().any(|folder| path.starts_with(folder)) {
            return Self::File(path.to_owned());
        }
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let id = match *parts {
            ["index", .., name] => return Self::IndexFile(name.to_owned()),
            ["dl", name, version, "download"] => Some(format!("{name}@{version}")),
            ["files", .., name, file] => file
                .strip_suffix(".crate")
                .and_then(|stem| stem.strip_prefix(name)?.strip_prefix('-'))
                .map(|version| format!("{name}@{version}")),
            _ => None,
        };
        // Clients may write the `+` of a version as they like.
        let id = id.and_then(|id| id.replace("%2B", "+").parse().ok());
        id.map_or(Self::Other, Self::Download)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_understood() {
        assert_eq!(Resource::of("/index/config.json"), Resource::Config);
        assert_eq!(Resource::of("/index/se/rd/serde"), Resource::IndexFile("serde".to_owned()));
        let download = Resource::Download("serde@1.0.0+x".parse().unwrap());
        assert_eq!(Resource::of("/dl/serde/1.0.0+x/download"), download);
        assert_eq!(Resource::of("/elsewhere/dl/serde/1.0.0%2Bx/download"), download);
        assert_eq!(Resource::of("/files/se/rd/0a/serde/serde-1.0.0+x.crate"), download);
        assert_eq!(Resource::of("/dl/serde"), Resource::Other);
        assert_eq!(Resource::of("/elsewhere/dist/a/b.xz"), Resource::File("/dist/a/b.xz".to_owned()));
    }
}
