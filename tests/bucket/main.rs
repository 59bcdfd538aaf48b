//! Hosting in a bucket: files are put there once, under the digest of their content, and what is signed
//! is neither kept nor shown.

#[path = "../harness/mod.rs"]
mod harness;
mod server;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;

use harness::{Project, Ran, Server, files_under};
use kling_build::base::Digest;
use serde_json::Value;
use server::{BucketServer, KEY_ID, Oddities, REGION, SECRET, Seen, TOKEN};

const FILM: &str = "version: 1
defaults: { resolution: 720p }
hosting: { s3: { bucket: films, prefix: harbor } }
scenes:
  a: { type: i2v, image: a.png, prompt: It moves slowly }
  b: { type: i2v, image: a.png, prompt: It moves quickly }
  c: { type: i2v, image: { scene: a, frame: last }, prompt: It moves on }
";

const VARIABLES: [&str; 7] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL",
];

/// The program without anything about buckets in its environment.
fn bare(project: &Project, server: &Server, arguments: &[&str]) -> Command {
    let mut command = project.command(server, arguments);
    for name in VARIABLES {
        command.env_remove(name);
    }
    command
}

fn command(project: &Project, servers: (&Server, &BucketServer), arguments: &[&str]) -> Command {
    let mut command = bare(project, servers.0, arguments);
    command
        .env("AWS_ACCESS_KEY_ID", KEY_ID)
        .env("AWS_SECRET_ACCESS_KEY", SECRET)
        .env("AWS_SESSION_TOKEN", TOKEN)
        .env("AWS_DEFAULT_REGION", REGION)
        .env("AWS_ENDPOINT_URL", servers.1.address());
    command
}

const BUILD: [&str; 3] = ["storyboard.yaml", "--poll-interval", "0.05"];

fn build(project: &Project, servers: (&Server, &BucketServer)) -> Ran {
    Ran(command(project, servers, &BUILD).output().unwrap())
}

/// The status and the body that an address of this machine answers with.
fn get(url: &str) -> (u16, Vec<u8>) {
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let head = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
    let status = String::from_utf8_lossy(&answer[9..12]).parse().unwrap();
    (status, answer.split_off(head + 4))
}

fn sent(server: &Server) -> Vec<String> {
    let tasks = server.records().tasks;
    let url = |request: &Value| {
        let input = request.get("input").unwrap_or(request);
        let url = input.get("imageUrl").or(input.get("image_url")).unwrap();
        url.as_str().unwrap().to_string()
    };
    tasks.iter().map(|task| url(&task.request)).collect()
}

fn methods(seen: &[Seen]) -> Vec<(&str, u16)> {
    seen.iter().map(|one| (one.method.as_str(), one.status)).collect()
}

/// Nothing that was said or written contains a signature or what signs.
fn assert_nothing_is_signed(project: &Project, said: &str) {
    for secret in ["X-Amz-", SECRET, TOKEN, KEY_ID] {
        assert!(!said.contains(secret), "{secret} in {said}");
        for folder in [project.folder.path(), project.home.path()] {
            for (name, (bytes, _)) in files_under(folder) {
                let is_in = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
                assert!(!is_in, "{secret} in {name}");
            }
        }
    }
}

#[test]
fn files_are_put_once_under_their_digest_and_read_by_signed_addresses() {
    let (server, bucket) = (Server::new(&[]), BucketServer::new(Oddities::default()));
    let project = Project::new(FILM);
    project.picture("a.png", 90);
    let picture = fs::read(project.path("a.png")).unwrap();
    let said = build(&project, (&server, &bucket)).ends_with(0).said();
    let path = format!("/films/harbor/{}.png", Digest::of(&picture));
    let objects = bucket.objects();
    assert_eq!(objects.len(), 2, "the picture and the frame");
    assert_eq!(objects[&path].0, picture);
    assert!(objects.values().all(|object| object.1 == "image/png"));
    let seen = bucket.seen();
    let of_picture: Vec<Seen> = seen.iter().filter(|one| one.path == path).cloned().collect();
    assert_eq!(methods(&of_picture), [("HEAD", 404), ("PUT", 200), ("HEAD", 200)]);
    assert_eq!(of_picture[1].content_type.as_deref(), Some("image/png"));
    assert_eq!(of_picture[1].if_none_match.as_deref(), Some("*"));
    assert_eq!(server.records().uploads, 0, "the upload service got nothing");

    // Each request has an address of its own, which works for a day.
    let urls = sent(&server);
    assert_eq!(urls.len(), 3);
    for url in &urls[..2] {
        assert!(url.contains(&path) && url.contains("X-Amz-Expires=86400&"), "{url}");
        assert_eq!(get(url), (200, picture.clone()));
    }
    assert_eq!(get(urls[0].split('?').next().unwrap()).0, 403);
    assert_eq!(get(&urls[0].replace("86400", "86401")).0, 403);

    // It is there: nothing is put again, and a new request is signed anew.
    bucket.seen();
    project.edit("It moves slowly", "It stands still");
    let said = said + &build(&project, (&server, &bucket)).ends_with(0).said();
    let seen = bucket.seen();
    let of_picture: Vec<Seen> = seen.into_iter().filter(|one| one.path == path).collect();
    assert_eq!(methods(&of_picture), [("HEAD", 200)]);

    let shown =
        Ran(command(&project, (&server, &bucket), &["plan", "--requests"]).output().unwrap());
    let said = said + &shown.ends_with(0).said();
    assert_nothing_is_signed(&project, &said);
}

#[test]
fn a_public_bucket_has_plain_addresses() {
    let server = Server::new(&[]);
    let bucket = BucketServer::new(Oddities { is_public: true, ..Oddities::default() });
    let public = format!("{}/films", bucket.address());
    let film = FILM.replace("prefix: harbor", &format!("public_url: '{public}'"));
    // This dialect takes no address with a query string.
    let film = film.replace("version: 1", "version: 1\napi: jobs");
    let film = film.replace("resolution: 720p", "model: kling-2-5-turbo");
    let project = Project::new(&film);
    project.picture("a.png", 90);
    let picture = fs::read(project.path("a.png")).unwrap();
    build(&project, (&server, &bucket)).ends_with(0);
    let url = format!("{public}/{}.png", Digest::of(&picture));
    assert_eq!(sent(&server)[..2], [url.clone(), url.clone()]);
    assert_eq!(get(&url), (200, picture));
}

#[test]
fn missing_credentials_are_told_before_anything_is_paid() {
    let server = Server::new(&[]);
    let project = Project::new(FILM);
    project.picture("a.png", 90);
    let bare = |arguments: &[&str]| {
        let mut command = bare(&project, &server, arguments);
        command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
        command
    };
    let run = |arguments: &[&str]| Ran(bare(arguments).output().unwrap());
    let said = run(&BUILD).ends_with(2).said();
    assert!(said.contains("`AWS_ACCESS_KEY_ID` is not set"), "{said}");
    let mut half = bare(&BUILD);
    let half = Ran(half.env("AWS_ACCESS_KEY_ID", KEY_ID).output().unwrap());
    assert!(half.ends_with(2).said().contains("`AWS_SECRET_ACCESS_KEY` is not set"));
    let said = run(&["doctor"]).ends_with(1).said();
    assert!(said.contains("fail  bucket") && said.contains("`AWS_ACCESS_KEY_ID`"), "{said}");
    assert_eq!(server.requests(), 0);
    // Who only looks needs none.
    run(&["check"]).ends_with(0);
    run(&["plan"]).ends_with(0);
    run(&["storyboard.yaml", "a", "--preview"]).ends_with(0);
}

#[test]
fn a_rehearsal_leaves_a_bucket_elsewhere_alone() {
    let server = Server::new(&[]);
    let project = Project::new(FILM);
    project.picture("a.png", 90);
    // No credentials and no endpoint: it would be one of Amazon's.
    Ran(bare(&project, &server, &BUILD).output().unwrap()).ends_with(0);
    let records = server.records();
    assert_eq!((records.uploads, records.tasks.len()), (2, 3), "the picture and the frame");
}

#[test]
fn credentials_that_may_only_write_are_enough_for_a_public_bucket() {
    let oddities = Oddities { is_write_only: true, is_public: true, ..Oddities::default() };
    let (server, bucket) = (Server::new(&[]), BucketServer::new(oddities));
    let project = Project::new(FILM.split("  c:").next().unwrap());
    project.picture("a.png", 90);
    let said = build(&project, (&server, &bucket)).ends_with(1).said();
    assert!(said.contains("these credentials may not read it") && said.contains("`public_url`"));
    assert_eq!(server.records().submits, 0, "what the service cannot read is not sent to it");
    let public = format!("prefix: harbor, public_url: '{}/films'", bucket.address());
    project.edit("prefix: harbor", &public);
    build(&project, (&server, &bucket)).ends_with(0);
    let puts: Vec<Seen> = bucket.seen().into_iter().filter(|one| one.method == "PUT").collect();
    assert_eq!(methods(&puts)[..2], [("PUT", 200), ("PUT", 412)]);
    assert_eq!(server.records().tasks.len(), 2);
}

#[test]
fn a_bucket_that_refuses_costs_nothing() {
    let (server, bucket) = (Server::new(&[]), BucketServer::new(Oddities::default()));
    let project = Project::new(FILM);
    project.picture("a.png", 90);
    let mut wrong = command(&project, (&server, &bucket), &BUILD);
    let ran = Ran(wrong.env("AWS_SECRET_ACCESS_KEY", "another-secret").output().unwrap());
    let said = ran.ends_with(1).said();
    assert!(said.contains("was refused (403 SignatureDoesNotMatch)"), "{said}");
    assert!(!said.contains("another-secret") && !said.contains("X-Amz-"), "{said}");
    assert!(bucket.objects().is_empty());
    // Something else has the name.
    let picture = fs::read(project.path("a.png")).unwrap();
    bucket.store(&format!("/films/harbor/{}.png", Digest::of(&picture)), b"half");
    let said = build(&project, (&server, &bucket)).ends_with(1).said();
    assert!(said.contains("has 4 bytes"), "{said}");
    assert_eq!(server.records().submits, 0);
}

#[test]
fn odd_buckets_are_coped_with() {
    for oddities in [
        Oddities { is_unlistable: true, ..Oddities::default() },
        Oddities { is_overtaken: true, ..Oddities::default() },
        Oddities { busy: 2, ..Oddities::default() },
    ] {
        let (server, bucket) = (Server::new(&[]), BucketServer::new(oddities));
        let project = Project::new(FILM.split("  c:").next().unwrap());
        project.picture("a.png", 90);
        build(&project, (&server, &bucket)).ends_with(0);
        assert_eq!(bucket.objects().len(), 1, "{oddities:?}");
        let puts = bucket.seen().into_iter().filter(|one| one.method == "PUT").count();
        assert_eq!(puts, 1, "{oddities:?}");
    }
}

#[test]
fn doubts_and_refused_pictures_cost_nothing_more_and_keep_no_signature() {
    // The first request is accepted and its answer is lost; the second one's picture is refused.
    let server = Server::new(&["reset-after-accept:1", "1002:2"]);
    let bucket = BucketServer::new(Oddities::default());
    let project = Project::new(FILM.split("  c:").next().unwrap());
    project.picture("a.png", 90);
    let mut said = String::new();
    for _ in 0..2 {
        let ran = build(&project, (&server, &bucket));
        assert!([1, 3].contains(&ran.code()), "{}", ran.said());
        said += &ran.said();
    }
    let records = server.records();
    assert_eq!((records.submits, records.tasks.len()), (2, 1), "{said}");
    assert_eq!(project.doubts().len(), 1);
    assert_nothing_is_signed(&project, &said);
    // What was refused may be sent again, and is looked for in the bucket first.
    bucket.seen();
    let arguments = [&BUILD[..], &["--retry-failed", "1"]].concat();
    let ran = Ran(command(&project, (&server, &bucket), &arguments).output().unwrap());
    assert_eq!(ran.code(), 3, "{}", ran.said());
    assert_eq!(methods(&bucket.seen()), [("HEAD", 200)]);
    assert_eq!(server.records().tasks.len(), 2);
    assert_nothing_is_signed(&project, &ran.said());
}
