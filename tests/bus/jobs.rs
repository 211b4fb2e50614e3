//! `romt jobs` on a real nats-server.

use romt_bus::{BusHandle, Queue, connect};
use romt_testkit::{NatsProgram, NatsServer, Process, RomtProgram, not_run};

/// Calls `romt jobs` on a bus.
fn jobs(address: &str, arguments: &[&str]) -> romt_testkit::Outcome {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = std::process::Command::new(RomtProgram::ours().path());
    command.current_dir(folder.path()).env("ROMT_BUS", address).env_remove("RUST_LOG");
    command.arg("jobs").args(arguments).args(["-q"]);
    Process::spawn(command).wait()
}

/// A job that is given up.
async fn give_up(bus: &BusHandle, id: &str) {
    bus.port().enqueue(Queue::Fetch, id, format!(r#"{{"job":"{id}"}}"#).into()).await.expect("enqueue");
    bus.port().next(Queue::Fetch).await.expect("next").fail(&format!("no {id}\nto be had")).await.expect("fail");
}

#[test]
fn jobs_are_shown_requeued_and_discarded() {
    let Some(program) = NatsProgram::all().pop() else {
        return not_run("romt jobs", "nats-server is not installed; `tests/run services` installs it");
    };
    let server = NatsServer::start(&program);
    let address = format!("{}/export", server.url());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let bus = runtime.block_on(async {
        let bus = connect(&address.parse().expect("an address")).await.expect("a bus");
        for id in ["a", "b", "c.1"] {
            give_up(&bus, id).await;
        }
        bus.port().enqueue(Queue::Runs, "waits", "{}".to_owned().into()).await.expect("enqueue");
        bus
    });

    let list = jobs(&address, &[]).succeeds();
    assert!(list.stdout.contains("runs            1 waiting or in work\nfetch           0 waiting"), "{list}");
    assert!(list.stdout.contains("fetch/c.1\n  given up 2"), "{list}");
    assert!(list.stdout.contains("Z, begun 1 time: no c.1 to be had\n"), "{list}");
    let list = jobs(&address, &["list", "--json"]).succeeds();
    let lines: Vec<serde_json::Value> =
        list.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let queues = Queue::ALL.len();
    assert_eq!(lines.len(), queues + 3, "{list}");
    assert_eq!((&lines[0]["queue"], &lines[0]["pending"]), (&"runs".into(), &1.into()));
    assert_eq!((&lines[queues]["id"], &lines[queues]["reason"]), (&"a".into(), &"no a\nto be had".into()));
    assert_eq!(lines[queues]["job"]["job"], "a");

    let elsewhere = format!("{}/exprot", server.url());
    for arguments in [&[][..], &["discard", "--all"]] {
        let nothing = jobs(&elsewhere, arguments).exits_with(1);
        assert!(nothing.stdout.is_empty());
        nothing.says("error: there is no deployment `exprot`").says("hint: is the name at the end");
    }

    let requeued = jobs(&address, &["requeue", "fetch/a", "fetch/nowhere"]).exits_with(1).says("fetch/nowhere");
    assert_eq!(requeued.stdout, "requeued fetch/a\n");
    let discarded = jobs(&address, &["discard", "--all"]).succeeds();
    assert_eq!(discarded.stdout, "discarded fetch/b\ndiscarded fetch/c.1\n");
    assert_eq!(jobs(&address, &["list"]).succeeds().stdout.lines().count(), queues);
    runtime.block_on(async {
        let again = bus.port().next(Queue::Fetch).await.expect("next");
        assert_eq!((again.id.as_str(), &again.body[..]), ("a", &br#"{"job":"a"}"#[..]));
        again.done().await.expect("done");
    });
}
