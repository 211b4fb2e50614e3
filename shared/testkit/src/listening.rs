//! How fake servers listen.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

/// Serves every connection to a port of its own on a thread of its own, until the test ends. Returns where that is.
pub(crate) fn serve_each<S>(state: &Arc<S>, serve: fn(TcpStream, &S) -> io::Result<()>) -> SocketAddr
where
    S: Send + Sync + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let shared = Arc::clone(state);
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let state = Arc::clone(&shared);
            // A client that hangs up in the middle of it is no concern of ours.
            std::thread::spawn(move || drop(serve(client, &state)));
        }
    });
    address
}
