//! The connection: made with patience, kept for as long as the bus is.

use std::time::Duration;

use async_nats::jetstream::{self, stream};
use async_nats::{Client, Event, HeaderMap, Request, ServerError};
use bytes::Bytes;
use romt_runtime::one_line;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::error::{Trouble, answer};
use super::{ConnectError, NatsConfig};

/// How long one question to the server may take, before it is asked anew.
pub(super) const ANSWER: Duration = Duration::from_secs(5);
/// The pause before the first try to connect.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
/// The longest pause between two tries to connect anew.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// Events and answers that wait to be read from one subscription, before the newest are dropped.
const BACKLOG: usize = 4_096;

/// A connection that comes back by itself.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) client: Client,
    pub(super) jetstream: jetstream::Context,
    state: watch::Receiver<State>,
    forbidden: watch::Receiver<Forbidden>,
    patience: Duration,
}

#[derive(Debug, Clone, Copy, Default)]
struct State {
    connected: bool,
    /// How often it has been connected.
    times: u64,
}

/// What the server says that we may not do.
#[derive(Debug, Clone, Default)]
struct Forbidden {
    /// The last of it.
    said: String,
    /// That no answer reaches us: said only once for each connection.
    answers: Option<String>,
}

/// How the server begins what it says of that.
const NO_ANSWERS: &str = "permissions violation for subscription to \"_inbox.";

/// What the server says when it has stored a message.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Stored {
    /// The message's number in its stream.
    pub(super) seq: u64,
}

impl Link {
    /// Connects; tries again while the server is not there yet.
    pub(super) async fn connect(config: &NatsConfig) -> Result<Self, ConnectError> {
        let begun = Instant::now();
        let (told, state) = watch::channel(State::default());
        let (said, forbidden) = watch::channel(Forbidden::default());
        let mut pause = Duration::from_millis(100);
        let client = loop {
            let error = match Self::try_connect(config, told.clone(), said.clone()).await? {
                Ok(client) => break client,
                Err(error) => error,
            };
            let address = config.to_string();
            match ConnectError::lasting(&address, error) {
                Ok(lasting) => return Err(lasting),
                Err(error) if begun.elapsed() + pause >= config.patience => {
                    return Err(ConnectError::Unreachable { address, waited: begun.elapsed(), source: error.into() });
                }
                Err(error) => tracing::warn!(address, %error, "NATS cannot be reached; trying again in {pause:?}"),
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        };
        let jetstream = jetstream::context::ContextBuilder::new().timeout(ANSWER).build(client.clone());
        Ok(Self { client, jetstream, state, forbidden, patience: config.patience })
    }

    async fn try_connect(
        config: &NatsConfig,
        told: watch::Sender<State>,
        forbidden: watch::Sender<Forbidden>,
    ) -> Result<Result<Client, async_nats::ConnectError>, ConnectError> {
        let address = config.to_string();
        let options = config.options().await?;
        let options = options
            .name(format!("romt ({})", config.deployment))
            .connection_timeout(ANSWER)
            .request_timeout(Some(ANSWER))
            .ping_interval(Duration::from_secs(10))
            .subscription_capacity(BACKLOG)
            .max_reconnects(None)
            .reconnect_delay_callback(pause_before)
            .event_callback(move |event| {
                note(&event, &address, &told, &forbidden);
                async {}
            });
        Ok(options.connect(&config.servers[..]).await)
    }

    /// Waits until there is a connection.
    pub(super) async fn connected(&self, deadline: Instant) -> Result<(), Trouble> {
        let mut state = self.state.clone();
        match timeout_at(deadline, state.wait_for(|state| state.connected)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(closed)) => Err(Trouble::away(closed)),
            Err(elapsed) => Err(Trouble::away(elapsed)),
        }
    }

    /// Ends when there is another connection than now.
    pub(super) fn reconnected(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut state = self.state.clone();
        let times = state.borrow().times;
        async move {
            if state.wait_for(|state| state.times > times).await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// A question to JetStream.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        question: &str,
        body: &(impl Serialize + Sync),
    ) -> Result<T, Trouble> {
        let body = serde_json::to_vec(body).map_err(Trouble::away)?;
        answer(&self.request(format!("$JS.API.{question}"), None, body.into()).await?)
    }

    /// Stores a message in the stream that its subject belongs to.
    pub(super) async fn store(&self, subject: String, headers: HeaderMap, body: Bytes) -> Result<Stored, Trouble> {
        answer(&self.request(subject, Some(headers), body).await?)
    }

    /// Sends a message and returns the answer's body.
    pub(super) async fn request(
        &self,
        subject: String,
        headers: Option<HeaderMap>,
        body: Bytes,
    ) -> Result<Bytes, Trouble> {
        let mut request = Request::new().payload(body).timeout(Some(ANSWER));
        if let Some(headers) = headers {
            request = request.headers(headers);
        }
        // The client waits for room to send in without a limit of its own.
        let asked = timeout(ANSWER * 2, self.client.send_request(subject.clone(), request));
        match self.unless_forbidden(&subject, asked).await? {
            Ok(answer) => Ok(answer?.payload),
            Err(elapsed) => Err(Trouble::away(elapsed)),
        }
    }

    /// What `asked` comes to; an error as soon as the server says that we may not ask on `subject`, or not hear answers. It
    /// says so beside the answer, which never comes.
    pub(super) async fn unless_forbidden<T>(
        &self,
        subject: &str,
        asked: impl Future<Output = T>,
    ) -> Result<T, Trouble> {
        let mut forbidden = self.forbidden.clone();
        forbidden.mark_unchanged();
        tokio::select! {
            biased;
            came = asked => Ok(came),
            said = heard(&mut forbidden, subject) => Err(Trouble::Forbidden(said)),
        }
    }

    /// What a stream is like.
    pub(super) async fn stream(&self, name: &str) -> Result<stream::Info, Trouble> {
        self.ask(&format!("STREAM.INFO.{name}"), &serde_json::json!({})).await
    }

    /// Calls `try_once` until it works, for as long as our patience lasts: with pauses, and only while there is a connection.
    /// What the server refuses for good is not tried again.
    pub(super) async fn persist<T, Fut>(&self, try_once: impl Fn() -> Fut) -> Result<T, Trouble>
    where
        Fut: Future<Output = Result<T, Trouble>>,
    {
        let deadline = Instant::now() + self.patience;
        let mut pause = Duration::from_millis(20);
        loop {
            self.connected(deadline).await?;
            let trouble = match try_once().await {
                Ok(done) => return Ok(done),
                Err(trouble) if trouble.is_lasting() => return Err(trouble),
                Err(trouble) => trouble,
            };
            if Instant::now() + pause >= deadline {
                return Err(trouble);
            }
            tracing::debug!(error = one_line(&trouble), "NATS failed; trying again in {pause:?}");
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

/// The pause before this attempt to connect, of which the first is number 1: hardly any then, but enough for a server that
/// takes us and sends us away again and again.
fn pause_before(attempt: usize) -> Duration {
    let Some(doublings) = attempt.checked_sub(2) else { return FIRST_PAUSE };
    let doublings = u32::try_from(doublings).unwrap_or(u32::MAX).min(6);
    (Duration::from_millis(50) * 2_u32.pow(doublings)).min(LONGEST_PAUSE)
}

/// What the server says, so that there will be no answer to what was asked on `subject`; waits for ever where it says nothing.
async fn heard(forbidden: &mut watch::Receiver<Forbidden>, subject: &str) -> String {
    let about = format!("\"{subject}\"");
    loop {
        if let Some(said) = forbidden.borrow().answers.clone() {
            return said;
        }
        if forbidden.changed().await.is_err() {
            return std::future::pending().await;
        }
        let said = forbidden.borrow_and_update().said.clone();
        if said.contains(&about) {
            return said;
        }
    }
}

fn note(event: &Event, address: &str, told: &watch::Sender<State>, forbidden: &watch::Sender<Forbidden>) {
    match event {
        Event::Connected => {
            tracing::info!(address, "connected to NATS");
            forbidden.send_replace(Forbidden::default());
            told.send_modify(|state| *state = State { connected: true, times: state.times + 1 });
        }
        Event::Disconnected => {
            tracing::warn!(address, "lost the connection to NATS");
            told.send_modify(|state| state.connected = false);
        }
        // As it tries again for ever, only because nobody here wants it any more.
        Event::Closed => {
            tracing::debug!(address, "closed the connection to NATS");
            told.send_modify(|state| state.connected = false);
        }
        Event::ServerError(ServerError::Other(said)) if said.to_lowercase().starts_with("permissions violation") => {
            tracing::error!(address, "NATS: {said}");
            let answers = said.to_lowercase().starts_with(NO_ANSWERS).then(|| said.clone());
            forbidden.send_modify(|before| {
                *before = Forbidden { said: said.clone(), answers: answers.or(before.answers.take()) };
            });
        }
        Event::SlowConsumer(_) => tracing::debug!(address, "events came faster than they were read"),
        other => tracing::warn!(address, "NATS: {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_attempt_hardly_waits_and_the_pauses_grow_to_a_limit() {
        let pauses = (1..=9).map(|attempt| pause_before(attempt).as_millis());
        assert_eq!(pauses.collect::<Vec<_>>(), [5, 50, 100, 200, 400, 800, 1_600, 2_000, 2_000]);
        assert_eq!(pause_before(usize::MAX), LONGEST_PAUSE);
    }
}
