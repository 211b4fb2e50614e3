//! What a job is called on the command line.

use std::fmt;
use std::str::FromStr;

use romt_bus::Queue;

/// A job: its queue and its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct JobName {
    pub(super) queue: Queue,
    pub(super) id: String,
}

impl FromStr for JobName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (queue, id) = text.split_once('/').ok_or("it is not QUEUE/ID")?;
        let found = Queue::ALL.into_iter().find(|found| found.as_str() == queue);
        let queue = found.ok_or_else(|| {
            let names: Vec<_> = Queue::ALL.iter().map(|queue| queue.as_str()).collect();
            format!("there is no queue `{queue}`; there are {}", names.join(", "))
        })?;
        Ok(Self { queue, id: id.to_owned() })
    }
}

impl fmt::Display for JobName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.queue, self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_is_shown() {
        let name: JobName = "fetch/a/b".parse().unwrap();
        assert_eq!((name.queue, &*name.id, &*name.to_string()), (Queue::Fetch, "a/b", "fetch/a/b"));
        assert_eq!("fetch".parse::<JobName>().unwrap_err(), "it is not QUEUE/ID");
        assert!("fetsh/a".parse::<JobName>().unwrap_err().contains("runs, fetch, fetched"));
    }
}
