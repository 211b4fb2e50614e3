//! How an S3 service is reached.

use std::fmt;
use std::time::Duration;

use url::Url;

/// How an S3 service is reached, and how long it may take.
#[derive(Debug, Clone)]
pub struct S3Options {
    /// The service's address; `None`: that of Amazon's for the region. With `http://` what is stored and read crosses the
    /// network in the open, signed but for all to see.
    pub endpoint: Option<Url>,
    /// The region, which is part of every signature.
    pub region: String,
    /// Whether the bucket is part of the host's name (`https://BUCKET.HOST/KEY`) and not of the path (`https://HOST/BUCKET/KEY`).
    pub virtual_host: bool,
    /// Who asks.
    pub access_key: Option<String>,
    /// What requests are signed with.
    pub secret_key: Option<Secret>,
    /// What goes with keys that are lent for a while.
    pub session_token: Option<Secret>,
    /// Whether the service can remove many objects in one request. Some cannot.
    pub bulk_delete: bool,
    /// How long the service may be silent within an answer, or before it.
    pub timeout: Duration,
    /// How often a request is tried again.
    pub retries: usize,
    /// Tries begin within this time of the first.
    pub retry_time: Duration,
}

/// A text that is not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, to be used and not to be shown.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Why the options for S3 cannot be used: tell the operator.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum S3OptionsError {
    /// An address that is none.
    #[error("the endpoint `{endpoint}` is not an http or https address of a service alone")]
    Endpoint {
        /// As it was given.
        endpoint: String,
    },
    /// Nothing to sign with.
    #[error("there is no {what} for the S3 service")]
    NoKey {
        /// What is missing: "access key", "secret key".
        what: &'static str,
    },
    /// A value with characters that no such value has. It is not shown: it may be a secret.
    #[error("the {what} for the S3 service has characters that cannot be sent")]
    Characters {
        /// Whose value it is.
        what: &'static str,
    },
}

impl Default for S3Options {
    fn default() -> Self {
        Self {
            endpoint: None,
            region: "us-east-1".to_owned(),
            virtual_host: false,
            access_key: None,
            secret_key: None,
            session_token: None,
            bulk_delete: true,
            timeout: Duration::from_mins(1),
            retries: 6,
            retry_time: Duration::from_mins(2),
        }
    }
}

impl S3Options {
    /// The options that the usual variables of the environment give, as `variable` reads them: `AWS_ENDPOINT_URL_S3`,
    /// `AWS_ENDPOINT_URL`, `AWS_REGION`, `AWS_DEFAULT_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
    /// `AWS_SESSION_TOKEN`. One that is empty is as good as not there.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, S3OptionsError> {
        let first = |names: &[&str]| names.iter().find_map(|name| variable(name).filter(|value| !value.is_empty()));
        let mut options = Self::default();
        if let Some(endpoint) = first(&["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]) {
            options.endpoint = Some(Self::parse_endpoint(&endpoint)?);
        }
        if let Some(region) = first(&["AWS_REGION", "AWS_DEFAULT_REGION"]) {
            options.region = region;
        }
        options.access_key = first(&["AWS_ACCESS_KEY_ID"]);
        options.secret_key = first(&["AWS_SECRET_ACCESS_KEY"]).map(Secret);
        options.session_token = first(&["AWS_SESSION_TOKEN"]).map(Secret);
        Ok(options)
    }

    /// Reads the address of a service: a scheme and a host, maybe a port and a path.
    pub fn parse_endpoint(text: &str) -> Result<Url, S3OptionsError> {
        let is_alone = |url: &Url| {
            matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.username().is_empty()
                && url.password().is_none()
                && url.query().is_none()
                && url.fragment().is_none()
        };
        let endpoint = Url::parse(text).ok().filter(is_alone);
        // It may hold a password where none belongs.
        let shown = || text.rsplit_once('@').map_or(text, |(_, rest)| rest).to_owned();
        endpoint.ok_or_else(|| S3OptionsError::Endpoint { endpoint: shown() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_variables_are_read_and_secrets_not_shown() {
        let options = S3Options::from_variables(|name| {
            let value = match name {
                "AWS_ENDPOINT_URL" => "http://127.0.0.1:9000",
                "AWS_ENDPOINT_URL_S3" | "AWS_REGION" => "",
                "AWS_DEFAULT_REGION" => "eu-x-1",
                "AWS_ACCESS_KEY_ID" => "who",
                "AWS_SECRET_ACCESS_KEY" => "hush-1",
                "AWS_SESSION_TOKEN" => "hush-2",
                _ => return None,
            };
            Some(value.to_owned())
        })
        .unwrap();
        assert_eq!(options.endpoint.as_ref().unwrap().as_str(), "http://127.0.0.1:9000/");
        assert_eq!((&*options.region, options.access_key.as_deref()), ("eu-x-1", Some("who")));
        assert_eq!(options.secret_key.as_ref().unwrap().reveal(), "hush-1");
        let shown = format!("{options:?}");
        assert!(!shown.contains("hush"), "{shown}");
    }

    #[test]
    fn an_endpoint_is_the_address_of_a_service() {
        for bad in ["", "127.0.0.1:9000", "ftp://x", "http://user:hush@x/", "https://x/?a=b", "https://x/#a"] {
            let error = S3Options::parse_endpoint(bad).unwrap_err().to_string();
            assert!(!error.contains("hush"), "{error}");
        }
        assert!(S3Options::parse_endpoint("https://s3.example/base").is_ok());
    }
}
