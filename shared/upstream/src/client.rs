//! The client itself.

use std::sync::Arc;

use http::StatusCode;
use reqwest::{RequestBuilder, Response};
use tokio::sync::broadcast;

use crate::body::Body;
use crate::error::{Failure, sort};
use crate::host::{HostWish, Hosts};
use crate::status::{Meaning, may_pause, meaning};
use crate::{Cause, ClientConfig, ClientError, FetchError, redirect, retry_after};

/// An HTTP client for upstreams. Cheap to clone; clones share connections and manners.
#[derive(Debug, Clone)]
pub struct Client {
    pub(crate) http: reqwest::Client,
    pub(crate) config: Arc<ClientConfig>,
    pub(crate) hosts: Arc<Hosts>,
}

impl Client {
    /// A client with these settings, and with the proxies and CAs that the environment names.
    pub fn new(config: ClientConfig) -> Result<Self, ClientError> {
        // An error says that somebody chose a provider before, which is fine.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let user_agent = config.user_agent();
        if http::HeaderValue::from_str(&user_agent).is_err() {
            return Err(ClientError::Contact { contact: config.contact.unwrap_or_default() });
        }
        let policy =
            reqwest::redirect::Policy::custom(|attempt| match redirect::check(attempt.previous(), attempt.url()) {
                Ok(()) => attempt.follow(),
                Err(error) => attempt.error(error),
            });
        let http = reqwest::Client::builder()
            .user_agent(user_agent)
            .redirect(policy)
            .referer(false)
            // Files are kept as they are sent; what is to be unpacked is unpacked by us, under a limit.
            .no_gzip()
            .connect_timeout(config.connect_timeout)
            .pool_max_idle_per_host(config.host_limit)
            .tls_danger_accept_invalid_certs(!config.verify_tls)
            .build()
            .map_err(|e| ClientError::Tls { source: Box::new(e) })?;
        let hosts = Arc::new(Hosts::new(config.host_limit));
        Ok(Self { http, config: Arc::new(config), hosts })
    }

    /// From now on, at most `limit` transfers at once with each host, which may be none. Those that go on are not cut.
    pub fn set_host_limit(&self, limit: usize) {
        self.hosts.set_limit(limit);
    }

    /// The most transfers that go on with one host just now.
    pub fn busiest_host(&self) -> usize {
        self.hosts.busiest()
    }

    /// What hosts ask for from now on: to be told to others who ask the same hosts.
    pub fn wishes(&self) -> broadcast::Receiver<HostWish> {
        self.hosts.wishes()
    }

    /// Leaves a host alone that another client was asked to leave alone.
    pub fn leave_alone(&self, wish: &HostWish) {
        self.hosts.named(&wish.host).leave_alone(wish.wait);
    }

    /// Sends a request and waits for the head of the answer. `url` is for errors.
    pub(crate) async fn send(&self, url: &str, request: RequestBuilder) -> Result<Response, Failure> {
        match tokio::time::timeout(self.config.timeout, request.send()).await {
            Err(_) => Err(Cause::Silent { waited: self.config.timeout }.into()),
            Ok(Err(error)) => Err(sort(url, error)),
            Ok(Ok(response)) => Ok(response),
        }
    }

    /// The body of an answer, watched.
    pub(crate) fn body(&self, response: Response) -> Body {
        Body::new(response, self.config.timeout, self.config.min_speed)
    }
}

/// What an answer without the file amounts to.
pub(crate) fn failure(url: &str, response: &Response) -> Failure {
    let status = response.status();
    let url = || url.to_owned();
    match meaning(status.as_u16()) {
        Meaning::Absent => FetchError::Absent { url: url(), status: status.as_u16() }.into(),
        Meaning::Again => Cause::Status { status: status.as_u16(), retry_after: wish(status, response) }.into(),
        Meaning::Whole | Meaning::Refused => FetchError::Refused { url: url(), status: status.as_u16() }.into(),
    }
}

fn wish(status: StatusCode, response: &Response) -> Option<std::time::Duration> {
    let value = response.headers().get(http::header::RETRY_AFTER).filter(|_| may_pause(status.as_u16()))?;
    retry_after::parse(value.to_str().ok()?, std::time::SystemTime::now())
}
