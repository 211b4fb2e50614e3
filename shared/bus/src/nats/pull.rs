//! Taking jobs out of a queue.
//!
//! The server is asked for one job at a time, by a task of its own, so that a caller who gives up waiting leaves nothing
//! half taken: a job that comes for somebody who has left is given to the next caller of this process, or back.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_nats::{Request, StatusCode, jetstream};
use romt_runtime::one_line;
use serde_json::json;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout};

use super::enqueue::JOB;
use super::error::Trouble;
use super::link::ANSWER;
use super::names::from_header;
use super::settle::NatsSettle;
use super::{Server, trace};
use crate::{BusError, Delivery, MAX_ATTEMPTS, Message, Queue};

/// For how long the server remembers that we asked for a job.
const ASKED_FOR: Duration = Duration::from_secs(10);
/// The pause after a question that failed.
const PAUSE: Duration = Duration::from_millis(200);

/// The callers in this process who wait for a job of one queue.
#[derive(Debug, Default)]
pub(super) struct Pulls {
    waiting: Mutex<Waiting>,
    sweeping: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Waiting {
    callers: VecDeque<oneshot::Sender<Result<Delivery, BusError>>>,
    /// Jobs that the server is being asked for.
    asked: usize,
}

impl Pulls {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // No code panics while it holds the lock.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new caller's place, and whether one more job must be asked for.
    fn enter(&self) -> (oneshot::Receiver<Result<Delivery, BusError>>, bool) {
        let (caller, place) = oneshot::channel();
        let mut waiting = self.lock();
        waiting.callers.retain(|caller| !caller.is_closed());
        waiting.callers.push_back(caller);
        let ask = waiting.asked < waiting.callers.len();
        waiting.asked += usize::from(ask);
        (place, ask)
    }

    /// Whether the job that is being asked for is still wanted. If not, it is asked for no more.
    fn still_wanted(&self) -> bool {
        let mut waiting = self.lock();
        waiting.callers.retain(|caller| !caller.is_closed());
        let wanted = waiting.asked <= waiting.callers.len();
        waiting.asked -= usize::from(!wanted);
        wanted
    }

    /// What was asked for came.
    fn answered(&self, answer: Result<Delivery, BusError>) {
        self.lock().asked -= 1;
        self.hand_over(answer);
    }

    /// Gives `answer` to the first caller who is still there. If there is none a job goes back, by being dropped.
    fn hand_over(&self, mut answer: Result<Delivery, BusError>) {
        loop {
            let Some(caller) = self.lock().callers.pop_front() else { return };
            match caller.send(answer) {
                Ok(()) => return,
                Err(unwanted) => answer = unwanted,
            }
        }
    }
}

impl Server {
    fn pulls(&self, queue: Queue) -> Result<&Pulls, BusError> {
        self.pulls.get(&queue).ok_or(BusError::Closed)
    }

    pub(super) async fn next(self: &Arc<Self>, queue: Queue) -> Result<Delivery, BusError> {
        let (place, ask) = self.pulls(queue)?.enter();
        if ask {
            tokio::spawn(Arc::clone(self).pull(queue));
        }
        place.await.unwrap_or(Err(BusError::Closed))
    }

    /// Asks for one job until one comes, nobody wants it any more, or our patience is at an end.
    async fn pull(self: Arc<Self>, queue: Queue) {
        let Ok(pulls) = self.pulls(queue) else { return };
        let mut failing = None::<Instant>;
        while pulls.still_wanted() {
            match self.pull_once(queue).await {
                Ok(Some(delivery)) => return pulls.answered(Ok(delivery)),
                Ok(None) => {
                    failing = None;
                    self.sweep_once(queue, pulls).await;
                }
                Err(trouble) => {
                    let since = *failing.get_or_insert_with(Instant::now);
                    tracing::debug!(%queue, error = one_line(&trouble), "cannot ask for a job; trying again");
                    if trouble.is_lasting() || since.elapsed() >= self.config.patience {
                        let error = BusError::Failed { channel: queue.to_string(), source: trouble.into() };
                        return pulls.answered(Err(error));
                    }
                    sleep(PAUSE).await;
                }
            }
        }
    }

    /// Sweeps while there is nothing to do; one of those who wait does it for all.
    async fn sweep_once(&self, queue: Queue, pulls: &Pulls) {
        let Ok(_sweeping) = pulls.sweeping.try_lock() else { return };
        if let Err(trouble) = self.sweep(queue).await {
            tracing::debug!(%queue, error = one_line(&trouble), "cannot sweep");
        }
    }

    /// Asks for one job. `None`: there is none at the moment.
    async fn pull_once(self: &Arc<Self>, queue: Queue) -> Result<Option<Delivery>, Trouble> {
        // What is sent while there is no connection would be answered when nobody listens any more.
        self.link.connected(Instant::now() + PAUSE).await?;
        let layout = self.layouts.newest();
        let server = Arc::clone(self);
        let consumer = layout.consumer(queue).to_owned();
        let mut asking = tokio::spawn(async move { server.ask_for_job(queue, &consumer).await });
        let answer = tokio::select! {
            answer = &mut asking => answer.map_err(Trouble::away)?,
            // The server may have forgotten that we asked. If not, and a job comes, it must not be left lying.
            () = self.link.reconnected() => {
                let server = Arc::clone(self);
                tokio::spawn(async move {
                    if let (Ok(Ok(Some(delivery))), Ok(pulls)) = (asking.await, server.pulls(queue)) {
                        pulls.hand_over(Ok(delivery));
                    }
                });
                // If it came back without its files, somebody else may have made all anew by now, and our consumer is not the
                // one that hands out jobs any more: a question to it would just not be answered.
                self.layouts.make(&self.link, &self.layouts.newest()).await?;
                return Ok(None);
            }
        };
        match answer {
            Err(Trouble::Missing) => {
                self.layouts.make(&self.link, &layout).await?;
                Ok(None)
            }
            // A question to a consumer that is gone is not always answered.
            Err(trouble) => {
                self.layouts.make(&self.link, &layout).await?;
                Err(trouble)
            }
            answer => answer,
        }
    }

    async fn ask_for_job(self: &Arc<Self>, queue: Queue, consumer: &str) -> Result<Option<Delivery>, Trouble> {
        let subject = format!("$JS.API.CONSUMER.MSG.NEXT.{}.{consumer}", self.names.jobs_stream(queue));
        let question = json!({ "batch": 1, "expires": u64::try_from(ASKED_FOR.as_nanos()).unwrap_or(u64::MAX) });
        // A job comes under its own subject, by which answers to a shared inbox could not be told apart.
        let inbox = self.link.client.new_inbox();
        let request = Request::new().payload(question.to_string().into()).inbox(inbox);
        let request = request.timeout(Some(ASKED_FOR + ANSWER));
        let asked = timeout(ASKED_FOR + ANSWER * 2, self.link.client.send_request(subject.clone(), request));
        let message = self.link.unless_forbidden(&subject, asked).await?.map_err(Trouble::away)??;
        match message.status {
            None | Some(StatusCode::OK) => {}
            // The question expired, or there was nothing.
            Some(StatusCode::TIMEOUT | StatusCode::NOT_FOUND) => return Ok(None),
            Some(_) => {
                let why = message.description.as_deref().unwrap_or("no reason given");
                return if why.contains("Consumer Deleted") { Err(Trouble::Missing) } else { Err(Trouble::away(why)) };
            }
        }
        let message = jetstream::Message { message, context: self.link.jetstream.clone() };
        let attempt = message.info().map_err(Trouble::away)?.delivered;
        self.take(queue, consumer, &message.message, u32::try_from(attempt).unwrap_or(u32::MAX)).await
    }

    /// Makes a delivery of what the server sent; or a dead letter of what was tried too often.
    async fn take(
        self: &Arc<Self>,
        queue: Queue,
        consumer: &str,
        message: &async_nats::Message,
        attempt: u32,
    ) -> Result<Option<Delivery>, Trouble> {
        let reply = message.reply.as_ref().ok_or_else(|| Trouble::away("a job that cannot be settled"))?;
        let id = message.headers.as_ref().and_then(|headers| headers.get(JOB)).map(|id| from_header(id.as_str()));
        // Somebody else's message on our subject: the last part of its subject has to do as its name.
        let id = id.unwrap_or_else(|| message.subject.rsplit('.').next().unwrap_or_default().to_owned());
        let told = Message { body: message.payload.clone(), trace: trace::of(message.headers.as_ref()) };
        let settle = NatsSettle::new(Arc::clone(self), queue, consumer, reply, &id, &told, attempt);
        let delivery = Delivery::new(id, told, attempt, Box::new(settle));
        if attempt <= MAX_ATTEMPTS {
            return Ok(Some(delivery));
        }
        tracing::error!(%queue, id = delivery.id, attempt, "gave up a job that was begun too often");
        let reason = format!("was begun {MAX_ATTEMPTS} times and never settled");
        delivery.fail(&reason).await.map_err(Trouble::away)?;
        Ok(None)
    }
}
