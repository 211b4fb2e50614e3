//! The address under which a client reaches this server.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

use http::{HeaderMap, Uri, header};
use romt_types::ParseError;
use url::Url;

/// Scheme, host, port where it is not the usual one, and perhaps a path: `https://mirror.example:8443/rust`. No slash at
/// its end, nothing in it that would need escaping in JSON or TOML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(String);

/// A request says no usable host, so no address can be made for its client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HostError {
    #[error("the request names no host")]
    Missing,
    #[error("the request's Host is not a host name or address, with a port or without")]
    Invalid,
}

const FORWARDED_HOST: &str = "x-forwarded-host";
const FORWARDED_PROTO: &str = "x-forwarded-proto";

/// The headers that [`BaseUrl::of_request`] reads beside the host, for `Vary`.
pub(crate) const VARY: &str = "X-Forwarded-Host, X-Forwarded-Proto";

/// The longest host name there is (RFC 1035).
const HOST_LENGTH: usize = 253;

impl BaseUrl {
    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// For a host that is known to be one, with its port.
    pub(crate) fn of_host(host: &str, port: u16) -> Self {
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        Self(if port == 80 { format!("http://{host}") } else { format!("http://{host}:{port}") })
    }

    /// The address that the client of this request used: what a proxy in front says of it, else what the request says.
    pub(crate) fn of_request(uri: &Uri, headers: &HeaderMap) -> Result<Self, HostError> {
        let scheme = forwarded(headers, FORWARDED_PROTO).filter(|proto| matches!(*proto, "http" | "https"));
        let host = forwarded(headers, FORWARDED_HOST).and_then(authority);
        let host = host.map_or_else(|| requested_host(uri, headers), Ok)?;
        Ok(Self(format!("{}://{host}", scheme.unwrap_or("http"))))
    }
}

impl FromStr for BaseUrl {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let error = |reason: &str| Err(ParseError::new(text, "a server URL", reason));
        let url = match Url::parse(text) {
            Ok(url) => url,
            Err(cause) => return error(&cause.to_string()),
        };
        if !matches!(url.scheme(), "http" | "https") {
            return error("it does not begin with http:// or https://");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return error("a user name and password cannot be part of it");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return error("nothing may follow its path");
        }
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What the proxy nearest to the client said: the first value of the list.
fn forwarded<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()?.split(',').next().map(str::trim)
}

fn requested_host(uri: &Uri, headers: &HeaderMap) -> Result<String, HostError> {
    // HTTP/2's `:authority`, or a request with a whole URL; both stand above the header (RFC 9110, 7.2).
    if let Some(host) = uri.authority() {
        return authority(host.as_str()).ok_or(HostError::Invalid);
    }
    let mut hosts = headers.get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) => Err(HostError::Missing),
        (Some(host), None) => host.to_str().ok().and_then(authority).ok_or(HostError::Invalid),
        (Some(_), Some(_)) => Err(HostError::Invalid),
    }
}

/// `host`, `host:port`, `[address]:port`: what a client may call us. Stricter than the URL standard, since it is written
/// into `config.json` and onto a page.
fn authority(text: &str) -> Option<String> {
    // The colons of an address in brackets are not the one before the port.
    let end = text.rfind(']').map_or(0, |bracket| bracket + 1);
    let (host, port) = match text[end..].find(':') {
        Some(colon) => (&text[..end + colon], Some(&text[end + colon + 1..])),
        None => (text, None),
    };
    let host = match host.strip_prefix('[') {
        Some(rest) => format!("[{}]", rest.strip_suffix(']')?.parse::<Ipv6Addr>().ok()?),
        None => host_name(host)?,
    };
    let Some(port) = port else { return Some(host) };
    let digits = port.bytes().all(|b| b.is_ascii_digit());
    let port = port.parse::<u16>().ok().filter(|&port| digits && port != 0)?;
    Some(format!("{host}:{port}"))
}

/// A host name or an address of the old kind, in lower case.
fn host_name(text: &str) -> Option<String> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    let is_one = (1..=HOST_LENGTH).contains(&text.len()) && text.bytes().all(fits);
    is_one.then(|| text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};
    use proptest::prelude::*;

    use super::*;

    fn of(uri: &str, headers: &[(&str, &str)]) -> Result<String, HostError> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap());
        }
        BaseUrl::of_request(&uri.parse().unwrap(), &map).map(|base| base.to_string())
    }

    #[expect(clippy::unnecessary_wraps, reason = "it is compared with what may be an error")]
    fn ok(url: &str) -> Result<String, HostError> {
        Ok(url.to_owned())
    }

    #[test]
    fn the_host_is_what_the_client_called_us() {
        assert_eq!(of("/", &[("host", "mirror.example:8000")]), ok("http://mirror.example:8000"));
        assert_eq!(of("/", &[("host", "Mirror.Example")]), ok("http://mirror.example"));
        assert_eq!(of("/", &[("host", "127.0.0.1:1")]), ok("http://127.0.0.1:1"));
        assert_eq!(of("/", &[("host", "[::1]:8000")]), ok("http://[::1]:8000"));
        assert_eq!(of("/", &[("host", "[0:0::1]")]), ok("http://[::1]"));
        assert_eq!(of("http://a.example/", &[("host", "b.example")]), ok("http://a.example"));
    }

    #[test]
    fn a_proxy_is_believed_where_it_makes_sense() {
        let host = ("host", "inside:8000");
        assert_eq!(of("/", &[host, ("x-forwarded-proto", "https")]), ok("https://inside:8000"));
        assert_eq!(of("/", &[host, ("x-forwarded-proto", "gopher")]), ok("http://inside:8000"));
        assert_eq!(of("/", &[host, ("x-forwarded-host", "out.example, mid")]), ok("http://out.example"));
        assert_eq!(of("/", &[host, ("x-forwarded-host", "<b>")]), ok("http://inside:8000"));
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for host in
            ["", ":80", "a b", "a/b", "a:0", "a:+1", "a:", "a:99999", "u@h", "a\"b", "{crate}", "[::1", "[x]", "[::1]x"]
        {
            assert_eq!(of("/", &[("host", host)]), Err(HostError::Invalid), "{host}");
        }
        assert_eq!(of("/", &[]), Err(HostError::Missing));
        assert_eq!(of("/", &[("host", "a"), ("host", "b")]), Err(HostError::Invalid));
    }

    #[test]
    fn a_server_url_is_kept_without_its_last_slash() {
        let parse = |text: &str| text.parse::<BaseUrl>().map(|base| base.to_string());
        assert_eq!(parse("https://h/x/").as_deref(), Ok("https://h/x"));
        assert_eq!(parse("HTTP://Mirror.example:8000").as_deref(), Ok("http://mirror.example:8000"));
        for bad in ["", "mirror:8000", "ftp://h", "http://", "http://u:p@h", "http://h/?q", "http://h/#f", "/x"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn nothing_needs_escaping(host in "\\PC{0,30}|[a-zA-Z0-9.:\\[\\]\"'<>{}@%-]{0,20}") {
            if let Some(host) = authority(&host) {
                prop_assert!(host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b)));
                prop_assert!(host.parse::<http::uri::Authority>().is_ok());
            }
        }
    }
}
