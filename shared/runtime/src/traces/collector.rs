//! Which collector the environment names, by the variables of
//! [OTLP's exporters](https://opentelemetry.io/docs/specs/otel/protocol/exporter/).

use std::time::Duration;

use opentelemetry_http::Request;
use reqwest::Url;

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const TRACES_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
const PROTOCOLS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"];
const TIMEOUTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"];
/// Turns all of it off if it says `true`.
const DISABLED: &str = "OTEL_SDK_DISABLED";
/// By which ways traces go, parted by commas; romt has the way `otlp`.
const EXPORTERS: &str = "OTEL_TRACES_EXPORTER";
/// Where a collector takes traces, below its endpoint.
const PATH: &str = "v1/traces";
/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A collector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Collector {
    url: String,
    timeout: Duration,
}

/// Why no traces are sent though somebody wants them: to be told, not to be failed for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unusable {
    /// It is to be spoken to in a way that romt does not know.
    #[error("{variable}: `{protocol}` is not spoken by romt, which sends traces by `http/protobuf`")]
    Protocol {
        /// Where it says so.
        variable: &'static str,
        /// What it says.
        protocol: String,
    },
    /// Where it is cannot be understood.
    #[error("{variable}: the address of a collector is needed, like `http://otel-collector:4318`")]
    Endpoint {
        /// Where it says so. The value may have a password in it.
        variable: &'static str,
    },
    /// No HTTP client can be made.
    #[error("a client to send traces with cannot be made")]
    Client {
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// One of the other variables cannot be understood.
    #[error("the exporter of traces refuses its variables")]
    Exporter {
        /// What it says.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Unusable {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Protocol { .. } => {
                "set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf, and the endpoint to where the collector takes HTTP: mostly port 4318"
            }
            Self::Endpoint { .. } => "name a host with `http://` or `https://` before it, or unset the variable",
            Self::Client { .. } => "check the certificates of the system, SSL_CERT_FILE and the proxy variables",
            Self::Exporter { .. } => {
                "check the variables that begin with OTEL_EXPORTER_OTLP_; romt does not compress traces"
            }
        }
    }
}

impl Collector {
    /// The collector that the variables name, if they name one and do not turn traces off. An empty one counts as not set.
    pub(super) fn named(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, Unusable> {
        let variable =
            |name: &str| variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        if variable(DISABLED).is_some_and(|value| value.eq_ignore_ascii_case("true")) {
            return Ok(None);
        }
        let by_otlp =
            |exporters: String| exporters.split(',').any(|exporter| exporter.trim().eq_ignore_ascii_case("otlp"));
        if !variable(EXPORTERS).is_none_or(by_otlp) {
            return Ok(None);
        }
        let (named, named_by) = match (variable(TRACES_ENDPOINT), variable(ENDPOINT)) {
            (Some(url), _) => (url, TRACES_ENDPOINT),
            (None, Some(base)) => (base, ENDPOINT),
            (None, None) => return Ok(None),
        };
        let protocol = PROTOCOLS.iter().find_map(|&name| Some((name, variable(name)?)));
        if let Some((variable, protocol)) = protocol.filter(|(_, protocol)| !protocol.starts_with("http/")) {
            return Err(Unusable::Protocol { variable, protocol });
        }
        if !is_http(&named) {
            return Err(Unusable::Endpoint { variable: named_by });
        }
        let url = if named_by == ENDPOINT { format!("{}/{PATH}", named.trim_end_matches('/')) } else { named };
        let timeout = TIMEOUTS.iter().find_map(|name| variable(name)?.parse().ok());
        Ok(Some(Self { url, timeout: timeout.map_or(TIMEOUT, Duration::from_millis) }))
    }

    /// Where it takes traces.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// How long one request may take.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Its host and port, for people: without what may be secret.
    pub(super) fn place(&self) -> String {
        let Ok(url) = Url::parse(&self.url) else { return String::new() };
        let (host, port) = (url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default());
        format!("{host}:{port}")
    }
}

fn is_http(url: &str) -> bool {
    // As strict as the exporter, whose error would show a password.
    let can_be_sent = Request::get(url).body(()).is_ok();
    can_be_sent && Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(variables: &[(&str, &str)]) -> Result<Option<Collector>, Unusable> {
        Collector::named(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    fn url(variables: &[(&str, &str)]) -> Option<String> {
        named(variables).unwrap().map(|collector| collector.url)
    }

    #[test]
    fn the_variables_say_where_it_is() {
        assert_eq!(url(&[]), None);
        assert_eq!(url(&[(ENDPOINT, "")]), None);
        for base in ["http://c:4318", "http://c:4318/", " http://c:4318 "] {
            assert_eq!(url(&[(ENDPOINT, base)]).as_deref(), Some("http://c:4318/v1/traces"), "{base}");
        }
        let both = [(ENDPOINT, "http://c:4318"), (TRACES_ENDPOINT, "https://t/here")];
        assert_eq!(url(&both).as_deref(), Some("https://t/here"), "as it is");
    }

    #[test]
    fn it_can_be_turned_off() {
        let endpoint = (ENDPOINT, "http://c:4318");
        for off in [(DISABLED, "true"), (DISABLED, "TRUE"), (EXPORTERS, "none"), (EXPORTERS, "console")] {
            assert_eq!(url(&[endpoint, off]), None, "{off:?}");
        }
        for on in [(DISABLED, "false"), (DISABLED, "1"), (EXPORTERS, "otlp"), (EXPORTERS, "console, otlp")] {
            assert!(url(&[endpoint, on]).is_some(), "{on:?}");
        }
    }

    #[test]
    fn what_cannot_be_done_is_said() {
        let endpoint = (ENDPOINT, "http://user:secret@c:4318");
        for name in PROTOCOLS {
            let error = named(&[endpoint, (name, "grpc")]).unwrap_err();
            assert!(error.to_string().starts_with(&format!("{name}: `grpc` is not spoken")), "{error}");
            assert!(error.hint().contains("http/protobuf") && error.hint().contains("4318"));
            assert!(named(&[endpoint, (name, "http/protobuf")]).is_ok());
        }
        assert!(named(&[(PROTOCOLS[1], "grpc")]).unwrap().is_none(), "nobody wants traces");
        for bad in ["c:4318", "//c", "ftp://c:4318", "http://", "http:c:4318", "http://a b:1", "unix:///run/c"] {
            let error = named(&[(ENDPOINT, bad)]).unwrap_err();
            assert!(matches!(error, Unusable::Endpoint { variable: ENDPOINT }), "{bad}: {error}");
            let error = named(&[(TRACES_ENDPOINT, bad), endpoint]).unwrap_err();
            assert!(matches!(error, Unusable::Endpoint { variable: TRACES_ENDPOINT }), "{bad}: {error}");
        }
        let collector = named(&[endpoint]).unwrap().unwrap();
        assert_eq!(collector.place(), "c:4318", "a password is not for people");
    }

    #[test]
    fn a_request_has_its_time() {
        let timeout = |variables: &[(&str, &str)]| {
            let all = [&[(ENDPOINT, "http://c")], variables].concat();
            named(&all).unwrap().unwrap().timeout
        };
        assert_eq!(timeout(&[]), TIMEOUT);
        assert_eq!(timeout(&[(TIMEOUTS[1], "250")]), Duration::from_millis(250));
        assert_eq!(timeout(&[(TIMEOUTS[1], "250"), (TIMEOUTS[0], "500")]), Duration::from_millis(500));
        assert_eq!(timeout(&[(TIMEOUTS[1], "soon")]), TIMEOUT);
    }
}
