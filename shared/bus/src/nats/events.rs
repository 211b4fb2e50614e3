//! Telling everyone, and listening.

use async_nats::Subscriber;
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt;
use serde_json::json;
use tokio::sync::broadcast;
use tokio::task::AbortHandle;

use super::Server;
use super::error::Trouble;
use crate::{BusError, EVENT_BACKLOG, Subscription, Topic};

impl Server {
    pub(super) async fn publish(&self, topic: Topic, body: Bytes) -> Result<(), BusError> {
        self.check_size(topic, "an event", &body)?;
        let subject = self.names.events(topic);
        let publish = || async {
            self.link.client.publish(subject.clone(), body.clone()).await.map_err(Trouble::away)?;
            // Who ends after this must have said it.
            self.link.client.flush().await.map_err(Trouble::away)
        };
        self.persist(topic, publish).await
    }

    pub(super) async fn subscribe(&self, topic: Topic) -> Result<Box<dyn Subscription>, BusError> {
        let subject = self.names.events(topic);
        let subscribe = || async {
            let subscriber = self.link.client.subscribe(subject.clone()).await.map_err(Trouble::away)?;
            // The server does what it is told in order: once this is answered, it knows that we listen.
            self.link.ask::<serde_json::Value>("INFO", &json!({})).await?;
            Ok(subscriber)
        };
        let subscriber = self.persist(topic, subscribe).await?;
        let (sender, events) = broadcast::channel(EVENT_BACKLOG);
        let reader = tokio::spawn(read(subscriber, sender)).abort_handle();
        Ok(Box::new(NatsSubscription { events, reader }))
    }
}

/// Reads as fast as events come, so that it is the oldest that are dropped when nobody keeps up.
async fn read(mut subscriber: Subscriber, sender: broadcast::Sender<Bytes>) {
    while let Some(message) = subscriber.next().await {
        if sender.send(message.payload).is_err() {
            return;
        }
    }
}

#[derive(Debug)]
struct NatsSubscription {
    events: broadcast::Receiver<Bytes>,
    reader: AbortHandle,
}

#[async_trait]
impl Subscription for NatsSubscription {
    async fn next(&mut self) -> Result<Bytes, BusError> {
        crate::port::next_event(&mut self.events).await
    }
}

impl Drop for NatsSubscription {
    fn drop(&mut self) {
        self.reader.abort();
    }
}
