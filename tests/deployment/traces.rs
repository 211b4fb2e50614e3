//! What a deployment tells a collector of traces, and what a collector that is no good does to it: nothing.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use romt_testkit::{CollectorMood, FakeCollector, FakeCrate, Process, Romt, SpanTold, Upstream};
use romt_tests::{Deployment, IS_INDEXER, SYNCED};

/// What a process may take to stop, with the two seconds that it waits for a collector that does not answer.
const STOP: Duration = Duration::from_secs(6);

/// One that sends its spans to a collector, soon.
fn deployment(test: &str, upstream: &Upstream, endpoint: &str) -> Option<Deployment> {
    let mut deployment = Deployment::start(test, upstream)?;
    deployment.set("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint);
    deployment.set("OTEL_BSP_SCHEDULE_DELAY", "50");
    Some(deployment)
}

/// The spans of the one trace that begins with a span of this name.
#[track_caller]
fn trace<'a>(spans: &'a [SpanTold], first: &str) -> Vec<&'a SpanTold> {
    let firsts: Vec<_> = spans.iter().filter(|span| span.name == first).collect();
    let [first] = firsts[..] else { panic!("`{first}` came {} times: {spans:#?}", firsts.len()) };
    assert_eq!(first.parent, "", "`{}` is not the first of its trace", first.name);
    spans.iter().filter(|span| span.trace == first.trace).collect()
}

/// Each span as `service: name < parent's name`.
fn shown(trace: &[&SpanTold]) -> BTreeSet<String> {
    let parent = |span: &SpanTold| match trace.iter().find(|other| other.id == span.parent) {
        Some(parent) => parent.name.clone(),
        None if span.parent.is_empty() => "-".to_owned(),
        None => "a span that nobody told of".to_owned(),
    };
    trace.iter().map(|span| format!("{}: {} < {}", span.service(), span.name, parent(span))).collect()
}

#[test]
fn a_sync_is_one_trace_and_an_export_is_one() {
    let upstream = Upstream::start();
    upstream.publish(FakeCrate::new("tool", "1.0.0"));
    let collector = FakeCollector::start(CollectorMood::Takes);
    let Some(mut deployment) = deployment("a_sync_is_one_trace", &upstream, &collector.endpoint()) else { return };
    let indexer = deployment.indexer(&["--crate", "tool", "--versions", "all"]);
    let fetcher = deployment.spawn(&["fetcher", "--json", "-v"]);
    let packer = deployment.spawn(&["packer", "--outbox", "outbox"]);
    let server = deployment.server(&[]);
    indexer.wait_for_lines(1, SYNCED);
    upstream.publish(FakeCrate::new("tool", "1.1.0"));
    deployment.sync();
    // The variables that everybody knows count here, too.
    deployment.set("OTEL_SERVICE_NAME", "desk");
    deployment.set("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=trial");
    deployment.run(&["export"]).succeeds();
    let logged = fetcher.terminate().succeeds();
    for service in [indexer, packer, server.into_process()] {
        service.terminate().succeeds();
    }
    let spans = collector.spans(|spans| ["romt sync", "romt export"].iter().all(|&name| has(spans, name)));

    let sync = trace(&spans, "romt sync");
    let expected = [
        "romt-fetcher: fetch batch < fetch",
        "romt-indexer: fetch < run sync",
        "romt-indexer: plan < run sync",
        "romt-indexer: publish < run sync",
        "romt-indexer: run sync < romt sync",
        "romt-indexer: select < run sync",
        "romt-server: follow < publish",
        "romt-sync: romt sync < -",
    ];
    assert_eq!(shown(&sync), expected.map(str::to_owned).into());
    let batch = sync.iter().find(|span| span.name == "fetch batch").unwrap();
    assert_eq!(batch.attribute("romt.files"), Some("1"), "{batch:?}");
    assert_eq!(batch.attribute("romt.failed"), Some("0"), "{batch:?}");
    assert!(batch.attribute("romt.bytes").is_some_and(|bytes| bytes != "0"), "{batch:?}");
    assert_eq!(batch.attribute("service.version"), Some(env!("CARGO_PKG_VERSION")));
    let run = sync.iter().find(|span| span.name == "run sync").unwrap();
    assert_eq!(run.attribute("romt.run"), batch.attribute("romt.run"));
    assert!(sync.iter().all(|span| !span.failed), "{sync:#?}");

    let export = trace(&spans, "romt export");
    let expected = [
        "desk: romt export < -",
        "romt-indexer: bundle index < run export",
        "romt-indexer: plan < run export",
        "romt-indexer: run export < romt export",
        "romt-indexer: wait for archive < run export",
        "romt-packer: pack archive < wait for archive",
    ];
    assert_eq!(shown(&export), expected.map(str::to_owned).into());
    let desk = export.iter().find(|span| span.name == "romt export").unwrap();
    assert_eq!(desk.attribute("deployment.environment"), Some("trial"));
    let packed = export.iter().find(|span| span.name == "pack archive").unwrap();
    assert_eq!(packed.attribute("romt.files"), Some("2"), "{packed:?}");
    assert!(packed.attribute("romt.archive").is_some_and(|name| name.starts_with("crates-")), "{packed:?}");

    // The sync that nobody asked for is one of its own; and whoever reads a log finds the trace of what it tells.
    assert!(spans.iter().any(|span| span.name == "run sync" && span.parent.is_empty()), "{spans:#?}");
    let line = logged.stderr.lines().filter(|line| line.contains("answered a batch")).nth(1).unwrap_or_default();
    let line: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
    assert_eq!((&line["trace_id"], &line["span_id"]), (&(&*batch.trace).into(), &(&*batch.id).into()), "{line}");
}

fn has(spans: &[SpanTold], name: &str) -> bool {
    spans.iter().any(|span| span.name == name)
}

#[test]
fn an_archive_that_is_asked_for_is_one_trace_up_to_the_servers() {
    let upstream = Upstream::start();
    upstream.publish(FakeCrate::new("tool", "1.0.0"));
    let test = "an_archive_that_is_asked_for_is_one_trace";
    let Some(sides) = crate::archives::Sides::start(test, &upstream) else { return };
    let services = [sides.exporter.fetcher(), sides.exporter.spawn(&["packer"])];
    let indexer = sides.exporter.indexer(&["--crate", "tool"]);
    indexer.wait_for_lines(1, "the export is through");
    for service in services.into_iter().chain([indexer]) {
        service.terminate().succeeds();
    }
    let collector = FakeCollector::start(CollectorMood::Takes);
    let mut importer = sides.importer;
    importer.set("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint());
    importer.set("OTEL_BSP_SCHEDULE_DELAY", "50");
    // Long enough for the packer to be asked before it takes the archive.
    importer.set("ROMT_SETTLE_TIME", "5s");
    let server = importer.server(&[]);
    let services = [importer.indexer(&[]), importer.spawn(&["packer"])];
    services[0].wait_for_lines(1, IS_INDEXER);
    services[1].wait_for_lines(1, crate::archives::WATCHES);
    let outbox = sides.exporter.folder().join("outbox");
    let archive = crate::archives::names(&outbox).into_iter().find(|name| name.ends_with(".tar.gz")).unwrap();
    std::fs::copy(outbox.join(&archive), importer.folder().join("inbox").join(&archive)).unwrap();
    importer.run(&["import"]).succeeds().says("1 admitted");
    for service in services.into_iter().chain([server.into_process()]) {
        service.terminate().succeeds();
    }
    let spans = collector.spans(|spans| has(spans, "romt import"));
    let expected = [
        "romt-import: romt import < -",
        "romt-indexer: admit < wait for admission",
        "romt-packer: take archive < romt import",
        "romt-packer: verify and unpack < take archive",
        "romt-packer: wait for admission < take archive",
        "romt-server: follow < admit",
    ];
    assert_eq!(shown(&trace(&spans, "romt import")), expected.map(str::to_owned).into());
}

/// The services of one process talk over a bus of its memory, and it is the same there.
#[test]
fn a_run_of_romt_up_is_one_trace() {
    let upstream = Upstream::start();
    upstream.publish(FakeCrate::new("tool", "1.0.0"));
    let collector = FakeCollector::start(CollectorMood::Takes);
    let mut romt = Romt::with(&upstream);
    romt.set("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &format!("{}/v1/traces", collector.endpoint()));
    romt.up_once(&["--crate", "tool", "--export", "outbox"]).succeeds();
    let spans = collector.spans(|spans| ["run sync", "run export"].iter().all(|&name| has(spans, name)));
    let names: BTreeSet<_> = trace(&spans, "run sync").iter().map(|span| (span.service(), &*span.name)).collect();
    let expected = ["run sync", "select", "plan", "fetch", "fetch batch", "publish"].map(|name| ("romt-up", name));
    assert_eq!(names, expected.into());
    let names: BTreeSet<_> = trace(&spans, "run export").iter().map(|span| (span.service(), &*span.name)).collect();
    let expected = ["run export", "plan", "bundle index", "wait for archive", "pack archive"];
    assert_eq!(names, expected.map(|name| ("romt-up", name)).into());
}

/// Syncs, and stops all; returns what the services said. Nothing may take its time.
fn sync_beside(deployment: &Deployment, upstream: &Upstream) -> [String; 2] {
    upstream.publish(FakeCrate::new("tool", "1.0.0"));
    let indexer = deployment.indexer(&["--crate", "tool", "--versions", "all"]);
    let fetcher = deployment.fetcher();
    indexer.wait_for_lines(1, SYNCED);
    upstream.publish(FakeCrate::new("tool", "1.1.0"));
    let sync = deployment.run(&["sync"]).succeeds();
    assert!(sync.took < STOP * 2, "{sync}");
    assert_eq!(deployment.audit(upstream), ["tool@1.0.0", "tool@1.1.0"]);
    [indexer, fetcher].map(stop)
}

fn stop(service: Process) -> String {
    let begun = Instant::now();
    let stopped = service.terminate().succeeds();
    assert!(begun.elapsed() < STOP, "it took {:?} to stop\n{stopped}", begun.elapsed());
    stopped.stderr
}

#[test]
fn a_collector_that_is_away_costs_a_warning() {
    let upstream = Upstream::start();
    // Nobody listens there when this is gone.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let endpoint = format!("http://user:secret@127.0.0.1:{port}");
    let Some(deployment) = deployment("a_collector_that_is_away", &upstream, &endpoint) else { return };
    for said in sync_beside(&deployment, &upstream) {
        assert_eq!(said.matches("traces cannot be sent").count(), 1, "{said}");
        assert!(said.contains(&format!("127.0.0.1:{port}")) && !said.contains("secret"), "{said}");
    }
}

#[test]
fn a_collector_that_refuses_or_does_not_answer_holds_nobody_up() {
    for mood in [CollectorMood::Hangs, CollectorMood::Refuses(503)] {
        let upstream = Upstream::start();
        let collector = FakeCollector::start(mood);
        let test = "a_collector_that_does_not_answer";
        let Some(deployment) = deployment(test, &upstream, &collector.endpoint()) else { return };
        sync_beside(&deployment, &upstream);
        assert!(collector.requests() > 0, "{mood:?}: nobody asked it");
    }
}

#[test]
fn traces_are_only_sent_where_and_as_they_are_wanted() {
    let upstream = Upstream::start();
    upstream.publish(FakeCrate::new("tool", "1.0.0"));
    let collector = FakeCollector::start(CollectorMood::Takes);
    let test = "traces_are_only_sent_where_they_are_wanted";
    let Some(mut deployment) = deployment(test, &upstream, &collector.endpoint()) else { return };
    let off = [("OTEL_SDK_DISABLED", "true"), ("OTEL_TRACES_EXPORTER", "none"), ("OTEL_TRACES_SAMPLER", "always_off")];
    for (name, value) in off {
        deployment.set(name, value);
        let services = [deployment.indexer(&["--crate", "tool"]), deployment.fetcher()];
        services[0].wait_for_lines(1, SYNCED);
        for service in services {
            stop(service);
        }
        deployment.set(name, "");
    }
    deployment.set("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    let services = [deployment.indexer(&["--crate", "tool"]), deployment.fetcher()];
    services[0].wait_for_lines(1, SYNCED);
    for said in services.map(stop) {
        assert!(said.contains("no traces are sent") && said.contains("OTEL_EXPORTER_OTLP_PROTOCOL: `grpc`"), "{said}");
        assert!(said.contains("OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"), "{said}");
    }
    assert_eq!(collector.requests(), 0);
}
