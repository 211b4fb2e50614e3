//! The first page: what this is, and how to use it. Readable without scripts, in light and in dark.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderMap, Uri, header};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use romt_bus::messages::{LAST_RUN, RunSummary};
use romt_index::Snapshot;
use romt_types::ByteSize;
use tokio::time::timeout;

use super::App;
use crate::base_url::VARY;
use crate::refusal::{NO_SNIFFING, Refusal};
use crate::{BaseUrl, RustupParts, cargo_config, rustup_config};

const STYLE: &str = include_str!("start_page.css");

/// The page holds a style of its own and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";

/// How long the bus has to tell of the last run.
const PATIENCE: Duration = Duration::from_secs(1);

/// The names of failures that are shown; the log and `romt up` name all.
const FAILURES: usize = 10;

/// The page for the one who asks.
pub(super) async fn show(State(app): State<Arc<App>>, uri: Uri, headers: HeaderMap) -> Result<Response, Refusal> {
    let base = app.base_url(&uri, &headers)?;
    let current = app.current();
    let last_run = match &app.bus {
        Some(bus) => match timeout(PATIENCE, bus.state(LAST_RUN)).await {
            Ok(Ok(last_run)) => last_run,
            // A bus that is away goes on trying for longer than people wait.
            Err(_) => None,
            Ok(Err(error)) => {
                tracing::warn!(%error, "the first page cannot tell of the last run");
                None
            }
        },
        None => None,
    };
    let parts = RustupParts::of(&app.storage).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "the first page cannot tell of toolchains");
        RustupParts::default()
    });
    let page = page(&base, current.as_ref().map(|current| &current.snapshot), parts, last_run.as_ref());
    let own = [
        (header::CACHE_CONTROL, "no-store"),
        (header::VARY, VARY),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    Ok(([NO_SNIFFING], own, Html(page.into_string())).into_response())
}

fn page(base: &BaseUrl, snapshot: Option<&Snapshot>, parts: RustupParts, last_run: Option<&RunSummary>) -> Markup {
    let what = if parts.any() { "Rust crates and toolchains" } else { "Rust crates" };
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "romt: a mirror of " (what) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { "romt" }
                    p { "A mirror of " (what) ", for networks without internet." }
                }
                main {
                    @match snapshot {
                        Some(snapshot) => { (usage(base)) (rustup(base, parts)) (published(snapshot)) }
                        None if parts.any() => { (rustup(base, parts)) (selecting("No crates are published yet")) (usage(base)) }
                        None => { (selecting("Nothing is published yet")) (usage(base)) }
                    }
                    @if let Some(run) = last_run { (last(run)) }
                }
                footer {
                    "romt " (env!("CARGO_PKG_VERSION")) " · "
                    a href="metrics" { "metrics" } " · " a href="readyz" { "readiness" } " · " a href="healthz" { "health" }
                }
            }
        }
    }
}

fn usage(base: &BaseUrl) -> Markup {
    html! {
        section {
            h2 { "Use this mirror" }
            p {
                "Put these lines into " code { "~/.cargo/config.toml" } ", or into " code { ".cargo/config.toml" }
                " beside one project's " code { "Cargo.toml" } ":"
            }
            pre { code { (cargo_config(base)) } }
            p {
                "From then on " code { "cargo" } " takes its crates from here instead of crates.io. "
                "Nothing else changes: a " code { "Cargo.lock" } " stays as it is."
            }
        }
    }
}

fn rustup(base: &BaseUrl, parts: RustupParts) -> Markup {
    html! {
        @if parts.any() {
            section {
                h2 { "Use it for rustup" }
                p { "Put these lines into " code { "~/.profile" } ", or set the same variables in another way:" }
                pre { code { (rustup_config(base, parts)) } }
                p {
                    @if parts.toolchains {
                        "From then on " code { "rustup" } " takes toolchains from here. "
                    }
                    @if parts.releases {
                        "It updates itself from here. Where there is none yet, fetch and run "
                        code { (base) "/rustup/dist/x86_64-unknown-linux-gnu/rustup-init" }
                        ", or that of another target."
                    } @else {
                        "There is no rustup itself here: after " code { "rustup set auto-self-update disable" }
                        " it does not look for updates of itself elsewhere."
                    }
                }
            }
        }
    }
}

fn selecting(heading: &str) -> Markup {
    html! {
        section.notice {
            h2 { (heading) }
            p { "Say what to mirror where romt runs, by a project's lock file, its manifest, or by name:" }
            pre { code {
                "romt up --lockfile Cargo.lock\n"
                "romt up --manifest Cargo.toml\n"
                "romt up --crate serde --crate tokio@1"
            } }
        }
    }
}

fn published(snapshot: &Snapshot) -> Markup {
    html! {
        section {
            h2 { "Published" }
            dl {
                dt { "Since" } dd { (httpdate::fmt_http_date(snapshot.time)) }
                dt { "Snapshot" } dd { code { (snapshot.commit) } }
            }
        }
    }
}

fn last(run: &RunSummary) -> Markup {
    html! {
        section.notice[!run.is_complete()] {
            h2 { "Last run" }
            @if let Some(error) = run.error.first() {
                p { strong { "It could not be done: " } (error) }
            }
            dl {
                @if let Some(ended) = shown_time(run.ended) { dt { "Ended" } dd { (ended) } }
                dt { "Selected" } dd { (run.selected) }
                dt { "New" } dd { (run.new) }
                dt { "Removed" } dd { (run.removed) }
                dt { "Failed" } dd { (run.failed) }
                dt { "Downloaded" } dd { (ByteSize(run.bytes)) }
            }
            @if !run.failures.is_empty() {
                p { "What could not be had is tried again in the next run:" }
                ul {
                    @for failure in run.failures.iter().take(FAILURES) {
                        li { code { (failure.what) } ": " (failure.reason) }
                    }
                    @if run.failures.len() > FAILURES { li { "and more; the log names them." } }
                }
            }
        }
    }
}

/// The first second of the year 10000, which HTTP dates cannot tell.
const YEAR_10000: u64 = 253_402_300_800;

/// A time in seconds since 1970; `None` if it was not told or cannot be.
fn shown_time(seconds: u64) -> Option<String> {
    let told = (1..YEAR_10000).contains(&seconds);
    told.then(|| httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds)))
}

#[cfg(test)]
mod tests {
    use romt_bus::messages::Failure;

    use super::*;

    fn base() -> BaseUrl {
        "http://mirror.example:8000".parse().unwrap()
    }

    /// The body alone, a tag a line, so that a change shows where it is.
    fn body(page: Markup) -> String {
        let page = page.into_string();
        let body = page.split_once("</head>").unwrap().1;
        body.replace("><", ">\n<").replace(env!("CARGO_PKG_VERSION"), "VERSION")
    }

    #[test]
    fn an_empty_mirror_says_how_to_fill_it() {
        insta::assert_snapshot!(body(page(&base(), None, RustupParts::default(), None)));
    }

    #[test]
    fn a_mirror_says_what_it_serves() {
        let time = UNIX_EPOCH + Duration::from_secs(1_795_255_201);
        let snapshot = Snapshot { commit: "c".repeat(40), tree: "d".repeat(40), time };
        let failures = vec![Failure { what: "left-pad@1.0.0".into(), reason: "<b>404</b> & gone".into() }];
        let run = RunSummary { selected: 300, new: 12, failed: 1, failures, bytes: 3_400_000, ..RunSummary::default() };
        insta::assert_snapshot!(body(page(&base(), Some(&snapshot), RustupParts::default(), Some(&run))));
    }

    #[test]
    fn rustup_is_told_of_what_is_there_for_it() {
        let told = |toolchains, releases| {
            let body = body(page(&base(), None, RustupParts { toolchains, releases }, None));
            let (lines, _) = body.split_once("<section class=\"notice\">").unwrap();
            lines.to_owned()
        };
        insta::assert_snapshot!(told(true, true));
        let (toolchains, releases) = (told(true, false), told(false, true));
        assert!(
            toolchains.contains("RUSTUP_DIST_SERVER") && !toolchains.contains("RUSTUP_UPDATE_ROOT"),
            "{toolchains}"
        );
        assert!(toolchains.contains("auto-self-update disable"), "{toolchains}");
        assert!(releases.contains("RUSTUP_UPDATE_ROOT") && !releases.contains("RUSTUP_DIST_SERVER"), "{releases}");
    }

    #[test]
    fn nothing_from_outside_becomes_markup() {
        let failures = vec![Failure { what: "<script>".into(), reason: "\"><img>".into() }; 12];
        let run = RunSummary { error: vec!["<i>".into()], failures, ..RunSummary::default() };
        let page = page(&base(), None, RustupParts::default(), Some(&run)).into_string();
        for tag in ["<script", "<img", "<i>"] {
            assert!(!page.contains(tag), "{tag}");
        }
        assert_eq!(page.matches("&lt;script&gt;").count(), FAILURES);
    }
}
