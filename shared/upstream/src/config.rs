//! What a client is made from.

use std::time::Duration;

use crate::RetryPolicy;

/// The settings of a [`Client`](crate::Client).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientConfig {
    /// Whom upstream may write to about us; shown in the User-Agent.
    pub contact: Option<String>,
    /// How long a connection may take to be made.
    pub connect_timeout: Duration,
    /// How long upstream may send nothing, and over which time its average speed is watched.
    pub timeout: Duration,
    /// A body that brings fewer bytes a second than this, on average over [`timeout`](Self::timeout), is given up.
    pub min_speed: u64,
    /// Transfers at once with one host. A redirected transfer counts for the host it was asked of.
    pub host_limit: usize,
    /// When failed transfers are tried again.
    pub retry: RetryPolicy,
    /// Whether certificates are checked.
    pub verify_tls: bool,
    /// Whether `file:` addresses are read. Only where the operator writes every address: an upstream that is asked for
    /// addresses could name any file of this machine.
    pub local_files: bool,
}

impl Default for ClientConfig {
    fn default() -> Self {
        Self {
            contact: None,
            connect_timeout: Duration::from_secs(30),
            timeout: Duration::from_mins(1),
            min_speed: 1024,
            host_limit: 16,
            retry: RetryPolicy::default(),
            verify_tls: true,
            local_files: false,
        }
    }
}

impl ClientConfig {
    /// Takes over what the environment says: `SSL_VERIFY=false`, in any case, turns the check of certificates off, as in
    /// Python romt. The variables for proxies and CAs are read by the libraries underneath.
    #[must_use]
    pub fn with_env(mut self, variable: impl Fn(&str) -> Option<String>) -> Self {
        if variable("SSL_VERIFY").is_some_and(|value| value.eq_ignore_ascii_case("false")) {
            self.verify_tls = false;
        }
        self
    }

    /// The User-Agent to send.
    pub(crate) fn user_agent(&self) -> String {
        let version = env!("CARGO_PKG_VERSION");
        match &self.contact {
            Some(contact) => format!("romt/{version} ({contact})"),
            None => format!("romt/{version}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_false_turns_the_check_off() {
        let verifies = |value: Option<&str>| {
            let variable = |name: &str| value.filter(|_| name == "SSL_VERIFY").map(str::to_owned);
            ClientConfig::default().with_env(variable).verify_tls
        };
        assert!(verifies(None) && verifies(Some("")) && verifies(Some("true")) && verifies(Some("0")));
        assert!(!verifies(Some("false")) && !verifies(Some("False")));
    }

    #[test]
    fn the_contact_is_in_the_user_agent() {
        let config = ClientConfig { contact: Some("mirror@example.org".to_owned()), ..ClientConfig::default() };
        assert!(config.user_agent().ends_with(" (mirror@example.org)"));
        assert!(!ClientConfig::default().user_agent().contains(' '));
    }
}
