//! A strict API: the documented service on a raw socket, with scripted faults and a ledger of its
//! own of all requests.
//!
//! It knows only the API's page, nothing of this program. The tests check its ledger afterwards.

#![allow(dead_code, reason = "each test file uses the part that it needs")]

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

use super::fault::{Fault, Stage};
use super::{Seen, answer, read_request, reset};

/// How long a task runs.
const LATENCY: Duration = Duration::from_millis(120);

/// Decides the fault of a call from its stage and how many calls of that stage came before.
pub type Script = Box<dyn FnMut(Stage, usize) -> Option<Fault> + Send>;

/// The server; it ends when this is dropped.
pub struct StrictApi {
    base: String,
    ledger: Arc<Mutex<Ledger>>,
    _runtime: Runtime,
}

/// What the server knows.
pub struct Ledger {
    /// The tasks, in the order in which they were made.
    pub tasks: Vec<Task>,
    /// What a correct client does not do, in words.
    pub odd: Vec<String>,
    /// The faults that happened.
    pub faults: Vec<Fault>,
    key: String,
    video: Vec<u8>,
    script: Script,
    calls: [usize; Stage::ALL.len()],
    uploads: usize,
}

/// A task, which must be paid for.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its id.
    pub id: String,
    /// The dialect that it was made in.
    pub dialect: Dialect,
    /// The fields of the request that describe the take.
    pub request: Value,
    /// When it was created.
    pub made: Instant,
    /// Whether its id was sent without a fault.
    pub id_sent: bool,
    /// Whether it ends without a video.
    pub fails: bool,
    /// When it was polled.
    pub polls: Vec<Instant>,
    /// How often its video was sent completely.
    pub downloads: usize,
}

impl Task {
    /// Whether it has ended with a video.
    pub fn has_video(&self) -> bool {
        !self.fails && self.made.elapsed() >= LATENCY
    }
}

/// A dialect of the service. Its answers are written as the page of `Kling` shows them, faults
/// included, and put into the words of the dialect just before they are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// The documented Kling API.
    Kling,
    /// The unified jobs API.
    Jobs,
}

impl Dialect {
    /// The name for the program.
    pub fn name(self) -> &'static str {
        match self {
            Dialect::Kling => "kling",
            Dialect::Jobs => "jobs",
        }
    }

    pub(super) fn ok(self, body: &Value) -> Vec<u8> {
        ok(&self.told(body))
    }

    /// A body in the words of the dialect.
    pub(super) fn told(self, body: &Value) -> Value {
        if self == Dialect::Kling {
            return body.clone();
        }
        let mut body = body.clone();
        body["code"] = match &body["code"] {
            Value::String(text) if text == "0" => json!("200"),
            code => match code.as_i64() {
                Some(0) => json!(200),
                Some(1001 | 1002 | 1004) => json!(422),
                Some(1003) => json!(402),
                Some(1005) => json!(455),
                _ => code.clone(),
            },
        };
        body["msg"] = body["message"].take();
        let Some(data) = body["data"].as_object_mut() else { return body };
        if let Some(status) = data.remove("status") {
            data.insert(
                "state".into(),
                match status.as_i64() {
                    Some(0) => json!("generating"),
                    Some(1) => json!("success"),
                    Some(2) => json!("fail"),
                    _ => json!("paused"),
                },
            );
        }
        if let Some(url) = data.remove("videoUrl") {
            let text = json!({ "resultUrls": [url] }).to_string();
            data.insert("resultJson".into(), json!(text));
        }
        body
    }
}

impl StrictApi {
    /// Starts on a free port of 127.0.0.1. Only `key` is accepted; each task's video is `video`
    /// with a mark of its own.
    pub fn start(key: &str, video: Vec<u8>, script: Script) -> StrictApi {
        let runtime = Runtime::new().unwrap();
        let ledger = Arc::new(Mutex::new(Ledger {
            tasks: Vec::new(),
            odd: Vec::new(),
            faults: Vec::new(),
            key: key.into(),
            video,
            script,
            calls: [0; Stage::ALL.len()],
            uploads: 0,
        }));
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let shared = (Arc::clone(&ledger), base.clone());
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared.0), shared.1.clone()));
            }
        });
        StrictApi { base, ledger, _runtime: runtime }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Reads the ledger.
    pub fn ledger<T>(&self, read: impl FnOnce(&mut Ledger) -> T) -> T {
        read(&mut self.ledger.lock().unwrap())
    }
}

impl Ledger {
    fn fault(&mut self, stage: Stage) -> Option<Fault> {
        let calls = &mut self.calls[stage as usize];
        *calls += 1;
        let fault = (self.script)(stage, *calls - 1);
        self.faults.extend(fault);
        fault
    }

    /// From now on there are no faults.
    pub fn relent(&mut self) {
        self.script = Box::new(|_, _| None);
    }
}

async fn serve(mut stream: TcpStream, ledger: Arc<Mutex<Ledger>>, base: String) {
    let mut unread = Vec::new();
    while let Some(seen) = read_request(&mut stream, &mut unread, 0).await {
        let reply = {
            let mut ledger = ledger.lock().unwrap();
            ledger.judge_key(&seen);
            ledger.reply(&seen, &base)
        };
        if !reply.send(&mut stream).await {
            return reset(stream);
        }
        if let Some(task) = reply.downloaded {
            ledger.lock().unwrap().tasks[task].downloads += 1;
        }
    }
}

/// The reply to a request.
pub(super) struct Reply {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// What follows them.
    pub then: Then,
    downloaded: Option<usize>,
}

/// What follows the bytes of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// The next request.
    GoOn,
    /// The end of the connection, in the middle of the reply.
    Reset,
    /// The same bytes again and again, as long as the client reads.
    Repeat,
}

impl Reply {
    pub(super) fn new(bytes: Vec<u8>, then: Then) -> Reply {
        Reply { bytes, then, downloaded: None }
    }

    /// Sends it; returns whether the connection can be used further.
    async fn send(&self, stream: &mut TcpStream) -> bool {
        let mut sent = stream.write_all(&self.bytes).await.is_ok();
        // A client that reads forever is cut off at 64 MiB.
        let mut left = if self.then == Then::Repeat { 64 << 20 } else { 0 };
        let junk = [b'x'; 16 << 10];
        while sent && left > 0 {
            sent = stream.write_all(&junk).await.is_ok();
            left -= junk.len();
        }
        if self.then == Then::Reset {
            // Lets the client read what was written before the reset discards it.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        sent && self.then == Then::GoOn
    }
}

impl Ledger {
    /// The key belongs only on the API's own paths, in one header.
    fn judge_key(&mut self, seen: &Seen) {
        let path = seen.line.split(' ').nth(1).unwrap_or_default();
        let is_api =
            ["/api/v1/kling/", "/api/v1/jobs/", "/api/v1/chat/", "/api/file-stream-upload"]
                .iter()
                .any(|start| path.starts_with(start));
        let bearer = format!("Bearer {}", self.key);
        let has = seen.header("authorization") == Some(&bearer);
        if is_api != has {
            self.odd.push(format!("{}: authorization {has}", seen.line));
        }
        let mut others = seen.headers.iter().filter(|header| header.0 != "authorization");
        let body = String::from_utf8_lossy(&seen.body);
        if seen.line.contains(&self.key)
            || others.any(|header| header.1.contains(&self.key))
            || body.contains(&self.key)
        {
            self.odd.push(format!("{}: the key stands where it does not belong", seen.line));
        }
    }

    fn reply(&mut self, seen: &Seen, base: &str) -> Reply {
        let (method, target) = seen.line.split_once(' ').unwrap();
        let path = target.split('?').next().unwrap();
        match (method, path) {
            ("POST", "/api/v1/kling/generate") => self.generate(seen, Dialect::Kling),
            ("GET", "/api/v1/kling/record-info") => self.record(target, base, Dialect::Kling),
            ("POST", "/api/v1/jobs/createTask") => self.generate(seen, Dialect::Jobs),
            ("GET", "/api/v1/jobs/recordInfo") => self.record(target, base, Dialect::Jobs),
            ("GET", "/api/v1/chat/credit") => {
                Reply::new(ok(&json!({ "code": 200, "msg": "", "data": 5916.25 })), Then::GoOn)
            }
            ("POST", "/api/file-stream-upload") => self.upload(base),
            ("GET", path) if path.starts_with("/videos/") => self.video(path, base),
            ("GET", "/loop") => Reply::new(answer(302, &[("Location", "/loop")], b""), Then::GoOn),
            // A redirect here must not carry the key.
            ("GET", "/api/elsewhere") => Reply::new(answer(404, &[], b""), Then::GoOn),
            _ => {
                self.odd.push(format!("{} does not exist", seen.line));
                Reply::new(answer(404, &[], b""), Then::GoOn)
            }
        }
    }

    fn generate(&mut self, seen: &Seen, dialect: Dialect) -> Reply {
        let fault = self.fault(Stage::Submit);
        if fault.is_some_and(|fault| !fault.accepts()) {
            return fault.expect("it is one").reply(&Value::Null, "", dialect);
        }
        let fails = self.fault(Stage::Task).is_some();
        let id = format!("kling_{:05}", self.tasks.len() + 1);
        let request = self.request(seen, dialect);
        self.tasks.push(Task {
            id: id.clone(),
            dialect,
            request,
            made: Instant::now(),
            id_sent: fault.is_none_or(Fault::tells),
            fails,
            polls: Vec::new(),
            downloads: 0,
        });
        let body = envelope(json!({ "taskId": id, "status": 0 }));
        match fault {
            Some(fault) => fault.reply(&body, "", dialect),
            None => Reply::new(dialect.ok(&body), Then::GoOn),
        }
    }

    /// The fields of a request. The unified API names the model and nothing else beside them; its
    /// fields are exactly those of the model's page.
    fn request(&mut self, seen: &Seen, dialect: Dialect) -> Value {
        let body = seen.json();
        if dialect == Dialect::Kling {
            return body;
        }
        let names = |value: &Value| -> Vec<String> {
            let mut names: Vec<String> =
                value.as_object().into_iter().flat_map(|map| map.keys().cloned()).collect();
            names.sort();
            names
        };
        let input = body["input"].clone();
        let expected: &[&str] = match body["model"].as_str() {
            Some("kling/v2-5-turbo-text-to-video-pro") => &["aspect_ratio", "duration", "prompt"],
            Some("kling/v2-5-turbo-image-to-video-pro") => &["duration", "image_url", "prompt"],
            _ => &[],
        };
        if names(&body) != ["input", "model"] || names(&input) != expected {
            self.odd.push(format!("a request has other fields than its page: {body}"));
        }
        if !matches!(input["duration"].as_str(), Some("5" | "10")) {
            self.odd.push(format!("the duration is no text: {body}"));
        }
        input
    }

    fn record(&mut self, target: &str, base: &str, dialect: Dialect) -> Reply {
        let id = target.split("taskId=").nth(1).unwrap_or_default().to_string();
        let is_meant = |task: &Task| task.id == id && task.dialect == dialect;
        let Some(at) = self.tasks.iter().position(is_meant) else {
            self.odd.push(format!("asked for {id}, which was never made in this dialect"));
            return Reply::new(ok(&json!({ "code": 422, "message": "no" })), Then::GoOn);
        };
        self.tasks[at].polls.push(Instant::now());
        let fault = self.fault(Stage::Poll);
        let task = &self.tasks[at];
        let mut data = json!({ "taskId": id, "status": 0 });
        if task.made.elapsed() >= LATENCY {
            data["status"] = json!(if task.fails { 2 } else { 1 });
            if !task.fails {
                // Each record has a fresh address, as signed ones do.
                data["videoUrl"] = json!(format!("{base}/videos/{id}/{}.mp4", task.polls.len()));
            }
        }
        match fault {
            Some(fault) => fault.reply(&envelope(data), base, dialect),
            None => Reply::new(dialect.ok(&envelope(data)), Then::GoOn),
        }
    }

    fn upload(&mut self, base: &str) -> Reply {
        self.uploads += 1;
        let fault = self.fault(Stage::Upload);
        let url = format!("{base}/files/{}.png", self.uploads);
        let body = json!({ "success": true, "code": 200, "data": { "downloadUrl": url } });
        match fault {
            Some(fault) => fault.reply(&body, base, Dialect::Kling),
            None => Reply::new(ok(&body), Then::GoOn),
        }
    }

    fn video(&mut self, path: &str, base: &str) -> Reply {
        let id = path.split('/').nth(2).unwrap_or_default();
        let Some(at) = self.tasks.iter().position(|task| task.id == id) else {
            return Reply::new(answer(404, &[], b""), Then::GoOn);
        };
        let fault = self.fault(Stage::Download);
        let video = marked(&self.video, &self.tasks[at].id);
        let whole = answer(200, &[("Content-Type", "video/mp4")], &video);
        match fault {
            Some(fault) => fault.video_reply(&whole, &video, base),
            None => Reply { downloaded: Some(at), ..Reply::new(whole, Then::GoOn) },
        }
    }
}

/// The video followed by a box that players ignore, so that each task has different bytes.
fn marked(video: &[u8], id: &str) -> Vec<u8> {
    let mark = id.as_bytes();
    let length = (8 + mark.len() as u32).to_be_bytes();
    [video, &length, b"free", mark].concat()
}

fn envelope(data: Value) -> Value {
    json!({ "code": 0, "message": "success", "data": data })
}

pub(super) fn ok(body: &Value) -> Vec<u8> {
    super::json(200, &body.to_string())
}
