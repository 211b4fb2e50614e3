//! What things are called on the server.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest, Sha256};

use crate::{Queue, Topic};

/// What may stand in a token of a subject and in a key of the key-value store as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');
/// In a key of the small state, also what separates its parts.
const KEY: &AsciiSet = &PLAIN.remove(b'/');
/// The longest token; beyond that its hash stands for it.
const LONGEST: usize = 200;

/// The names of one deployment.
#[derive(Debug, Clone)]
pub(super) struct Names {
    deployment: String,
}

impl Names {
    pub(super) fn new(deployment: String) -> Self {
        Self { deployment }
    }

    /// The stream that holds a queue's jobs.
    pub(super) fn jobs_stream(&self, queue: Queue) -> String {
        format!("{}-jobs-{queue}", self.deployment)
    }

    /// The subject of a job: its own, so that the stream can tell whether it holds it.
    pub(super) fn job(&self, queue: Queue, id: &str) -> String {
        format!("{}.jobs.{queue}.{}", self.deployment, token(id))
    }

    /// The subjects of all jobs of a queue.
    pub(super) fn jobs(&self, queue: Queue) -> String {
        format!("{}.jobs.{queue}.*", self.deployment)
    }

    /// The stream that holds the jobs of a queue that were given up.
    pub(super) fn dead_stream(&self, queue: Queue) -> String {
        format!("{}-dead-{queue}", self.deployment)
    }

    /// The subject of a job that was given up.
    pub(super) fn dead_letter(&self, queue: Queue, id: &str) -> String {
        format!("{}.dead.{queue}.{}", self.deployment, token(id))
    }

    /// The subjects of all jobs of a queue that were given up.
    pub(super) fn dead_letters(&self, queue: Queue) -> String {
        format!("{}.dead.{queue}.*", self.deployment)
    }

    /// The subject of a topic.
    pub(super) fn events(&self, topic: Topic) -> String {
        format!("{}.events.{topic}", self.deployment)
    }

    /// The stream of the small state. Its name and subjects are those of a key-value bucket, so `nats kv` can look at it.
    pub(super) fn state_stream(&self) -> String {
        format!("KV_{}", self.deployment)
    }

    /// The subject of a key of the small state.
    pub(super) fn state(&self, key: &str) -> String {
        format!("$KV.{}.{}", self.deployment, encode(key, KEY))
    }

    /// The subjects of all keys of the small state.
    pub(super) fn states(&self) -> String {
        format!("$KV.{}.>", self.deployment)
    }
}

/// `text` as a token of a subject: different for different texts.
fn token(text: &str) -> String {
    if text.is_empty() {
        return "=".to_owned();
    }
    let encoded = encode(text, PLAIN);
    if encoded.len() <= LONGEST {
        return encoded;
    }
    let hash = Sha256::digest(text);
    hash.iter().fold("=sha256".to_owned(), |token, byte| format!("{token}{byte:02x}"))
}

/// As in a URL, with `=` for `%`, which keys of the key-value store cannot have.
fn encode(text: &str, set: &'static AsciiSet) -> String {
    utf8_percent_encode(text, set).to_string().replace('%', "=")
}

/// `text` as the value of a header: one line of ASCII.
pub(super) fn header(text: &str) -> String {
    const HEADER: &AsciiSet = &percent_encoding::CONTROLS.add(b'%');
    utf8_percent_encode(text, HEADER).to_string()
}

/// The text that [`header`] was made from.
pub(super) fn from_header(value: &str) -> String {
    percent_decode_str(value).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_has_a_subject_of_its_own() {
        let names = Names::new("x".to_owned());
        assert_eq!(names.job(Queue::Fetch, "0198-a.7"), "x.jobs.fetch.0198-a=2E7");
        let ids = ["a b", "a.b", "a=b", "a=2Eb", "a*", "a>", "a%20b", "ä", "", &"z".repeat(300), &"z".repeat(301)];
        let subjects: std::collections::BTreeSet<_> = ids.iter().map(|id| names.job(Queue::Runs, id)).collect();
        assert_eq!(subjects.len(), ids.len());
        assert!(subjects.iter().all(|subject| subject.len() < 250 && !subject.contains(['*', '>', ' '])));
    }

    #[test]
    fn keys_keep_their_parts() {
        assert_eq!(Names::new("x".to_owned()).state("runs/last"), "$KV.x.runs/last");
    }

    #[test]
    fn headers_hold_any_text() {
        for text in ["plain: text", "two\r\nlines", "ümlaut 100%"] {
            assert_eq!(from_header(&header(text)), text);
            assert!(header(text).is_ascii() && !header(text).contains(['\r', '\n']));
        }
    }
}
