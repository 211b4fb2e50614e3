//! The bus of a deployment: a NATS server with JetStream, 2.9.10 or newer.
//!
//! On the server, all of them with the deployment's name in front:
//!
//! - a work-queue stream for each queue, kept in files, with a subject of its own for each job. That a job is there is that
//!   its subject has a message, so an id is one job for as long as the queue holds it. A durable consumer hands the jobs
//!   out; while a worker holds one it is said now and then that it is still at it, and if it is not heard of for
//!   [`NatsConfig::ack_wait`] the job is given to another one.
//! - a stream for each queue's dead letters, a subject for each job;
//! - core NATS subjects for events, which are not kept;
//! - a key-value bucket for small state.
//!
//! The server may go away and come back. Calls wait for it and try again for as long as [`NatsConfig::patience`] says. If
//! it comes back without its files, everything is made anew, and the jobs are gone: plans are recomputed by those who made
//! them.

mod config;
mod dead;
mod enqueue;
mod error;
mod events;
mod layout;
mod link;
mod names;
mod pull;
mod secrets;
mod settle;
mod state;
mod sweep;
mod trace;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

pub use self::config::{ClientCertificate, Credentials, NatsConfig, Secret};
pub use self::error::ConnectError;
use self::error::Trouble;
use self::layout::{Layout, Layouts};
use self::link::Link;
use self::names::Names;
use self::pull::Pulls;
use crate::{Bus, BusError, DeadLetter, Delivery, Enqueued, Message, Queue, StateEntry, Subscription, Topic};

/// The bus of a deployment.
#[derive(Debug)]
pub struct NatsBus(Arc<Server>);

/// The server as one process sees it.
#[derive(Debug)]
struct Server {
    link: Link,
    names: Names,
    layouts: Layouts,
    config: NatsConfig,
    pulls: BTreeMap<Queue, Pulls>,
}

impl NatsBus {
    /// Connects, waiting for a server that is not up yet, and makes what is not there.
    pub async fn connect(config: NatsConfig) -> Result<Self, ConnectError> {
        let server = Server::reach(config).await?;
        server.prepare().await?;
        Ok(Self(Arc::new(server)))
    }

    /// Connects to a deployment that somebody has made before; where there is none, none is made.
    pub async fn find(config: NatsConfig) -> Result<Self, ConnectError> {
        let server = Server::reach(config).await?;
        server.must_be_made().await?;
        server.prepare().await?;
        Ok(Self(Arc::new(server)))
    }
}

impl Server {
    async fn reach(config: NatsConfig) -> Result<Self, ConnectError> {
        let link = Link::connect(&config).await?;
        let names = Names::new(config.deployment.clone());
        let layouts = Layouts::new(config.clone(), names.clone());
        let pulls = Queue::ALL.into_iter().map(|queue| (queue, Pulls::default())).collect();
        let server = Self { link, names, layouts, config, pulls };
        server.must_have_jetstream().await?;
        Ok(server)
    }

    async fn must_have_jetstream(&self) -> Result<(), ConnectError> {
        let no_jetstream = || ConnectError::NoJetStream { address: self.config.to_string() };
        // Where there is no JetStream nobody answers, and there is nothing to wait for.
        match self.link.ask::<serde_json::Value>("INFO", &serde_json::json!({})).await {
            Err(Trouble::Missing) => Err(no_jetstream()),
            Err(trouble) if trouble.code().is_some_and(is_without_jetstream) => Err(no_jetstream()),
            Err(trouble @ Trouble::Forbidden(_)) => Err(self.no_layout(trouble)),
            _ => Ok(()),
        }
    }

    async fn must_be_made(&self) -> Result<(), ConnectError> {
        let is_made = self.link.persist(|| self.layouts.is_made(&self.link)).await;
        if is_made.map_err(|trouble| self.no_layout(trouble))? {
            return Ok(());
        }
        let (address, deployment) = (self.config.to_string(), self.config.deployment.clone());
        Err(ConnectError::NoDeployment { address, deployment })
    }

    async fn prepare(&self) -> Result<(), ConnectError> {
        let nothing = Layout::default();
        let made = self.link.persist(|| self.layouts.make(&self.link, &nothing)).await;
        made.map(drop).map_err(|trouble| self.no_layout(trouble))
    }

    fn no_layout(&self, trouble: Trouble) -> ConnectError {
        ConnectError::Layout { address: self.config.to_string(), source: trouble.into() }
    }

    /// Calls `try_once` until it works or our patience is at an end. What the server has lost is made anew.
    async fn persist<T, Fut>(&self, channel: impl ToString, try_once: impl Fn() -> Fut) -> Result<T, BusError>
    where
        Fut: Future<Output = Result<T, Trouble>>,
    {
        let tried = self.link.persist(|| async {
            let layout = self.layouts.newest();
            let tried = try_once().await;
            if let Err(Trouble::Missing) = tried {
                self.layouts.make(&self.link, &layout).await?;
            }
            tried
        });
        tried.await.map_err(|trouble| BusError::Failed { channel: channel.to_string(), source: trouble.into() })
    }
}

fn is_without_jetstream(code: async_nats::jetstream::ErrorCode) -> bool {
    use async_nats::jetstream::ErrorCode;
    matches!(code, ErrorCode::JETSTREAM_NOT_ENABLED | ErrorCode::JETSTREAM_NOT_ENABLED_FOR_ACCOUNT)
}

#[async_trait]
impl Bus for NatsBus {
    async fn enqueue(&self, queue: Queue, id: &str, message: Message) -> Result<Enqueued, BusError> {
        self.0.enqueue(queue, id, message).await
    }

    async fn next(&self, queue: Queue) -> Result<Delivery, BusError> {
        self.0.next(queue).await
    }

    async fn pending(&self, queue: Queue) -> Result<u64, BusError> {
        let stream = self.0.names.jobs_stream(queue);
        Ok(self.0.persist(queue, || self.0.link.stream(&stream)).await?.state.messages)
    }

    async fn dead_letters(&self, queue: Queue) -> Result<Vec<DeadLetter>, BusError> {
        self.0.dead_letters(queue).await
    }

    async fn dead_letter(&self, queue: Queue, id: &str) -> Result<Option<DeadLetter>, BusError> {
        self.0.dead_letter(queue, id).await
    }

    async fn requeue(&self, queue: Queue, id: &str) -> Result<bool, BusError> {
        self.0.requeue(queue, id).await
    }

    async fn discard(&self, queue: Queue, id: &str) -> Result<bool, BusError> {
        self.0.discard(queue, id).await
    }

    async fn publish(&self, topic: Topic, message: Message) -> Result<(), BusError> {
        self.0.publish(topic, message).await
    }

    async fn subscribe(&self, topic: Topic) -> Result<Box<dyn Subscription>, BusError> {
        self.0.subscribe(topic).await
    }

    async fn state(&self, key: &str) -> Result<Option<StateEntry>, BusError> {
        self.0.state(key).await
    }

    async fn set_state(&self, key: &str, value: Bytes, expected: Option<u64>) -> Result<u64, BusError> {
        self.0.set_state(key, value, expected).await
    }
}
