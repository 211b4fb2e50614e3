//! A service that fails now and then.

use std::time::Duration;

use romt_replica::{Publisher, Replica, ReplicaError};
use romt_storage::StorageError;
use romt_testkit::{FaultyS3, S3Fault, S3Kind, S3Server, not_run};

use crate::{index, stores};

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_fails_now_and_then_delays_and_spoils_nothing() {
    const FAULTS: [S3Fault; 6] = [
        S3Fault::Status(503),
        S3Fault::CutAnswer,
        S3Fault::LostAnswer,
        S3Fault::Slow(Duration::from_millis(200)),
        S3Fault::LostRequest,
        S3Fault::WrongStatus(500),
    ];
    let Some(service) = S3Server::start(S3Kind::Moto) else {
        return not_run("an index on a failing service", S3Kind::Moto.how_to_install());
    };
    let faulty = FaultyS3::start(service.address(), |_| S3Fault::None);
    let storage = stores::connect(&faulty.endpoint()).await;
    faulty.change(|request| match request.number % 4 {
        1 => FAULTS[request.number / 4 % FAULTS.len()],
        _ => S3Fault::None,
    });
    let here = tempfile::tempdir().unwrap();
    let repository = here.path().join("index");
    let mut publisher = Publisher::new(storage.clone(), &repository, 1);
    let mut replica = Replica::open(&here.path().join("copy")).await.unwrap();
    let (mut failed, mut seen) = (0, None);
    for number in 0..30 {
        index::publish(&repository, number);
        while let Err(error) = publisher.publish().await {
            failed += 1;
            let is_passing =
                matches!(error, ReplicaError::Storage(StorageError::Failed { .. } | StorageError::Conflict { .. }));
            assert!(is_passing, "{error:?}");
        }
        loop {
            match replica.follow(&storage).await {
                Ok(_) => break,
                Err(error) => {
                    failed += 1;
                    assert!(matches!(error, ReplicaError::Storage(StorageError::Failed { .. })), "{error:?}");
                    assert_eq!(index::published(&replica.repository()), seen, "what was there is served on");
                }
            }
        }
        seen = index::published(&replica.repository());
        assert_eq!(seen, Some(number));
    }
    println!("30 states; {} of {} requests went wrong, {failed} calls failed", faulty.failed(), faulty.asked());
}
