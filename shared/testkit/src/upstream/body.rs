//! Bodies that come as they please.

use std::io;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;

use super::journal::Answering;

/// How a body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// After its last byte.
    Complete,
    /// By a broken connection.
    Cut,
    /// Not at all: zeros follow.
    Never,
}

/// How a body is sent.
#[derive(Debug)]
pub(super) struct Paced {
    pub(super) ending: Ending,
    pub(super) bytes_per_second: Option<usize>,
    /// Until the body is sent, its request is being answered.
    pub(super) _answering: Answering,
}

/// What is left to send.
struct Sending {
    how: Paced,
    left: Bytes,
    over: bool,
}

const PIECE: usize = 64 * 1024;
static ZEROS: [u8; PIECE] = [0; PIECE];
/// A slow body comes in so many drops a second.
const DROPS: usize = 20;

impl Paced {
    pub(super) fn send(self, bytes: Bytes) -> Body {
        Body::from_stream(stream::unfold(Sending { how: self, left: bytes, over: false }, next_piece))
    }
}

async fn next_piece(mut sending: Sending) -> Option<(io::Result<Bytes>, Sending)> {
    if sending.over {
        return None;
    }
    if sending.left.is_empty() {
        match sending.how.ending {
            Ending::Complete => return None,
            Ending::Never => return Some((Ok(Bytes::from_static(&ZEROS)), sending)),
            Ending::Cut => {
                // Gives way once, so that what was sent before goes out and is not lost with the connection.
                tokio::task::yield_now().await;
                sending.over = true;
                return Some((Err(io::ErrorKind::ConnectionAborted.into()), sending));
            }
        }
    }
    let mut size = PIECE;
    if let Some(speed) = sending.how.bytes_per_second {
        size = (speed / DROPS).max(1);
        tokio::time::sleep(Duration::from_secs_f64(size as f64 / speed as f64)).await;
    }
    let piece = sending.left.split_to(size.min(sending.left.len()));
    Some((Ok(piece), sending))
}
