//! Connections: accepted, limited, watched, and ended in good order.
//!
//! `axum::serve` would do but for one thing: it lets a client hold a connection for ever by sending or reading slowly.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::patience::Patience;

/// The most connections at once; further ones wait in the system's backlog. Cargo uses one or two.
const CONNECTIONS: usize = 1024;
/// The most requests at once on an HTTP/2 connection; what curl and so cargo assumes at first.
const STREAMS: u32 = 100;
/// A request's head must come within this time, and a kept connection must be used again.
const HEAD_TIME: Duration = Duration::from_secs(30);
/// A connection on which no byte moves either way for this long is closed.
const IDLE_TIME: Duration = Duration::from_mins(1);
/// How large a request's head, and what is buffered of an answer, may be.
const BUFFER: usize = 128 * 1024;
/// What is still being answered when the server stops has this long to end.
const GRACE: Duration = Duration::from_secs(5);
/// How long to wait when the system has no more sockets for us.
const EXHAUSTED: Duration = Duration::from_secs(1);

/// Serves `router` on all `listeners` until `token` is cancelled and then, for a while, what is still being answered.
pub(crate) async fn serve(listeners: Vec<TcpListener>, router: Router, token: CancellationToken) {
    let server = Arc::new(Server {
        router,
        builder: builder(),
        slots: Arc::new(Semaphore::new(CONNECTIONS)),
        stop: token,
        cut: CancellationToken::new(),
        tasks: TaskTracker::new(),
    });
    for listener in listeners {
        server.tasks.spawn(Arc::clone(&server).accept(listener));
    }
    server.stop.cancelled().await;
    server.tasks.close();
    if tokio::time::timeout(GRACE, server.tasks.wait()).await.is_err() {
        tracing::warn!(connections = server.tasks.len(), "cutting connections that would not end");
        server.cut.cancel();
        server.tasks.wait().await;
    }
}

struct Server {
    router: Router,
    builder: Builder<TokioExecutor>,
    slots: Arc<Semaphore>,
    /// No new requests.
    stop: CancellationToken,
    /// Not even old ones.
    cut: CancellationToken,
    tasks: TaskTracker,
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_buf_size(BUFFER);
    builder.http2().timer(TokioTimer::new()).max_concurrent_streams(STREAMS);
    builder
}

impl Server {
    async fn accept(self: Arc<Self>, listener: TcpListener) {
        loop {
            let next = async {
                // The semaphore is never closed; if it were, there would be nothing to wait for.
                let slot = Arc::clone(&self.slots).acquire_owned().await.ok();
                (listener.accept().await, slot)
            };
            let (accepted, slot) = tokio::select! {
                () = self.stop.cancelled() => return,
                next = next => next,
            };
            match accepted {
                Ok((stream, _)) => {
                    let server = Arc::clone(&self);
                    self.tasks.spawn(async move {
                        server.answer(stream).await;
                        drop(slot);
                    });
                }
                // The client has gone again.
                Err(error)
                    if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) => {}
                Err(error) => {
                    tracing::warn!(%error, "cannot accept connections for the moment");
                    tokio::time::sleep(EXHAUSTED).await;
                }
            }
        }
    }

    /// Answers the requests of one connection.
    async fn answer(&self, stream: TcpStream) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "cannot switch off delaying");
        }
        let io = TokioIo::new(Patience::new(stream, IDLE_TIME));
        let service = TowerToHyperService::new(self.router.clone());
        let mut connection = std::pin::pin!(self.builder.serve_connection(io, service));
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = self.stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                tokio::select! {
                    ended = connection => ended,
                    () = self.cut.cancelled() => return,
                }
            }
        };
        if let Err(error) = ended {
            // Clients leave as they please; nothing to act on.
            tracing::debug!(%error, "a connection ended early");
        }
    }
}
