//! Answers as a bad upstream gives them.

use std::io::Write;

use axum::http::{StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use serde_json::Value;

use super::answer::Answer;
use super::body::{Ending, Paced};
use super::connection::Peer;
use super::journal::Answering;
use super::{Mischief, Resource};

/// Names and versions that would land outside a mirror if they were believed.
const TRAVERSAL: &str = "../../../../../outside";

/// `right`, after `mischief` was done to it.
pub(super) async fn bend(
    right: Answer,
    mischief: Option<Mischief>,
    resource: &Resource,
    path: &str,
    peer: &Peer,
    answering: Answering,
) -> Response {
    let mut body = Paced { ending: Ending::Complete, bytes_per_second: None, _answering: answering };
    let mut answer = right;
    let mut length = Some(answer.body.len());
    match mischief {
        None | Some(Mischief::Hold | Mischief::NoRanges) => {}
        Some(Mischief::Status(status)) => {
            answer = error(StatusCode::from_u16(status).expect("a status"));
            length = Some(answer.body.len());
        }
        Some(Mischief::TooManyRequests { retry_after }) => {
            answer = error(StatusCode::TOO_MANY_REQUESTS).with(header::RETRY_AFTER, &retry_after.to_string());
            length = Some(answer.body.len());
        }
        Some(Mischief::Unavailable) => {
            answer = error(StatusCode::SERVICE_UNAVAILABLE);
            length = Some(answer.body.len());
        }
        Some(Mischief::CutBody { after_bytes }) => {
            answer.body.truncate(after_bytes);
            body.ending = Ending::Cut;
        }
        Some(Mischief::WrongBytes) => answer.body = answer.body.iter().map(|byte| !byte).collect(),
        Some(Mischief::EndlessBody) => {
            length = None;
            body.ending = Ending::Never;
        }
        Some(Mischief::SlowBody { bytes_per_second }) => body.bytes_per_second = Some(bytes_per_second),
        Some(Mischief::SlowAnswer { by }) => tokio::time::sleep(by).await,
        Some(Mischief::Redirect { to }) => {
            answer = error(StatusCode::FOUND).with(header::LOCATION, &format!("{to}{path}"));
            length = Some(answer.body.len());
        }
        Some(
            mischief @ (Mischief::IndexNotJson
            | Mischief::IndexNameTraversal
            | Mischief::IndexVersionTraversal
            | Mischief::IndexOfAnotherCrate),
        ) => {
            if matches!(resource, Resource::IndexFile(_)) && answer.status == StatusCode::OK {
                answer.body = bend_index(&answer.body, &mischief);
                length = Some(answer.body.len());
            }
        }
        Some(Mischief::LengthTooLarge { by }) => length = Some(answer.body.len() + by),
        Some(Mischief::LengthTooSmall { by }) => length = Some(answer.body.len().saturating_sub(by)),
        Some(Mischief::HtmlPage) => {
            let page = "<!DOCTYPE html><html><body><h1>Please log in to this network</h1></body></html>\n";
            answer = Answer::new(StatusCode::OK, page).with(header::CONTENT_TYPE, "text/html");
            length = Some(answer.body.len());
        }
        Some(Mischief::Gzip) => {
            answer.body = gzip(&answer.body);
            answer = answer.with(header::CONTENT_ENCODING, "gzip");
            length = Some(answer.body.len());
        }
        Some(Mischief::EmptyBody) => {
            answer = Answer::new(StatusCode::OK, "");
            length = Some(0);
        }
        Some(Mischief::Reset) => peer.reset().await,
    }
    send(answer, length, body)
}

fn send(answer: Answer, length: Option<usize>, body: Paced) -> Response {
    let mut response = Response::new(body.send(answer.body));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    if let Some(length) = length.filter(|_| answer.status != StatusCode::NOT_MODIFIED) {
        response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    }
    response
}

fn error(status: StatusCode) -> Answer {
    Answer::new(status, format!("{status}\n")).with(header::CONTENT_TYPE, "text/plain")
}

fn gzip(bytes: &[u8]) -> Bytes {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(bytes).expect("writing to memory");
    gzip.finish().expect("writing to memory").into()
}

fn bend_index(file: &[u8], mischief: &Mischief) -> Bytes {
    let text = String::from_utf8_lossy(file);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let Some(last) = lines.last().cloned() else { return Bytes::copy_from_slice(file) };
    let with = |field: &str, value: &str| {
        let mut line: Value = serde_json::from_str(&last).expect("our own line");
        line[field] = value.into();
        line.to_string()
    };
    match mischief {
        Mischief::IndexNotJson => lines.insert(lines.len() / 2, last[..last.len() / 2].to_owned()),
        Mischief::IndexNameTraversal => lines.push(with("name", TRAVERSAL)),
        Mischief::IndexVersionTraversal => lines.push(with("vers", &format!("9.9.9-{TRAVERSAL}"))),
        _ => lines.push(with("name", "somebody-else")),
    }
    (lines.join("\n") + "\n").into()
}
