//! Proxies and certificates.

use romt_testkit::scenario::{LAB_FILES, lab};
use romt_testkit::{CrateMirror, GitUpstream, Proxy, RomtProgram, TlsServer};
use romt_tests::alike;

/// A mirror after `init pull` whose crates come from `server`.
fn over_tls(upstream: &GitUpstream, server: &TlsServer, program: &RomtProgram) -> CrateMirror {
    let mut romt = CrateMirror::of(upstream, program);
    romt.run(&["init", "pull"]).succeeds();
    romt.use_upstream("none", &format!("{}/crates/{{crate}}/{{crate}}-{{version}}.crate", server.base_url()));
    romt
}

#[test]
fn row_135_certificates() {
    let upstream = lab();
    let server = TlsServer::start(upstream.folder());
    alike("row_135_certificates", |program| {
        let mut romt = over_tls(&upstream, &server, program);
        let refused = romt.run(&["--filter", "a", "download"]).exits_with(1);
        // Python romt does not always know why.
        if !program.is_python() {
            refused.mentions("certificate");
        }
        romt.set("SSL_CERT_FILE", &server.authority().display().to_string());
        romt.run(&["download"]).succeeds();
        assert_eq!(romt.crate_paths(), LAB_FILES);
    });
}

#[test]
fn row_135_no_certificates() {
    let upstream = lab();
    let server = TlsServer::start(upstream.folder());
    alike("row_135_no_certificates", |program| {
        let mut romt = over_tls(&upstream, &server, program);
        for value in ["false", "FALSE"] {
            romt.set("SSL_VERIFY", value);
            std::fs::remove_dir_all(romt.path("crates/1")).unwrap_or_default();
            romt.run(&["download"]).succeeds();
            assert_eq!(romt.crate_paths(), LAB_FILES);
        }
        romt.set("SSL_VERIFY", "true");
        std::fs::remove_dir_all(romt.path("crates/1")).expect("a folder");
        romt.run(&["download"]).exits_with(1);
    });
}

#[test]
fn row_136_a_proxy_for_http() {
    let upstream = lab();
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        alike("row_136_a_proxy_for_http", |program| {
            let proxy = Proxy::start();
            let mut romt = CrateMirror::over_http(&upstream, program);
            romt.run(&["init", "pull"]).succeeds();
            romt.set(name, &proxy.url());
            romt.run(&["--filter", "a", "download"]).succeeds();
            assert_eq!(proxy.asked(), [format!("GET {}/files/a/a-1.0.0.crate", upstream.http().base_url())]);
        });
    }
}

#[test]
fn row_136_a_proxy_for_https() {
    let upstream = lab();
    let server = TlsServer::start(upstream.folder());
    alike("row_136_a_proxy_for_https", |program| {
        let proxy = Proxy::start();
        let mut romt = over_tls(&upstream, &server, program);
        romt.set("SSL_VERIFY", "false");
        romt.set("HTTPS_PROXY", &proxy.url());
        romt.run(&["--filter", "a", "download"]).succeeds();
        assert_eq!(proxy.asked(), [format!("CONNECT {}", server.base_url().trim_start_matches("https://"))]);
    });
}

#[test]
fn row_136_hosts_without_a_proxy() {
    let upstream = lab();
    alike("row_136_hosts_without_a_proxy", |program| {
        let proxy = Proxy::start();
        let mut romt = CrateMirror::over_http(&upstream, program);
        romt.run(&["init", "pull"]).succeeds();
        romt.set("HTTP_PROXY", &proxy.url());
        romt.set("NO_PROXY", "elsewhere.example,127.0.0.1");
        romt.run(&["download"]).succeeds();
        assert_eq!(proxy.asked(), [""; 0]);
    });
}
