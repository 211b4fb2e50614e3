//! Telling everyone, and listening.

use async_nats::{HeaderMap, Subscriber};
use async_trait::async_trait;
use futures_util::StreamExt;
use serde_json::json;
use tokio::sync::broadcast;
use tokio::task::AbortHandle;

use super::error::Trouble;
use super::{Server, trace};
use crate::{BusError, EVENT_BACKLOG, Message, Subscription, Topic};

impl Server {
    pub(super) async fn publish(&self, topic: Topic, message: Message) -> Result<(), BusError> {
        let Message { body, trace } = message;
        self.check_size(topic, "an event", &body)?;
        let subject = self.names.events(topic);
        let mut headers = HeaderMap::new();
        trace::put(trace, &mut headers);
        let publish = || async {
            let (subject, headers, body) = (subject.clone(), headers.clone(), body.clone());
            let sent = self.link.client.publish_with_headers(subject, headers, body).await;
            sent.map_err(Trouble::away)?;
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
async fn read(mut subscriber: Subscriber, sender: broadcast::Sender<Message>) {
    while let Some(message) = subscriber.next().await {
        let trace = trace::of(message.headers.as_ref());
        if sender.send(Message { body: message.payload, trace }).is_err() {
            return;
        }
    }
}

#[derive(Debug)]
struct NatsSubscription {
    events: broadcast::Receiver<Message>,
    reader: AbortHandle,
}

#[async_trait]
impl Subscription for NatsSubscription {
    async fn next(&mut self) -> Result<Message, BusError> {
        crate::port::next_event(&mut self.events).await
    }
}

impl Drop for NatsSubscription {
    fn drop(&mut self) {
        self.reader.abort();
    }
}
