//! Asking the indexer to publish what an archive brings, and waiting for its answer.

use std::time::Duration;

use romt_bus::messages::{Admission, AdmissionOutcome, AdmissionSettled};
use romt_bus::{BusHandle, Job as _, Queue, Whereabouts};
use tokio::sync::Notify;
use tokio::time::timeout;

/// When no answer comes for that long, it is looked whether the bus still has the question, or has given it up.
const LOST_AFTER: Duration = Duration::from_secs(10);
/// What the bus lost so often is not asked for again.
const TIMES: u32 = 10;
/// The way of a question and its answer.
const WAY: [Queue; 2] = [Admission::QUEUE, AdmissionSettled::QUEUE];
const GIVEN_UP_HINT: &str = "`romt jobs` shows what was given up, and `romt jobs discard QUEUE/ID` forgets it; the archive is \
                             taken anew in a while, or at once with `romt import`";

/// Asks, and waits for as long as the question waits to be answered; `waiting` is rung when that takes long. Was it given up, or
/// the answer, it has [failed](AdmissionOutcome::Failed).
pub(super) async fn ask(bus: &BusHandle, admission: &Admission, waiting: &Notify) -> anyhow::Result<AdmissionOutcome> {
    bus.submit(admission).await?;
    let mut times = 1;
    loop {
        let Ok(answer) = timeout(LOST_AFTER, bus.next_job::<AdmissionSettled>()).await else {
            if let Some(outcome) = unanswered(bus, admission, &mut times).await? {
                return Ok(outcome);
            }
            waiting.notify_one();
            continue;
        };
        let answer = answer?;
        let AdmissionSettled { run, outcome } = answer.job.clone();
        answer.done().await?;
        // An answer that a killed packer did not hear, or came after it was waited for: that archive is taken anew.
        if run == admission.run {
            return Ok(outcome);
        }
    }
}

/// Nothing was heard for a while: how it ends if it will not be answered. What the bus has lost is asked for again.
async fn unanswered(
    bus: &BusHandle,
    admission: &Admission,
    times: &mut u32,
) -> anyhow::Result<Option<AdmissionOutcome>> {
    match bus.whereabouts(&WAY, &admission.id()).await? {
        Whereabouts::Queued => Ok(None),
        Whereabouts::GivenUp(letter) => Ok(Some(failed(letter.to_string(), Some(GIVEN_UP_HINT)))),
        Whereabouts::Lost if *times >= TIMES => {
            Ok(Some(failed(format!("the bus lost the question {TIMES} times"), None)))
        }
        Whereabouts::Lost => {
            let archive = &admission.archive;
            tracing::warn!(archive, "the bus has lost what the indexer was asked for; asking again");
            *times += 1;
            bus.submit(admission).await?;
            Ok(None)
        }
    }
}

fn failed(why: String, hint: Option<&str>) -> AdmissionOutcome {
    let error = vec!["the indexer does not say that it is published".to_owned(), why];
    AdmissionOutcome::Failed { error, hint: hint.map(str::to_owned) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use romt_bus::messages::{AdmissionContent, Admitted};
    use romt_bus::{MAX_ATTEMPTS, MemoryBus};
    use tokio::time::Instant;

    use super::*;

    fn bus() -> BusHandle {
        BusHandle::new(Arc::new(MemoryBus::new()))
    }

    fn admission(run: &str) -> Admission {
        let content = AdmissionContent::Rustup { list: "list".to_owned() };
        Admission { run: run.parse().unwrap(), archive: "a.tar.gz".to_owned(), content }
    }

    fn admitted() -> AdmissionOutcome {
        AdmissionOutcome::Admitted(Admitted { new: 1, ..Admitted::default() })
    }

    async fn ask(bus: &BusHandle, admission: &Admission) -> anyhow::Result<AdmissionOutcome> {
        super::ask(bus, admission, &Notify::new()).await
    }

    #[track_caller]
    fn why(outcome: AdmissionOutcome) -> (String, Option<String>) {
        match outcome {
            AdmissionOutcome::Failed { error, hint } => (error[1].clone(), hint),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_question_that_ends_every_indexer_is_not_waited_for() {
        let (bus, begun) = (bus(), Instant::now());
        let deadly = bus.clone();
        let indexer = tokio::spawn(async move {
            for _ in 0..MAX_ATTEMPTS {
                drop(deadly.next_job::<Admission>().await.unwrap());
            }
            // It is found to be dead by the next one who looks for work, who has nothing to do then.
            let _ = timeout(LOST_AFTER, deadly.next_job::<Admission>()).await;
        });
        let (reason, hint) = why(ask(&bus, &admission("one")).await.unwrap());
        assert_eq!(reason, "given up as dead letter admit/one: was begun 100 times and never settled");
        assert!(hint.unwrap().contains("romt jobs") && begun.elapsed() <= LOST_AFTER * 2);
        indexer.await.unwrap();
        assert_eq!(bus.port().pending(Queue::Admit).await.unwrap(), 0, "it was not asked for again");

        // Had it queued again: the answer is nothing to whoever waits for another one by then.
        assert!(bus.port().requeue(Queue::Admit, "one").await.unwrap());
        let indexer = bus.clone();
        tokio::spawn(async move {
            for outcome in [AdmissionOutcome::Early { missing: Vec::new() }, admitted()] {
                let delivery = indexer.next_job::<Admission>().await.unwrap();
                indexer.submit(&AdmissionSettled { run: delivery.job.run.clone(), outcome }).await.unwrap();
                delivery.done().await.unwrap();
            }
        });
        assert_eq!(ask(&bus, &admission("two")).await.unwrap(), admitted());
        assert!(bus.port().dead_letters(Queue::Admit).await.unwrap().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_was_given_up_is_none() {
        let bus = bus();
        let indexer = bus.clone();
        tokio::spawn(async move {
            let delivery = indexer.next_job::<Admission>().await.unwrap();
            // Of another version of romt, perhaps.
            indexer.port().enqueue(Queue::Admitted, "one", "{}".to_owned().into()).await.unwrap();
            delivery.done().await.unwrap();
        });
        let (reason, _) = why(ask(&bus, &admission("one")).await.unwrap());
        assert!(reason.starts_with("given up as dead letter admitted/one: cannot be read"), "{reason}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_bus_lost_is_asked_for_again_but_not_for_ever() {
        let bus = bus();
        let loser = bus.clone();
        let lost = tokio::spawn(async move {
            for _ in 0..TIMES - 1 {
                loser.next_job::<Admission>().await.unwrap().done().await.unwrap();
            }
            let delivery = loser.next_job::<Admission>().await.unwrap();
            let run = delivery.job.run.clone();
            loser.submit(&AdmissionSettled { run, outcome: admitted() }).await.unwrap();
            delivery.done().await.unwrap();
            for _ in 0..TIMES {
                loser.next_job::<Admission>().await.unwrap().done().await.unwrap();
            }
        });
        assert_eq!(ask(&bus, &admission("one")).await.unwrap(), admitted());
        let (reason, _) = why(ask(&bus, &admission("two")).await.unwrap());
        assert_eq!(reason, "the bus lost the question 10 times");
        lost.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_question_that_waits_is_waited_for() {
        let (bus, waiting, patient) = (bus(), Notify::new(), admission("one"));
        assert!(timeout(Duration::from_hours(1), super::ask(&bus, &patient, &waiting)).await.is_err());
        timeout(LOST_AFTER, waiting.notified()).await.expect("it is told");
        assert_eq!(bus.port().pending(Queue::Admit).await.unwrap(), 1);
    }
}
