//! The streams and consumers that a deployment needs: made when connecting, and anew when the server has lost them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::consumer::{AckPolicy, IntoConsumerConfig, pull};
use async_nats::jetstream::stream::{self, DiscardPolicy, RetentionPolicy, StorageType};
use serde_json::json;
use tokio::time::sleep;

use super::NatsConfig;
use super::error::Trouble;
use super::link::Link;
use super::names::Names;
use crate::{DEAD_LETTERS, Queue};

/// For how long the server knows a message again that is sent a second time because its answer was lost.
const SENT_TWICE: Duration = Duration::from_mins(2);

/// How long another process may take to make a stream.
const OTHERS: Duration = Duration::from_millis(500);

/// What the server says of a stream's consumers.
#[derive(Debug, serde::Deserialize)]
struct Consumers {
    consumers: Vec<String>,
}

/// What was found or made on the server.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// Which of all layouts that this process has seen.
    number: u64,
    /// Of each queue, the consumer that hands out its jobs.
    consumers: BTreeMap<Queue, String>,
}

impl Layout {
    /// The consumer that hands out a queue's jobs.
    ///
    /// Its name tells when its stream was made. What a worker says of a job names the job's number and the consumer; where
    /// a stream was lost and made anew its numbers begin again, and without this a late "done" would take away another job.
    pub(super) fn consumer(&self, queue: Queue) -> &str {
        self.consumers.get(&queue).map_or("", String::as_str)
    }
}

/// The newest layout, and what is needed to make one.
#[derive(Debug)]
pub(super) struct Layouts {
    config: NatsConfig,
    names: Names,
    newest: Mutex<Arc<Layout>>,
    /// Held by the one who makes.
    making: tokio::sync::Mutex<()>,
}

impl Layouts {
    pub(super) fn new(config: NatsConfig, names: Names) -> Self {
        Self { config, names, newest: Mutex::default(), making: tokio::sync::Mutex::default() }
    }

    pub(super) fn newest(&self) -> Arc<Layout> {
        // No code panics while it holds the lock.
        Arc::clone(&self.newest.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether somebody has made the deployment: whether there is what is made last.
    pub(super) async fn is_made(&self, link: &Link) -> Result<bool, Trouble> {
        match link.stream(&self.names.state_stream()).await {
            Ok(_) => Ok(true),
            Err(Trouble::Missing) => Ok(false),
            Err(trouble) => Err(trouble),
        }
    }

    /// Makes what is not there, and returns the layout as it is now. Who comes while it is being made waits, and is content
    /// with it if it is newer than `seen`. Several processes may do this at once.
    pub(super) async fn make(&self, link: &Link, seen: &Layout) -> Result<Arc<Layout>, Trouble> {
        let _making = self.making.lock().await;
        let newest = self.newest();
        if newest.number > seen.number {
            return Ok(newest);
        }
        let mut consumers = BTreeMap::new();
        for queue in Queue::ALL {
            let jobs = self.stream(link, self.jobs(queue)).await?;
            consumers.insert(queue, self.consumer(link, queue, &jobs).await?);
            self.stream(link, self.dead_letters(queue)).await?;
        }
        self.stream(link, self.state()).await?;
        let made = Arc::new(Layout { number: newest.number + 1, consumers });
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&made);
        Ok(made)
    }

    /// Makes a stream, or brings the one that is there up to date.
    async fn stream(&self, link: &Link, config: stream::Config) -> Result<stream::Info, Trouble> {
        let name = &config.name;
        let made = link.ask::<stream::Info>(&format!("STREAM.CREATE.{name}"), &config).await;
        let there = match made {
            Ok(info) => return Ok(info),
            Err(trouble) if trouble.code() == Some(ErrorCode::STREAM_NAME_EXIST) => link.stream(name).await?,
            // Somebody else is making the same one just now, or has made another one that is in the way.
            Err(trouble) if trouble.code() == Some(ErrorCode::STREAM_SUBJECT_OVERLAP) => {
                sleep(OTHERS).await;
                link.stream(name).await.map_err(|_| trouble)?
            }
            Err(trouble) => return Err(trouble),
        };
        if there.config.retention != config.retention || there.config.subjects != config.subjects {
            return Err(Trouble::Foreign(name.clone()));
        }
        // Made by another version of romt, or with another setting.
        tracing::info!(stream = name, "bringing a stream up to date");
        link.ask(&format!("STREAM.UPDATE.{name}"), &config).await
    }

    async fn consumer(&self, link: &Link, queue: Queue, jobs: &stream::Info) -> Result<String, Trouble> {
        let name = format!("workers-{}", jobs.created.unix_timestamp_nanos());
        let config = pull::Config {
            durable_name: Some(name.clone()),
            ack_policy: AckPolicy::Explicit,
            ack_wait: self.config.ack_wait,
            // Those that wait for a second try count as well.
            max_ack_pending: i64::from(self.config.capacity),
            num_replicas: self.config.replicas,
            ..pull::Config::default()
        };
        let stream = self.names.jobs_stream(queue);
        let body = json!({ "stream_name": stream, "config": config.into_consumer_config() });
        let made = link.ask::<serde_json::Value>(&format!("CONSUMER.DURABLE.CREATE.{stream}.{name}"), &body).await;
        match made {
            Ok(_) => Ok(name),
            // Two who made the stream at the same time may have been told different times. There is one consumer, whoever's
            // name it has.
            Err(trouble) if trouble.code() == Some(ErrorCode::CONSUMER_WQ_MULTIPLE_UNFILTERED) => {
                let there: Consumers = link.ask(&format!("CONSUMER.NAMES.{stream}"), &json!({})).await?;
                there.consumers.into_iter().next().ok_or(Trouble::Missing)
            }
            Err(trouble) => Err(trouble),
        }
    }

    fn jobs(&self, queue: Queue) -> stream::Config {
        stream::Config {
            name: self.names.jobs_stream(queue),
            subjects: vec![self.names.jobs(queue)],
            description: Some(format!("jobs of romt's queue `{queue}`")),
            retention: RetentionPolicy::WorkQueue,
            max_messages: i64::from(self.config.capacity),
            discard: DiscardPolicy::New,
            ..self.any()
        }
    }

    fn dead_letters(&self, queue: Queue) -> stream::Config {
        stream::Config {
            name: self.names.dead_stream(queue),
            subjects: vec![self.names.dead_letters(queue)],
            description: Some(format!("jobs of romt's queue `{queue}` that were given up")),
            max_messages: i64::try_from(DEAD_LETTERS).unwrap_or(i64::MAX),
            max_messages_per_subject: 1,
            discard: DiscardPolicy::Old,
            ..self.any()
        }
    }

    /// As `nats kv` makes a bucket.
    fn state(&self) -> stream::Config {
        stream::Config {
            name: self.names.state_stream(),
            subjects: vec![self.names.states()],
            description: Some("romt's small state".to_owned()),
            max_messages: -1,
            max_messages_per_subject: 1,
            discard: DiscardPolicy::New,
            allow_rollup: true,
            deny_delete: true,
            allow_direct: true,
            ..self.any()
        }
    }

    fn any(&self) -> stream::Config {
        stream::Config {
            retention: RetentionPolicy::Limits,
            storage: StorageType::File,
            num_replicas: self.config.replicas,
            duplicate_window: SENT_TWICE,
            // The server would set aside as much at once, and refuse where the disk is smaller.
            max_bytes: -1,
            max_messages_per_subject: -1,
            max_consumers: -1,
            ..stream::Config::default()
        }
    }
}
