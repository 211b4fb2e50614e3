//! Where crate files are, as an operator says it: the `--crates-url` of Python romt.

use std::path::{Path, PathBuf};
use std::str::{CharIndices, FromStr};

use romt_types::{CrateId, Digest, ParseError, PrefixStyle};
use url::Url;

/// A template of addresses of crate files: `https://host/{crate}/{crate}-{version}.crate`.
///
/// `{crate}`, `{version}`, `{prefix}` (as the name spells it) and `{lowerprefix}` are filled in as Python romt does, and
/// `{sha256-checksum}` as cargo does; `{{` and `}}` are braces. Nothing is added to a template without a marker, and
/// nothing is percent-encoded. Without a scheme, or with `file://`, it is a path on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CratesUrl {
    local: bool,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Crate,
    Version,
    Prefix(PrefixStyle),
    Checksum,
}

impl CratesUrl {
    /// The address of the file of a version. A local one is a `file:` URL of its path once it is [absolute](Self::absolute), and the
    /// bare path before.
    pub fn url(&self, id: &CrateId, cksum: &Digest) -> String {
        let text = self.text(id, cksum);
        match self.local.then(|| Url::from_file_path(&text)) {
            Some(Ok(url)) => url.into(),
            _ => text,
        }
    }

    /// The path of the file of a version, if it is on this machine.
    pub fn local_path(&self, id: &CrateId, cksum: &Digest) -> Option<PathBuf> {
        self.local.then(|| self.text(id, cksum).into())
    }

    /// Whether the files are on this machine.
    pub fn is_local(&self) -> bool {
        self.local
    }

    /// The same template; if it is a relative path, it begins in `folder`, which is absolute.
    #[must_use]
    pub fn absolute(mut self, folder: &Path) -> Self {
        let rooted = matches!(self.parts.first(), Some(Part::Text(text)) if text.starts_with('/'));
        if self.local && !rooted {
            let folder = folder.to_string_lossy();
            self.parts.insert(0, Part::Text(format!("{}/", folder.trim_end_matches('/'))));
        }
        self
    }

    fn text(&self, id: &CrateId, cksum: &Digest) -> String {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Crate => text.push_str(id.name.as_str()),
                Part::Version => text.push_str(&id.version.to_string()),
                Part::Prefix(style) => text.push_str(&style.prefix(&id.name)),
                Part::Checksum => text.push_str(&cksum.to_string()),
            }
        }
        text
    }
}

impl FromStr for CratesUrl {
    type Err = ParseError;

    fn from_str(template: &str) -> Result<Self, ParseError> {
        let error = |reason: String| ParseError::new(template, "a template of crate addresses", reason);
        if template.trim().is_empty() {
            return Err(error("it is empty".to_owned()));
        }
        let (local, rest) = match template.split_once("://") {
            Some(("http" | "https", _)) => (false, template),
            Some(("file", path)) => (true, path),
            Some((scheme, _)) if is_scheme(scheme) => {
                return Err(error(format!("`{scheme}` is not http, https or file")));
            }
            _ => (true, template),
        };
        let url = Self { local, parts: parts(rest).map_err(error)? };
        if !local {
            // Whatever crate is put in, the address must be one.
            let probe = CrateId::new("probe".parse()?, "1.0.0".parse()?);
            Url::parse(&url.text(&probe, &Digest::of(b""))).map_err(|e| error(e.to_string()))?;
        }
        Ok(url)
    }
}

/// Whether a text before `://` is a scheme (RFC 3986, section 3.1) and not the beginning of a path.
fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
}

/// Reads what Python's `str.format` would, as far as it is of use here.
fn parts(template: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut rest = template.char_indices();
    while let Some((_, character)) = rest.next() {
        match character {
            '{' | '}' if rest.as_str().starts_with(character) => {
                rest.next();
                text.push(character);
            }
            '{' => {
                if !text.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut text)));
                }
                parts.push(marker(&mut rest)?);
            }
            '}' => return Err("there is a `}` that nothing opened; a brace itself is written `}}`".to_owned()),
            _ => text.push(character),
        }
    }
    if !text.is_empty() {
        parts.push(Part::Text(text));
    }
    Ok(parts)
}

/// Reads a marker, whose `{` has been read.
fn marker(rest: &mut CharIndices<'_>) -> Result<Part, String> {
    let unclosed = || "there is a `{` that nothing closes; a brace itself is written `{{`".to_owned();
    let (name, after) = rest.as_str().split_once('}').ok_or_else(unclosed)?;
    let part = match name {
        "crate" => Part::Crate,
        "version" => Part::Version,
        "prefix" => Part::Prefix(PrefixStyle::Mixed),
        "lowerprefix" => Part::Prefix(PrefixStyle::Lower),
        "sha256-checksum" => Part::Checksum,
        _ => {
            let known = "{crate}, {version}, {prefix}, {lowerprefix} and {sha256-checksum}";
            return Err(format!("`{{{name}}}` is not known; {known} are"));
        }
    };
    *rest = after.char_indices();
    Ok(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> CrateId {
        "ABcd@1.0.1+build.5".parse().unwrap()
    }

    fn parse(template: &str) -> CratesUrl {
        template.parse().unwrap()
    }

    fn url(template: &str) -> String {
        parse(template).url(&id(), &Digest::of(b""))
    }

    fn reason(template: &str) -> String {
        template.parse::<CratesUrl>().unwrap_err().reason
    }

    #[test]
    fn markers_are_filled_in_and_nothing_is_encoded() {
        assert_eq!(url("http://h/{crate}/{crate}-{version}.crate"), "http://h/ABcd/ABcd-1.0.1+build.5.crate");
        assert_eq!(url("https://h/{prefix}/{lowerprefix}?a b"), "https://h/AB/cd/ab/cd?a b");
        assert!(
            url("http://h/{sha256-checksum}")
                .ends_with("/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        );
    }

    #[test]
    fn nothing_is_added_to_a_template_without_a_marker() {
        assert_eq!(url("http://h/crates"), "http://h/crates");
    }

    #[test]
    fn doubled_braces_are_braces() {
        assert_eq!(url("http://h/a{{b}}{{{crate}}}"), "http://h/a{b}{ABcd}");
        assert_eq!(url("/a{{b}} #{crate}"), "file:///a%7Bb%7D%20%23ABcd", "a path is one whatever stands in it");
    }

    #[test]
    fn what_has_no_scheme_is_a_path() {
        let there = parse("/mirror/{crate}-{version}.crate");
        assert_eq!(there, parse("file:///mirror/{crate}-{version}.crate"));
        assert_eq!(there.local_path(&id(), &Digest::of(b"")), Some(PathBuf::from("/mirror/ABcd-1.0.1+build.5.crate")));
        assert_eq!(there.clone().absolute(Path::new("/elsewhere")), there);
        assert!(!parse("http://h/").is_local());
        assert_eq!(parse("http://h/").local_path(&id(), &Digest::of(b"")), None);
    }

    #[test]
    fn relative_paths_begin_where_they_are_told_to() {
        let at = |template: &str| parse(template).absolute(Path::new("/work/")).url(&id(), &Digest::of(b""));
        assert_eq!(url("crates/{crate}"), "crates/ABcd");
        assert_eq!(at("crates/{crate}"), "file:///work/crates/ABcd");
        assert_eq!(at("{crate}:x"), "file:///work/ABcd:x");
        assert_eq!(at("http://h/{crate}"), "http://h/ABcd");
    }

    #[test]
    fn what_is_no_template_is_refused() {
        assert_eq!(
            reason("http://h/{name}"),
            "`{name}` is not known; {crate}, {version}, {prefix}, {lowerprefix} and {sha256-checksum} are"
        );
        for unknown in ["{}", "{0}", "{crate!r}", "{crate:>9}", "{Crate}", "{ crate}"] {
            assert!(reason(unknown).starts_with(&format!("`{unknown}` is not known")), "{unknown}");
        }
        assert!(reason("/a{crate").starts_with("there is a `{`"));
        assert!(reason("/a{crate}}").starts_with("there is a `}`"));
        assert_eq!(reason("ftp://h/{crate}"), "`ftp` is not http, https or file");
        assert_eq!(reason(" "), "it is empty");
        assert!("http://".parse::<CratesUrl>().is_err());
    }
}
