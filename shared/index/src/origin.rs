//! Where an index is pulled from: what stands as `remote.origin.url` in its git configuration.

use std::fmt;
use std::path::{Component, Path, PathBuf};

use romt_types::ParseError;
use url::Url;

use crate::SparseUrl;

/// Where an index is pulled from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OriginUrl {
    /// A git repository, as git writes it: a URL, an scp-like address (`user@host:path`) or an absolute path.
    Remote(String),
    /// A git bundle that an archive brought.
    Bundle(PathBuf),
    /// A sparse index: no git at all.
    Sparse(SparseUrl),
}

/// What kind of mirror an origin makes of it: which branches are fetched from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OriginKind {
    /// A mirror that pulls from upstream.
    Upstream,
    /// A mirror that is filled from archives, whose bundles call the index `bundle/master`.
    Import,
}

/// The protocols that git speaks by itself. Any other makes it run a program of that name.
const SCHEMES: [&str; 6] = ["http", "https", "ssh", "git", "git+ssh", "ssh+git"];

impl OriginUrl {
    /// Reads what somebody wrote; a local path is made absolute against `cwd`.
    ///
    /// Addresses that make git run programs (`ext::…`, gitremote-helpers(7)) or look like options are refused. A local
    /// path is a bundle if it is a file, or is called `….bundle`; then it need not be there yet.
    pub fn parse(text: &str, cwd: &Path) -> Result<Self, ParseError> {
        let error = |reason: &str| Err(ParseError::new(&shown(text), "where an index can be pulled from", reason));
        if text.trim().is_empty() {
            return error("it is empty");
        }
        if text.chars().any(char::is_control) {
            return error("control characters may not stand in it");
        }
        if text.starts_with('-') {
            return error("it looks like an option");
        }
        if names_helper(text) {
            return error("git would run a program for it");
        }
        if text.starts_with("sparse+") {
            return text.parse().map(Self::Sparse);
        }
        if let Some((scheme, rest)) = text.split_once("://") {
            return match scheme {
                "file" => local_url(text).map_or_else(|| error("it should look like file:///PATH"), Ok),
                _ if !SCHEMES.contains(&scheme) => error("its protocol is none of http, https, ssh, git and file"),
                _ if host_is_option(rest) => error("its host looks like an option"),
                _ => Ok(Self::Remote(text.to_owned())),
            };
        }
        let path = absolute(cwd, Path::new(text));
        if is_scp_like(text) && !path.exists() {
            return if host_is_option(text) {
                error("its host looks like an option")
            } else {
                Ok(Self::Remote(text.to_owned()))
            };
        }
        match path.to_str() {
            _ if is_bundle(&path) => Ok(Self::Bundle(path)),
            Some(path) => Ok(Self::Remote(path.to_owned())),
            None => error("the current folder's name is not UTF-8"),
        }
    }

    /// What is written to git's configuration: with the user's password, if there is one.
    pub(crate) fn config_text(&self) -> String {
        match self {
            Self::Remote(text) => text.clone(),
            Self::Sparse(url) => url.with_secrets(),
            Self::Bundle(path) => path.to_string_lossy().into_owned(),
        }
    }

    /// The path of a repository that is on this machine.
    pub(crate) fn local_path(&self) -> Option<PathBuf> {
        match self {
            Self::Remote(text) if text.starts_with("file://") => Url::parse(text).ok()?.to_file_path().ok(),
            Self::Remote(text) if Path::new(text).is_absolute() => Some(PathBuf::from(text)),
            _ => None,
        }
    }
}

impl fmt::Display for OriginUrl {
    /// What stands in git's configuration, but without a password: for people and logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Remote(text) => f.write_str(&shown(text)),
            Self::Bundle(path) => path.display().fmt(f),
            Self::Sparse(url) => url.fmt(f),
        }
    }
}

/// The text without the password of `scheme://user:password@host`.
fn shown(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let authority = rest.split('/').next().unwrap_or_default();
    match authority.rsplit_once('@').and_then(|(user, _)| user.split_once(':')) {
        Some((user, password)) => format!("{scheme}://{user}{}", &rest[user.len() + 1 + password.len()..]),
        None => text.to_owned(),
    }
}

/// Whether git would look for a program `git-remote-NAME` because of a `NAME::` in front.
fn names_helper(text: &str) -> bool {
    text.split_once("::").is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    })
}

/// `host:path`: a colon before the first slash, and not that of a Windows drive.
fn is_scp_like(text: &str) -> bool {
    let Some((host, rest)) = text.split_once(':') else { return false };
    let drive = host.len() == 1 && rest.starts_with(['/', '\\']);
    !host.is_empty() && !host.contains('/') && !drive
}

/// Whether ssh would take the host for an option.
fn host_is_option(address: &str) -> bool {
    let authority = address.split('/').next().unwrap_or_default();
    authority.rsplit('@').next().is_some_and(|host| host.starts_with('-'))
}

fn local_url(text: &str) -> Option<OriginUrl> {
    let path = Url::parse(text).ok()?.to_file_path().ok()?;
    Some(if is_bundle(&path) { OriginUrl::Bundle(path) } else { OriginUrl::Remote(text.to_owned()) })
}

fn is_bundle(path: &Path) -> bool {
    path.is_file() || path.extension().is_some_and(|extension| extension == "bundle") && !path.is_dir()
}

/// The absolute path without `.` and `..`, read as text like Python romt does: no link is followed.
fn absolute(cwd: &Path, path: &Path) -> PathBuf {
    let mut whole = PathBuf::new();
    for component in cwd.join(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                whole.pop();
            }
            _ => whole.push(component),
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<OriginUrl, ParseError> {
        OriginUrl::parse(text, Path::new("/no/such/folder"))
    }

    #[test]
    fn row_77_a_local_path_becomes_absolute() {
        for (text, path) in [
            ("../up/git/index", "/no/such/up/git/index"),
            ("./x/", "/no/such/folder/x"),
            ("/a/../b", "/b"),
            ("x y", "/no/such/folder/x y"),
            ("./host:path", "/no/such/folder/host:path"),
            ("C:/up", "/no/such/folder/C:/up"),
            (r"C:\up", r"/no/such/folder/C:\up"),
        ] {
            assert_eq!(parse(text).unwrap(), OriginUrl::Remote(path.to_owned()), "{text}");
        }
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("host:path")).unwrap();
        let found = OriginUrl::parse("host:path", folder.path()).unwrap();
        assert_eq!(found.local_path().unwrap(), folder.path().join("host:path"));
    }

    #[test]
    fn row_78_addresses_are_kept_verbatim() {
        for text in [
            "https://h/i",
            "http://h:1/i.git",
            "ssh://git@h/p",
            "git://h/p",
            "git@h:p",
            "h:p",
            "c:p",
            "[::1]:p",
            "file:///a/b%20c",
        ] {
            let origin = parse(text).unwrap();
            assert_eq!(origin, OriginUrl::Remote(text.to_owned()));
            assert_eq!((origin.to_string().as_str(), origin.config_text().as_str()), (text, text));
        }
        assert_eq!(parse("file:///a/b%20c").unwrap().local_path().unwrap(), Path::new("/a/b c"));
    }

    #[test]
    fn bundles_and_sparse_indexes_are_told_apart() {
        assert_eq!(parse("x/o.bundle").unwrap(), OriginUrl::Bundle("/no/such/folder/x/o.bundle".into()));
        assert_eq!(parse("file:///x/o.bundle").unwrap(), OriginUrl::Bundle("/x/o.bundle".into()));
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("any"), "").unwrap();
        std::fs::create_dir(folder.path().join("a.bundle")).unwrap();
        assert!(matches!(OriginUrl::parse("any", folder.path()), Ok(OriginUrl::Bundle(_))));
        assert!(matches!(OriginUrl::parse("a.bundle", folder.path()), Ok(OriginUrl::Remote(_))));
        let sparse = parse("sparse+https://me:secret@h/i").unwrap();
        assert!(matches!(sparse, OriginUrl::Sparse(_)));
        assert_eq!(sparse.to_string(), "sparse+https://h/i/");
        assert_eq!(parse(&sparse.config_text()).unwrap(), sparse);
        assert!(sparse.config_text().contains("me:secret@"));
    }

    #[test]
    fn passwords_are_kept_but_not_shown() {
        let origin = parse("https://me:s:e@cret@h/i").unwrap();
        assert_eq!(origin.to_string(), "https://me@h/i");
        assert_eq!(origin.config_text(), "https://me:s:e@cret@h/i");
        assert!(!parse("ftp://me:secret@h/i").unwrap_err().to_string().contains("secret"));
    }

    #[test]
    fn what_runs_programs_is_refused() {
        for bad in [
            "",
            " ",
            "-x",
            "--upload-pack=x",
            "ext::sh -c x",
            "fd::3",
            "http::x",
            "foo://h/p",
            "ftp://h/p",
            "ssh://-oProxyCommand=x/p",
            "ssh://a@-oProxyCommand=x/p",
            "a@-oProxyCommand=x:p",
            "a\nb",
            "file://h/p",
            "sparse+git://h",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
