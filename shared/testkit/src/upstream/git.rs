//! A git repository over HTTP, by git's own CGI program.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;

use super::Shared;
use crate::process::inherited;

/// More than any request of a git client to a test's upstream has.
const REQUEST_LIMIT: usize = 16 * 1024 * 1024;

/// Answers requests below `/git/`.
pub(super) async fn serve(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let Some(root) = shared.git_root.get().cloned() else { return status(StatusCode::NOT_FOUND) };
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, REQUEST_LIMIT).await else { return status(StatusCode::PAYLOAD_TOO_LARGE) };
    let said = |name: HeaderName| {
        let value = parts.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let variables = [
        ("PATH_INFO", parts.uri.path().trim_start_matches("/git").to_owned()),
        ("QUERY_STRING", parts.uri.query().unwrap_or_default().to_owned()),
        ("REQUEST_METHOD", parts.method.to_string()),
        ("CONTENT_TYPE", said(header::CONTENT_TYPE)),
        ("CONTENT_LENGTH", body.len().to_string()),
        ("HTTP_CONTENT_ENCODING", said(header::CONTENT_ENCODING)),
        ("GIT_PROTOCOL", said(HeaderName::from_static("git-protocol"))),
        ("GIT_HTTP_EXPORT_ALL", String::new()),
    ];
    let output = tokio::task::spawn_blocking(move || run(root, variables, &body)).await.expect("no panic in git");
    parse(&output)
}

fn run(root: PathBuf, variables: [(&str, String); 8], body: &Bytes) -> Bytes {
    let mut git = Command::new("git");
    git.arg("http-backend").env_clear().envs(inherited(&["PATH"])).envs(variables).env("GIT_PROJECT_ROOT", root);
    git.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = git.spawn().expect("git");
    let mut stdin = child.stdin.take().expect("a pipe");
    let output = std::thread::scope(|scope| {
        // It may answer, and end, before it has read everything.
        scope.spawn(move || drop(stdin.write_all(body)));
        child.wait_with_output()
    });
    output.expect("git's answer").stdout.into()
}

/// What a CGI program says: headers, an empty line, the body.
fn parse(output: &Bytes) -> Response {
    let end = output.windows(4).position(|bytes| bytes == b"\r\n\r\n");
    let Some(end) = end else { return status(StatusCode::INTERNAL_SERVER_ERROR) };
    let mut response = Response::new(Body::from(output.slice(end + 4..)));
    for line in String::from_utf8_lossy(&output[..end]).lines() {
        let Some((name, value)) = line.split_once(": ") else { continue };
        if name == "Status" {
            let code = value.split(' ').next().and_then(|code| code.parse().ok());
            *response.status_mut() = code.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        } else if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn status(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
