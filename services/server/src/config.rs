//! What the server is told.

use crate::BaseUrl;

/// Where to serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// A host name or address to listen on. Of a name, every address; `localhost` is two.
    pub bind: String,
    /// The port; 0 for any that is free.
    pub port: u16,
    /// The address that clients are told, where it is not the one that they use: behind a proxy that says nothing of
    /// itself.
    pub server_url: Option<BaseUrl>,
}
