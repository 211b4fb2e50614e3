//! The typed side of a bus: what services use.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use romt_runtime::traces;
use romt_types::TraceParent;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Bus, BusError, Delivery, Enqueued, Message, Queue, Subscription, Topic};

/// A message that is a job: it names its queue and its id.
pub trait Job: Serialize + DeserializeOwned + Send {
    /// The queue it goes to.
    const QUEUE: Queue;

    /// What makes it one job: enqueued twice under one id, it is done once.
    fn id(&self) -> String;
}

/// A message that is an event: it names its topic.
pub trait Event: Serialize + DeserializeOwned + Send {
    /// The topic it goes to.
    const TOPIC: Topic;
}

/// A bus with types. Cheap to clone.
#[derive(Debug, Clone)]
pub struct BusHandle(Arc<dyn Bus>);

impl BusHandle {
    /// The typed side of `bus`.
    pub fn new(bus: Arc<dyn Bus>) -> Self {
        Self(bus)
    }

    /// The port underneath.
    pub fn port(&self) -> &dyn Bus {
        &*self.0
    }

    /// Adds a job to its queue, in the trace of what is done here.
    pub async fn submit<J: Job>(&self, job: &J) -> Result<Enqueued, BusError> {
        self.0.enqueue(J::QUEUE, &job.id(), message(J::QUEUE, job)?).await
    }

    /// The next job of `J`'s queue. A job that cannot be read is given up, and the next one returned.
    pub async fn next_job<J: Job>(&self) -> Result<JobDelivery<J>, BusError> {
        loop {
            let delivery = self.0.next(J::QUEUE).await?;
            match serde_json::from_slice(&delivery.body) {
                Ok(job) => return Ok(JobDelivery { job, delivery }),
                Err(error) => {
                    tracing::error!(queue = %J::QUEUE, id = delivery.id, %error, "gave up a job that cannot be read");
                    delivery.fail(&format!("cannot be read: {error}")).await?;
                }
            }
        }
    }

    /// Tells everyone who listens, in the trace of what is done here.
    pub async fn announce<E: Event>(&self, event: &E) -> Result<(), BusError> {
        self.0.publish(E::TOPIC, message(E::TOPIC, event)?).await
    }

    /// Listens to `E`'s topic from now on.
    pub async fn events<E: Event>(&self) -> Result<Events<E>, BusError> {
        Ok(Events { subscription: self.0.subscribe(E::TOPIC).await?, event: PhantomData })
    }

    /// The value under a key of the small state, if there is one.
    pub async fn state<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, BusError> {
        let Some(entry) = self.0.state(key).await? else { return Ok(None) };
        serde_json::from_slice(&entry.value).map(Some).map_err(|e| BusError::unreadable(key, e))
    }

    /// Sets the value under a key of the small state, whatever it was.
    pub async fn set_state<T: Serialize + Sync>(&self, key: &str, value: &T) -> Result<(), BusError> {
        self.0.set_state(key, encode(key, value)?, None).await.map(drop)
    }
}

/// A message as it is sent from here.
fn message<T: Serialize>(channel: impl ToString, message: &T) -> Result<Message, BusError> {
    Ok(Message { body: encode(channel, message)?, trace: traces::current() })
}

fn encode<T: Serialize>(channel: impl ToString, message: &T) -> Result<Bytes, BusError> {
    serde_json::to_vec(message).map(Bytes::from).map_err(|e| BusError::unreadable(channel, e))
}

/// A job that was read, and the delivery to settle.
#[derive(Debug)]
pub struct JobDelivery<J> {
    /// The job.
    pub job: J,
    delivery: Delivery,
}

impl<J> JobDelivery<J> {
    /// The trace that it was submitted in: what is done about it belongs to that.
    pub fn trace(&self) -> Option<TraceParent> {
        self.delivery.trace
    }

    /// How often it has been delivered, this time included.
    pub fn attempt(&self) -> u32 {
        self.delivery.attempt
    }

    /// The job is done.
    pub async fn done(self) -> Result<(), BusError> {
        self.delivery.done().await
    }

    /// The job comes again after `delay`.
    pub async fn retry(self, delay: Duration) -> Result<(), BusError> {
        self.delivery.retry(delay).await
    }

    /// The job becomes a dead letter.
    pub async fn fail(self, reason: &str) -> Result<(), BusError> {
        self.delivery.fail(reason).await
    }

    /// The worker is still at it.
    pub async fn progress(&self) -> Result<(), BusError> {
        self.delivery.progress().await
    }
}

/// The events of one type.
#[derive(Debug)]
pub struct Events<E> {
    subscription: Box<dyn Subscription>,
    event: PhantomData<fn() -> E>,
}

impl<E: Event> Events<E> {
    /// The next event. One that cannot be read is logged and passed over.
    pub async fn next(&mut self) -> Result<E, BusError> {
        self.next_traced().await.map(|(event, _)| event)
    }

    /// The same with the trace that it was announced in.
    pub async fn next_traced(&mut self) -> Result<(E, Option<TraceParent>), BusError> {
        loop {
            let Message { body, trace } = self.subscription.next().await?;
            match serde_json::from_slice(&body) {
                Ok(event) => return Ok((event, trace)),
                Err(error) => tracing::warn!(topic = %E::TOPIC, %error, "passed over an event that cannot be read"),
            }
        }
    }
}
