//! The sockets the server listens on.

use std::io;
use std::net::{IpAddr, SocketAddr};

use tokio::net::{TcpListener, lookup_host};

/// Why the server cannot listen, by what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BindError {
    /// Somebody else has the port: take another (`--port`), or stop them.
    #[error("{address} is in use")]
    InUse {
        /// The address and port.
        address: SocketAddr,
    },
    /// The name means no address: correct it (`--bind`).
    #[error("cannot find an address for `{host}`")]
    Unknown {
        /// The name.
        host: String,
        /// The resolver's error.
        #[source]
        source: io::Error,
    },
    /// The address is not ours, or its port is not for us: take another (`--bind`, `--port`).
    #[error("cannot listen on {address}")]
    Failed {
        /// The address and port.
        address: SocketAddr,
        /// The operating system's error.
        #[source]
        source: io::Error,
    },
}

/// How often a free port is looked for that is free on all addresses of a name.
const TRIES: u32 = 16;

/// Listens on every address that `host` means, all on one port.
///
/// An address that this machine does not have (`localhost` without IPv6) is left out, if another works. A port that is in
/// use on one of them is an error: clients would reach us or a stranger, by chance.
pub(crate) async fn listen(host: &str, port: u16) -> Result<Vec<TcpListener>, BindError> {
    let addresses = addresses(host).await?;
    let mut tries = if port == 0 { TRIES } else { 1 };
    loop {
        tries -= 1;
        match listen_on(&addresses, port).await {
            Err(BindError::InUse { .. }) if tries > 0 => {}
            result => return result,
        }
    }
}

async fn addresses(host: &str) -> Result<Vec<IpAddr>, BindError> {
    let unknown = |source| BindError::Unknown { host: host.to_owned(), source };
    // `[::1]` is how people write it who know URLs.
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    let mut addresses = Vec::new();
    for address in lookup_host((bare, 0)).await.map_err(unknown)? {
        if !addresses.contains(&address.ip()) {
            addresses.push(address.ip());
        }
    }
    if addresses.is_empty() {
        return Err(unknown(io::ErrorKind::NotFound.into()));
    }
    Ok(addresses)
}

async fn listen_on(addresses: &[IpAddr], mut port: u16) -> Result<Vec<TcpListener>, BindError> {
    let mut listeners = Vec::new();
    let mut failed = None;
    for &ip in addresses {
        let address = SocketAddr::new(ip, port);
        let bound = match TcpListener::bind(address).await {
            Ok(listener) => listener.local_addr().map(|bound| (listener, bound.port())),
            Err(error) => Err(error),
        };
        match bound {
            Ok((listener, bound)) => {
                // The first one chooses where any port will do.
                port = bound;
                listeners.push(listener);
            }
            Err(source) if source.kind() == io::ErrorKind::AddrInUse => return Err(BindError::InUse { address }),
            Err(source) => {
                tracing::debug!(%address, error = %source, "cannot listen on one address of several");
                failed.get_or_insert(BindError::Failed { address, source });
            }
        }
    }
    match failed {
        Some(error) if listeners.is_empty() => Err(error),
        _ => Ok(listeners),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ports(listeners: &[TcpListener]) -> Vec<u16> {
        listeners.iter().map(|listener| listener.local_addr().unwrap().port()).collect()
    }

    #[tokio::test]
    async fn a_name_is_all_its_addresses_on_one_port() {
        let listeners = listen("localhost", 0).await.unwrap();
        let ports = ports(&listeners);
        assert!(ports.iter().all(|&port| port != 0 && port == ports[0]), "{ports:?}");
        assert!(listeners.iter().all(|listener| listener.local_addr().unwrap().ip().is_loopback()));
    }

    #[tokio::test]
    async fn a_port_in_use_is_said_to_be() {
        let first = listen("127.0.0.1", 0).await.unwrap();
        let port = ports(&first)[0];
        for host in ["127.0.0.1", "localhost"] {
            let error = listen(host, port).await.unwrap_err();
            assert_eq!(error.to_string(), format!("127.0.0.1:{port} is in use"), "{host}");
            assert!(matches!(error, BindError::InUse { .. }));
        }
    }

    #[tokio::test]
    async fn an_address_that_is_not_ours_is_named() {
        // A documentation address (RFC 5737).
        let error = listen("192.0.2.1", 8000).await.unwrap_err();
        assert_eq!(error.to_string(), "cannot listen on 192.0.2.1:8000");
        assert!(matches!(error, BindError::Failed { .. }));
    }

    #[tokio::test]
    async fn a_name_that_is_none_is_named() {
        let error = listen("no host", 8000).await.unwrap_err();
        assert_eq!(error.to_string(), "cannot find an address for `no host`");
    }

    #[tokio::test]
    async fn brackets_are_understood() {
        match listen("[::1]", 0).await {
            Ok(listeners) => assert!(listeners[0].local_addr().unwrap().is_ipv6()),
            // A machine without IPv6 still knew what was meant.
            Err(error) => assert!(matches!(error, BindError::Failed { .. }), "{error}"),
        }
    }
}
