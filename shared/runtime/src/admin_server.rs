//! A listener for the admin routes alone, for a process that serves nothing else.

use std::io;
use std::net::SocketAddr;

use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{Metrics, Readiness, admin_routes};

/// The admin routes on an address of their own.
#[derive(Debug)]
pub struct AdminServer {
    listener: TcpListener,
}

impl AdminServer {
    /// Binds `address`: `127.0.0.1:9090`, `localhost:9090`, with port 0 any that is free.
    pub async fn bind(address: &str) -> io::Result<Self> {
        Ok(Self { listener: TcpListener::bind(address).await? })
    }

    /// The address it listens on.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers until `token` is cancelled.
    pub async fn run(self, readiness: Readiness, metrics: Metrics, token: CancellationToken) -> anyhow::Result<()> {
        let routes: Router = admin_routes(readiness, metrics);
        let served = token.run_until_cancelled(async { axum::serve(self.listener, routes).await }).await;
        // What is being answered is cut: nobody waits for an answer about a process that is gone.
        Ok(served.unwrap_or(Ok(()))?)
    }
}
