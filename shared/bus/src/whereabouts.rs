//! Where a job is of which nothing is heard.

use crate::{BusError, BusHandle, Queue};

/// Where a job is of which nothing is heard, or its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whereabouts {
    /// In a queue or in work, as far as can be told: the queues are not empty.
    Queued,
    /// It was given up: nobody does it unless somebody has it queued again.
    GivenUp(GivenUp),
    /// The bus does not have it. It came back without its files, or somebody took the answer for his own.
    Lost,
}

/// A job that was given up, or whose answer was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("given up as dead letter {queue}/{id}: {reason}")]
pub struct GivenUp {
    /// The queue whose dead letter it is.
    pub queue: Queue,
    /// The job's id.
    pub id: String,
    /// Why.
    pub reason: String,
}

impl BusHandle {
    /// Where a job is. `queues` are those through which it and its answer go, in that order; both have the same id.
    pub async fn whereabouts(&self, queues: &[Queue], id: &str) -> Result<Whereabouts, BusError> {
        // Counted first, and in the order of the way: an answer is there before its question goes, and a dead letter
        // before the job.
        let is_queued = self.any_pending(queues).await?;
        Ok(match self.given_up(queues, id).await? {
            Some(letter) => Whereabouts::GivenUp(letter),
            None if is_queued => Whereabouts::Queued,
            None => Whereabouts::Lost,
        })
    }

    /// Whether any of these queues has a job.
    pub async fn any_pending(&self, queues: &[Queue]) -> Result<bool, BusError> {
        for &queue in queues {
            if self.port().pending(queue).await? > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The job of that id, if it is a dead letter of one of these queues.
    pub async fn given_up(&self, queues: &[Queue], id: &str) -> Result<Option<GivenUp>, BusError> {
        for &queue in queues {
            if let Some(letter) = self.port().dead_letter(queue, id).await? {
                return Ok(Some(GivenUp { queue, id: letter.id, reason: letter.reason }));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;

    use super::*;
    use crate::MemoryBus;

    #[tokio::test]
    async fn a_job_is_somewhere_or_lost() {
        let bus = BusHandle::new(Arc::new(MemoryBus::new()));
        let way = [Queue::Pack, Queue::Packed];
        let whereabouts = || bus.whereabouts(&way, "a");
        assert_eq!(whereabouts().await.unwrap(), Whereabouts::Lost);
        bus.port().enqueue(Queue::Pack, "a", Bytes::new().into()).await.unwrap();
        assert_eq!(whereabouts().await.unwrap(), Whereabouts::Queued);
        let delivery = bus.port().next(Queue::Pack).await.unwrap();
        assert_eq!(whereabouts().await.unwrap(), Whereabouts::Queued, "in work");
        delivery.done().await.unwrap();
        assert_eq!(whereabouts().await.unwrap(), Whereabouts::Lost);
        bus.port().enqueue(Queue::Packed, "a", Bytes::new().into()).await.unwrap();
        bus.port().next(Queue::Packed).await.unwrap().fail("torn").await.unwrap();
        // Others that wait do not hide it.
        bus.port().enqueue(Queue::Pack, "b", Bytes::new().into()).await.unwrap();
        let Whereabouts::GivenUp(letter) = whereabouts().await.unwrap() else { panic!("it was given up") };
        assert_eq!(letter.to_string(), "given up as dead letter packed/a: torn");
        assert_eq!(bus.whereabouts(&[Queue::Packed], "b").await.unwrap(), Whereabouts::Lost);
        bus.port().requeue(Queue::Packed, "a").await.unwrap();
        assert_eq!(whereabouts().await.unwrap(), Whereabouts::Queued);
    }
}
