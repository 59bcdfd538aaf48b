//! A server that cannot be trusted or reached is named with its cause, and nothing is sent to it.
//!
//! The certificates beside this file were made with `openssl` and an authority whose key was thrown
//! away. They hold until the year 2120, save the one that has expired.

#[path = "../harness/mod.rs"]
mod harness;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use harness::{Project, Ran, Server};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};

const FILM: &str = "version: 1\nscenes:\n  a: { type: t2v, prompt: fog }\n";

fn path(name: &str) -> String {
    format!("{}/tests/tls/{name}.pem", env!("CARGO_MANIFEST_DIR"))
}

/// A server with a certificate. It counts connections, and the bytes that it got in them after the
/// handshake.
struct TlsServer {
    port: u16,
    connections: Arc<AtomicUsize>,
    bytes: Arc<AtomicUsize>,
}

fn serve(certificate: &str) -> TlsServer {
    let certificate = CertificateDer::from_pem_file(path(certificate)).unwrap();
    let key = PrivateKeyDer::from_pem_file(path("server-key")).unwrap();
    let algorithms = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(algorithms)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let (config, listener) = (Arc::new(config), TcpListener::bind("127.0.0.1:0").unwrap());
    let port = listener.local_addr().unwrap().port();
    let (connections, bytes) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let server = TlsServer { port, connections: connections.clone(), bytes: bytes.clone() };
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            connections.fetch_add(1, Ordering::SeqCst);
            stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            let mut session = ServerConnection::new(config.clone()).unwrap();
            let mut tls = Stream::new(&mut session, &mut stream);
            let mut request = [0; 4_096];
            let count = tls.read(&mut request).unwrap_or(0);
            bytes.fetch_add(count, Ordering::SeqCst);
            let _ = tls.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
        }
    });
    server
}

/// A build against this address of the API, and how long it took.
fn build(project: &Project, base: &str, with: impl Fn(&mut Command)) -> (Ran, Duration) {
    let unused = Server::new(&[]);
    let mut command = project.command(&unused, &["storyboard.yaml", "--yes"]);
    command.env("KIE_API_BASE", base).env("SSL_CERT_FILE", path("authority"));
    with(&mut command);
    let start = Instant::now();
    let ran = Ran(command.output().unwrap());
    assert_eq!(unused.requests(), 0);
    (ran, start.elapsed())
}

#[test]
fn a_bad_certificate_is_named_and_no_second_attempt_is_made() {
    for (certificate, authority, words) in [
        (
            "valid",
            "other-name",
            "its certificate comes from an authority that this machine does not",
        ),
        ("expired", "authority", "its certificate has expired"),
        ("other-name", "authority", "its certificate is for another host name"),
    ] {
        let (server, project) = (serve(certificate), Project::new(FILM));
        let base = format!("https://localhost:{}", server.port);
        let (ran, took) = build(&project, &base, |command| {
            command.env("SSL_CERT_FILE", path(authority));
        });
        let said = ran.ends_with(1).said();
        assert!(said.contains(&format!("no connection to localhost: {words}")), "{said}");
        assert!(took < Duration::from_secs(20), "{took:?}: {said}");
        // For the balance and for the scene, once each.
        assert_eq!(server.connections.load(Ordering::SeqCst), 2, "{said}");
        assert_eq!(server.bytes.load(Ordering::SeqCst), 0, "nothing was sent");
        assert!(project.doubts().is_empty(), "nothing is in doubt");
    }
}

#[test]
fn a_proxy_that_cannot_be_reached_is_named() {
    let project = Project::new(FILM);
    let unused = Server::new(&[]);
    // Nothing listens there, and no name is resolved on the way to it.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = project.command(&unused, &["doctor"]);
    command.env("HTTPS_PROXY", format!("http://127.0.0.1:{port}"));
    command.env_remove("NO_PROXY").env_remove("no_proxy");
    for base in ["KIE_API_BASE", "KIE_UPLOAD_BASE"] {
        command.env(base, "https://api.example.invalid");
    }
    let said = Ran(command.output().unwrap()).ends_with(1).said();
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let words =
        "no connection to api.example.invalid: the proxy in `HTTPS_PROXY` cannot be reached";
    assert!(said.contains(words), "{said}");
}

#[test]
fn a_valid_certificate_is_accepted() {
    let (server, project) = (serve("valid"), Project::new(FILM));
    let base = format!("https://localhost:{}", server.port);
    let (ran, _) = build(&project, &base, |_| {});
    // It was sent, and the answer makes no sense.
    let said = ran.ends_with(3).said();
    assert!(!said.contains("certificate") && server.bytes.load(Ordering::SeqCst) > 0, "{said}");
}
