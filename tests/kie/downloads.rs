//! Downloads: complete or an error, resumed where that is safe, and only from permitted addresses.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use kling_build::base::{Fault, FaultClass};
use kling_build::catalog::Dialect;
use kling_build::provider::kie::{KieConfig, KieProvider, Timeouts};
use kling_build::provider::{Provider, TaskResult, VideoSink};
use kling_build::store::LocalDisk;

use crate::fixtures::{KEY, fetch, hasty_provider, line, provider, t2v, with_timeouts};
use crate::strict_server::{Step, StrictServer, Then, answer};

const MP4: (&str, &str) = ("Content-Type", "video/mp4");
const TAG: (&str, &str) = ("ETag", "\"v1\"");

fn video() -> Vec<u8> {
    (0..200_000_u32).map(|i| (i % 251) as u8).collect()
}

/// An answer that announces the whole body but ends after `length` bytes of it.
fn cut(mut bytes: Vec<u8>, body: usize, length: usize) -> Vec<u8> {
    bytes.truncate(bytes.len() - body + length);
    bytes
}

fn part(start: usize, headers: &[(&str, &str)]) -> Vec<u8> {
    let video = video();
    let range = format!("bytes {start}-{}/{}", video.len() - 1, video.len());
    answer(206, &[headers, &[("Content-Range", &range)]].concat(), &video[start..])
}

async fn fetched(steps: Vec<Step>) -> (Result<Vec<u8>, Fault>, StrictServer) {
    let silent = steps.iter().any(|step| matches!(step, Step::Answer(_, Then::Hang)));
    let server = StrictServer::start(steps).await;
    let make = if silent { hasty_provider } else { provider };
    let bytes = fetch(&make(&server.base()), &format!("{}/v.mp4", server.base())).await;
    (bytes, server)
}

#[tokio::test]
async fn video_is_downloaded_unchanged() {
    for headers in [vec![], vec![MP4], vec![("Content-Type", "application/octet-stream"), TAG]] {
        let (bytes, server) =
            fetched(vec![Step::Answer(answer(200, &headers, &video()), Then::Close)]).await;
        assert!(bytes.unwrap() == video());
        let seen = &server.seen()[0];
        assert_eq!(seen.line, "GET /v.mp4");
        assert_eq!(seen.header("accept-encoding"), Some("identity"));
        assert_eq!(seen.header("range"), None);
    }
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    let (bytes, _) = fetched(vec![Step::Answer(chunked.to_vec(), Then::Close)]).await;
    assert_eq!(bytes.unwrap(), b"hello");
}

#[tokio::test]
async fn interrupted_transfer_resumes_where_it_stopped() {
    let length = video().len();
    let whole = || answer(200, &[MP4, TAG], &video());
    for then in [Then::Close, Then::Reset, Then::Hang] {
        let (bytes, server) = fetched(vec![
            Step::Answer(cut(whole(), length, 70_000), then),
            Step::Answer(cut(part(70_000, &[MP4, TAG]), length - 70_000, 30_000), then),
            Step::Answer(part(100_000, &[MP4, TAG]), Then::Close),
        ])
        .await;
        assert!(bytes.unwrap_or_else(|fault| panic!("{then:?}: {fault}")) == video(), "{then:?}");
        let ranges: Vec<_> =
            server.seen().iter().map(|seen| seen.header("range").map(str::to_string)).collect();
        assert_eq!(ranges, [None, Some("bytes=70000-".into()), Some("bytes=100000-".into())]);
        assert_eq!(server.seen()[1].header("if-range"), Some("\"v1\""));
    }
}

#[tokio::test]
async fn server_without_ranges_sends_the_whole_file_again() {
    let whole = || answer(200, &[MP4, TAG], &video());
    let first = Step::Answer(cut(whole(), video().len(), 1_000), Then::Close);
    let (bytes, _) = fetched(vec![first, Step::Answer(whole(), Then::Close)]).await;
    assert!(bytes.unwrap() == video());
}

#[tokio::test]
async fn parts_of_different_files_are_never_joined() {
    let length = video().len();
    let first = |headers: &[(&str, &str)]| {
        Step::Answer(cut(answer(200, headers, &video()), length, 1_000), Then::Close)
    };
    let last = |bytes: Vec<u8>| Step::Answer(bytes, Then::Close);
    let other_tag = answer(200, &[MP4, ("ETag", "\"v2\"")], &video());
    let other_start = answer(206, &[MP4, ("Content-Range", "bytes 0-9/200000")], b"0123456789");
    let other_length = answer(206, &[MP4, ("Content-Range", "bytes 1000-1001/1002")], b"01");
    let no_range = answer(206, &[MP4], b"01");
    let mut shown = String::new();
    for (name, steps) in [
        ("another tag", vec![first(&[MP4, TAG]), last(other_tag)]),
        ("no tag, sent again", vec![first(&[MP4]), last(answer(200, &[MP4], &video()))]),
        ("another part", vec![first(&[MP4, TAG]), last(other_start)]),
        ("another length", vec![first(&[MP4, TAG]), last(other_length)]),
        ("a part of unknown place", vec![first(&[MP4, TAG]), last(no_range)]),
        (
            "a part of another file",
            vec![first(&[MP4, TAG]), last(part(1_000, &[MP4, ("ETag", "\"v2\"")]))],
        ),
        ("a part unasked", vec![last(part(1_000, &[MP4]))]),
        ("gone in between", vec![first(&[MP4, TAG]), last(answer(404, &[], b""))]),
    ] {
        let (bytes, server) = fetched(steps).await;
        assert_eq!(server.left(), 0, "{name}");
        shown += &format!("{name:24} {}\n", line(&bytes.unwrap_err()));
    }
    insta::assert_snapshot!(shown);
}

#[tokio::test]
async fn tries_are_bounded() {
    let step =
        Step::Answer(cut(answer(200, &[MP4, TAG], &video()), video().len(), 1_000), Then::Close);
    let again = (0..20)
        .map(|_| Step::Answer(cut(part(1_000, &[TAG]), video().len() - 1_000, 0), Then::Close));
    let (bytes, server) = fetched([step].into_iter().chain(again).collect()).await;
    let fault = bytes.unwrap_err();
    assert_eq!(fault.class, FaultClass::Transient, "{fault}");
    assert!(fault.message.ends_with("1000 of 200000 bytes came"), "{fault}");
    assert_eq!(server.seen().len(), 6);
}

#[tokio::test]
async fn a_trickle_ends_as_well() {
    let slow =
        Step::Answer(cut(answer(200, &[MP4, TAG], &video()), video().len(), 1_000), Then::Hang);
    let server = StrictServer::start([slow]).await;
    let timeouts = Timeouts { download_total: Duration::from_millis(100), ..Timeouts::default() };
    let provider = with_timeouts(&server.base(), timeouts);
    let fault = fetch(&provider, &format!("{}/v.mp4", server.base())).await.unwrap_err();
    assert_eq!(line(&fault), "Transient -: the download was not finished within 0.1 s");
}

#[tokio::test]
async fn responses_that_are_not_videos_are_distinguished() {
    let html = ("Content-Type", "text/html");
    let huge = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n".to_vec();
    let mut shown = String::new();
    for (name, bytes, then) in [
        ("a page", answer(200, &[html], b"<html>"), Then::Close),
        ("an error text", answer(200, &[("Content-Type", "application/json")], b"{}"), Then::Close),
        (
            "storage's error text",
            answer(200, &[("Content-Type", "application/xml")], b"<Error/>"),
            Then::Close,
        ),
        ("packed", answer(200, &[MP4, ("Content-Encoding", "gzip")], b"\x1f\x8b"), Then::Close),
        ("empty", answer(200, &[MP4], b""), Then::Close),
        ("huge", huge, Then::Close),
        ("HTTP 403", answer(403, &[html], b"<html>"), Then::Close),
        ("HTTP 404", answer(404, &[], b""), Then::Close),
        ("HTTP 410", answer(410, &[], b""), Then::Close),
        ("HTTP 503", answer(503, &[("Retry-After", "4")], b""), Then::Close),
        ("HTTP 400", answer(400, &[], b""), Then::Close),
        ("HTTP 204", answer(204, &[], b""), Then::Close),
        ("a redirect to nowhere", answer(302, &[], b""), Then::Close),
        ("a redirect to no URL", answer(302, &[("Location", "http://[")], b""), Then::Close),
        ("silence", Vec::new(), Then::Hang),
        ("reset", Vec::new(), Then::Reset),
    ] {
        let (fetched, _) = fetched(vec![Step::Answer(bytes, then)]).await;
        shown += &format!("{name:22} {}\n", line(&fetched.unwrap_err()));
    }
    insta::assert_snapshot!(shown);
}

#[tokio::test]
async fn redirects_are_followed_and_bounded() {
    let to =
        |location: &str| Step::Answer(answer(302, &[("Location", location)], b""), Then::KeepOpen);
    let (bytes, server) = fetched(vec![
        to("/b.mp4"),
        to("c.mp4"),
        Step::Answer(answer(200, &[MP4], b"v"), Then::Close),
    ])
    .await;
    assert_eq!(bytes.unwrap(), b"v");
    let lines: Vec<_> = server.seen().iter().map(|seen| seen.line.clone()).collect();
    assert_eq!(lines, ["GET /v.mp4", "GET /b.mp4", "GET /c.mp4"]);

    let (bytes, server) = fetched((0..10).map(|_| to("/v.mp4")).collect()).await;
    assert_eq!(bytes.unwrap_err().class, FaultClass::Broken);
    assert_eq!(server.seen().len(), 6);
}

#[tokio::test]
async fn redirects_cannot_leave_permitted_addresses() {
    for location in [
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/",
        "https://192.168.0.1/",
        "file:///etc/passwd",
        "http://storage.example/v.mp4",
    ] {
        let step = Step::Answer(answer(302, &[("Location", location)], b""), Then::Close);
        let fault = fetched(vec![step]).await.0.unwrap_err();
        assert_eq!(fault.class, FaultClass::Forbidden, "{location}: {fault}");
    }
}

/// With the real API, this machine is as forbidden as the network around it, under any name.
#[tokio::test]
async fn the_real_api_cannot_point_at_this_machine() {
    let server = StrictServer::start([]).await;
    let config = KieConfig::from_values(None, None, &KEY.into(), Dialect::Kling).unwrap();
    let provider = KieProvider::new(config, Arc::new(LocalDisk)).unwrap();
    let port = server.base().rsplit_once(':').unwrap().1.to_string();
    for host in ["127.0.0.1", "localhost", "[::1]", "2130706433", "[::ffff:127.0.0.1]"] {
        for scheme in ["http", "https"] {
            let fault =
                fetch(&provider, &format!("{scheme}://{host}:{port}/v.mp4")).await.unwrap_err();
            assert_eq!(fault.class, FaultClass::Forbidden, "{scheme} {host}: {fault}");
        }
    }
    assert_eq!(fetch(&provider, "no url").await.unwrap_err().class, FaultClass::Forbidden);
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn full_disk_is_a_local_fault() {
    struct Full;
    impl VideoSink for Full {
        fn write<'a>(&'a mut self, _: &'a [u8]) -> BoxFuture<'a, std::io::Result<()>> {
            Box::pin(async { Err(std::io::ErrorKind::StorageFull.into()) })
        }
    }
    let server = StrictServer::start([Step::Answer(answer(200, &[MP4], b"v"), Then::Close)]).await;
    let result = TaskResult { video_url: format!("{}/v.mp4", server.base()), completed: None };
    let fault = provider(&server.base()).fetch(&t2v("x"), &result, &mut Full).await.unwrap_err();
    assert_eq!(fault.class, FaultClass::Local, "{fault}");
}

#[tokio::test]
async fn an_end_without_proof_is_noted() {
    #[derive(Default)]
    struct Ending {
        bytes: Vec<u8>,
        is_unknown: bool,
    }
    impl VideoSink for Ending {
        fn write<'a>(&'a mut self, bytes: &'a [u8]) -> BoxFuture<'a, std::io::Result<()>> {
            self.bytes.write(bytes)
        }

        fn note_unknown_end(&mut self) {
            self.is_unknown = true;
        }
    }
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nv\r\n0\r\n\r\n";
    for (words, is_unknown) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nv", false),
        (chunked, false),
        ("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nv", true),
    ] {
        let server = StrictServer::start([Step::Answer(words.into(), Then::Close)]).await;
        let result = TaskResult { video_url: format!("{}/v.mp4", server.base()), completed: None };
        let mut sink = Ending::default();
        provider(&server.base()).fetch(&t2v("x"), &result, &mut sink).await.unwrap();
        assert_eq!((sink.bytes.as_slice(), sink.is_unknown), (&b"v"[..], is_unknown), "{words}");
    }
}
