//! `romt healthcheck`: whether the service on this machine is ready, for probes where there is no other client.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use anyhow::{Context, anyhow, ensure};
use romt_runtime::{Hint, block_on};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::Url;

use super::super::outcome::{Outcome, Usage};
use crate::cli::HealthcheckOptions;
use crate::screen::Screen;
use crate::settings::admin;

/// Who probes gives up then as well.
const PATIENCE: Duration = Duration::from_secs(4);
/// As much of an answer as is read.
const LIMIT: u64 = 16 * 1024;

pub(in super::super) fn healthcheck(options: &HealthcheckOptions, screen: &Screen) -> anyhow::Result<Outcome> {
    let url = match &options.url {
        Some(url) => url.clone(),
        None => format!("http://{}/readyz", reachable(&admin(options)?)),
    };
    let url: Url = url.parse().map_err(|error| Usage(format!("--url: `{url}`: {error}")))?;
    let asked = block_on(async { timeout(PATIENCE, ask(&url)).await })?;
    let answer = asked.unwrap_or_else(|_| Err(anyhow!("no answer within {PATIENCE:?}")));
    let (status, text) =
        answer.with_context(|| format!("`{url}` cannot be asked")).hint("check that the service runs, and `admin`")?;
    if status == 200 {
        screen.say(text.trim_end());
        return Ok(Outcome::Complete);
    }
    screen.complain(format_args!("not ready (status {status})\n{}", text.trim_end()));
    Ok(Outcome::Incomplete)
}

/// "Any address" is none to connect to.
fn reachable(address: &str) -> String {
    let Some((host, port)) = address.rsplit_once(':') else { return address.to_owned() };
    match host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) if ip.is_unspecified() => format!("{}:{port}", Ipv4Addr::LOCALHOST),
        Ok(IpAddr::V6(ip)) if ip.is_unspecified() => format!("[{}]:{port}", Ipv6Addr::LOCALHOST),
        _ => address.to_owned(),
    }
}

/// The status and the text of an answer. Spoken here and not by the client for upstreams, which would go through a proxy.
async fn ask(url: &Url) -> anyhow::Result<(u16, String)> {
    ensure!(url.scheme() == "http", "only http is spoken here");
    let host = url.host_str().context("there is no host in it")?;
    let port = url.port_or_known_default().unwrap_or(80);
    let mut stream = TcpStream::connect((host.trim_start_matches('[').trim_end_matches(']'), port)).await?;
    let request = format!("GET {} HTTP/1.0\r\nHost: {host}:{port}\r\n\r\n", url.path());
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(LIMIT).read_to_end(&mut answer).await?;
    parse(&String::from_utf8_lossy(&answer))
}

fn parse(answer: &str) -> anyhow::Result<(u16, String)> {
    let (head, text) = answer.split_once("\r\n\r\n").context("the answer is not HTTP")?;
    let status = head.strip_prefix("HTTP/1.").and_then(|rest| rest.split(' ').nth(1));
    let status = status.and_then(|status| status.parse().ok()).context("the answer is not HTTP")?;
    Ok((status, text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_address_is_asked_at_this_machine() {
        assert_eq!(reachable("0.0.0.0:9090"), "127.0.0.1:9090");
        assert_eq!(reachable("[::]:9090"), "[::1]:9090");
        assert_eq!(reachable("localhost:1"), "localhost:1");
    }

    #[test]
    fn answers_are_read() {
        let (status, text) = parse("HTTP/1.1 503 Service Unavailable\r\nA: b\r\n\r\nbus: no\n").unwrap();
        assert_eq!((status, &*text), (503, "bus: no\n"));
        assert!(parse("SSH-2.0\r\n\r\n").is_err());
    }
}
