//! Jobs that are done and still there.
//!
//! A server of version 2.9 that was killed remembers which jobs are done, but not that it had taken them out of the stream.
//! There they lie, handed out to nobody, counted, and in the way of a job of the same id. Newer versions look for them
//! when they start.

use serde::Deserialize;
use serde_json::json;

use super::Server;
use super::error::Trouble;
use crate::Queue;

#[derive(Debug, Deserialize)]
struct Consumer {
    ack_floor: Floor,
}

/// Up to here everything is done.
#[derive(Debug, Deserialize)]
struct Floor {
    stream_seq: u64,
}

#[derive(Debug, Deserialize)]
struct Purged {
    purged: u64,
}

impl Server {
    /// Takes out what is done.
    pub(super) async fn sweep(&self, queue: Queue) -> Result<(), Trouble> {
        let stream = self.names.jobs_stream(queue);
        let state = self.link.stream(&stream).await?.state;
        if state.messages == 0 {
            return Ok(());
        }
        let layout = self.layouts.newest();
        let question = format!("CONSUMER.INFO.{stream}.{}", layout.consumer(queue));
        let consumer: Consumer = self.link.ask(&question, &json!({})).await?;
        let floor = consumer.ack_floor.stream_seq;
        if state.first_sequence > floor {
            return Ok(());
        }
        let purged: Purged = self.link.ask(&format!("STREAM.PURGE.{stream}"), &json!({ "seq": floor + 1 })).await?;
        if purged.purged > 0 {
            tracing::warn!(%queue, jobs = purged.purged, "took out jobs that the server knew as done and had kept");
        }
        Ok(())
    }
}
