//! Faults of the strict API: deviations from its page.

use serde_json::{Value, json};

use super::answer;
use super::api::{Dialect, Reply, Then};

/// The call at which a fault happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// A request for a take.
    Submit,
    /// A task that was created.
    Task,
    /// A status call.
    Poll,
    /// A download of a video.
    Download,
    /// An upload of a file.
    Upload,
}

impl Stage {
    /// Every stage.
    pub const ALL: [Stage; 5] =
        [Stage::Submit, Stage::Task, Stage::Poll, Stage::Download, Stage::Upload];
}

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident @ $stage:ident,)+) => {
        /// A fault.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Fault { $($(#[$doc])* $name,)+ }

        impl Fault {
            /// Every fault.
            pub const ALL: &'static [Fault] = &[$(Fault::$name),+];

            /// The call at which it happens.
            pub fn stage(self) -> Stage {
                match self { $(Fault::$name => Stage::$stage,)+ }
            }
        }
    };
}

faults! {
    /// The connection is reset; no task.
    SubmitReset @ Submit,
    /// HTTP 500 in JSON; no task.
    Submit500 @ Submit,
    /// HTTP 502 as a page; no task.
    Submit502Page @ Submit,
    /// HTTP 429 with a second to wait.
    Submit429 @ Submit,
    /// The prompt is refused.
    Submit1001 @ Submit,
    /// The image is refused.
    Submit1002 @ Submit,
    /// The balance is too small.
    Submit1003 @ Submit,
    /// The parameters are refused.
    Submit1004 @ Submit,
    /// The key is refused.
    Submit401 @ Submit,
    /// 1005 in an answer of success.
    Submit1005 @ Submit,
    /// An undocumented code; no task.
    SubmitUnknownCode @ Submit,
    /// The task is created, the connection is reset.
    AcceptReset @ Submit,
    /// The task is created, HTTP 500.
    Accept500 @ Submit,
    /// The task is created, a page with a success status.
    AcceptPage @ Submit,
    /// The task is created, the answer is cut off in its id.
    AcceptCut @ Submit,
    /// The task is created, the answer is 64 MiB long.
    AcceptHuge @ Submit,
    /// The task is created, its id is missing.
    AcceptNoId @ Submit,
    /// The task is created, its id is an object.
    AcceptOddId @ Submit,
    /// The task is created, its id contains escape codes.
    AcceptEscapedId @ Submit,
    /// The task is created, the answer is compressed.
    AcceptGzip @ Submit,
    /// The task is created, the answer's header never ends.
    AcceptEndlessHead @ Submit,
    /// The task is created, the code is a string: still a success.
    AcceptStringCode @ Submit,
    /// The task is created, the answer has unknown fields: still a success.
    AcceptSurplus @ Submit,
    /// The task ends without a video.
    TaskFails @ Task,
    /// HTTP 429 with a second to wait.
    Poll429 @ Poll,
    /// HTTP 503 as a page.
    Poll503Page @ Poll,
    /// The connection is reset.
    PollReset @ Poll,
    /// The record is not visible yet.
    PollNull @ Poll,
    /// The record is not visible yet, as HTTP 404.
    Poll404 @ Poll,
    /// The record is cut off.
    PollCut @ Poll,
    /// The record is 64 MiB long.
    PollHuge @ Poll,
    /// The record is not JSON.
    PollNoJson @ Poll,
    /// The record has no status.
    PollNoStatus @ Poll,
    /// The record's status is unknown.
    PollOddStatus @ Poll,
    /// The record goes back to "generating".
    PollBackwards @ Poll,
    /// The record belongs to another task.
    PollOther @ Poll,
    /// Success without an address.
    PollNoUrl @ Poll,
    /// Success with an address on a private network.
    PollPrivateUrl @ Poll,
    /// Success with an address in the file system.
    PollFileUrl @ Poll,
    /// Success with an address full of escape codes.
    PollEscapedUrl @ Poll,
    /// HTTP 404: the address is dead.
    VideoDead @ Download,
    /// HTTP 403: the address has expired.
    VideoExpired @ Download,
    /// HTTP 503.
    Video503 @ Download,
    /// The video is cut off in the middle.
    VideoCut @ Download,
    /// Half a video that claims to be complete.
    VideoHalf @ Download,
    /// A video whose first box has a wrong length.
    VideoLies @ Download,
    /// A page instead of a video.
    VideoPage @ Download,
    /// Bytes that are not a video.
    VideoNoise @ Download,
    /// A compressed video.
    VideoGzip @ Download,
    /// A redirect to the network around this machine.
    VideoToPrivate @ Download,
    /// A redirect to itself.
    VideoLoop @ Download,
    /// A redirect to the API, where the key would be accepted.
    VideoToApi @ Download,
    /// HTTP 500 in JSON.
    Upload500 @ Upload,
    /// Success without an address.
    UploadNoUrl @ Upload,
    /// The connection is reset.
    UploadReset @ Upload,
}

impl Fault {
    /// Whether a submit with it creates a task.
    pub fn accepts(self) -> bool {
        (Fault::AcceptReset..=Fault::AcceptSurplus).contains(&self)
    }

    /// Whether a submit with it reveals the task's id all the same.
    pub fn tells(self) -> bool {
        matches!(self, Fault::AcceptStringCode | Fault::AcceptSurplus)
    }

    /// What is sent instead of an answer with this body.
    pub(super) fn reply(self, body: &Value, base: &str, dialect: Dialect) -> Reply {
        let ok = |body: &Value| dialect.ok(body);
        let text = dialect.told(body).to_string();
        let go_on = |bytes| Reply::new(bytes, Then::GoOn);
        let page = |status| go_on(answer(status, &[HTML], b"<html>\x1b[31mJust a moment"));
        let said = |status, code: i64, message: &str| {
            let said = dialect.told(&json!({ "code": code, "message": message })).to_string();
            go_on(answer(status, &[JSON, ("Retry-After", "1")], said.as_bytes()))
        };
        let changed = |change: &dyn Fn(&mut Value)| {
            let mut body = body.clone();
            change(&mut body["data"]);
            go_on(ok(&body))
        };
        let video_at = |url: &str| {
            changed(&|data| {
                if data["status"] == json!(1) {
                    data["videoUrl"] = json!(url);
                }
            })
        };
        match self {
            Fault::SubmitReset | Fault::AcceptReset | Fault::PollReset | Fault::UploadReset => {
                Reply::new(Vec::new(), Then::Reset)
            }
            Fault::Submit500 | Fault::Accept500 | Fault::Upload500 => {
                said(500, 500, "\u{1b}]0;owned\u{7}oops \u{202e}spoo\r\nfake: line")
            }
            Fault::Submit502Page => page(502),
            Fault::Poll503Page => page(503),
            Fault::Submit429 | Fault::Poll429 => said(429, 429, "slow down"),
            Fault::Submit1001 => said(200, 1001, "\u{9b}31mbanned\u{1b}[0m\nwords \u{2066}"),
            Fault::Submit1002 => said(200, 1002, "no image"),
            Fault::Submit1003 => said(200, 1003, "the balance is 0"),
            Fault::Submit1004 => said(400, 1004, "odd parameters"),
            Fault::Submit401 => said(401, 401, "no such key"),
            Fault::Submit1005 => said(200, 1005, "model overloaded"),
            Fault::SubmitUnknownCode => said(200, 1999, "\u{1b}[2Jwho knows"),
            Fault::AcceptPage => page(200),
            Fault::AcceptCut | Fault::PollCut => {
                let mut bytes = ok(body);
                bytes.truncate(bytes.len() - 20);
                Reply::new(bytes, Then::Reset)
            }
            Fault::AcceptHuge | Fault::PollHuge => {
                let head = format!(
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{text}",
                    64 << 20
                );
                Reply::new(head.into_bytes(), Then::Repeat)
            }
            Fault::AcceptEndlessHead => {
                Reply::new(b"HTTP/1.1 200 OK\r\nX-Endless: ".to_vec(), Then::Repeat)
            }
            Fault::AcceptNoId => changed(&|data| *data = json!({ "status": 0 })),
            Fault::AcceptOddId => changed(&|data| data["taskId"] = json!({ "id": 1 })),
            Fault::AcceptEscapedId => changed(&|data| {
                let id = data["taskId"].as_str().unwrap_or_default();
                data["taskId"] = json!(format!("\u{1b}[31m{id}\u{202e}"));
            }),
            Fault::AcceptGzip => {
                let packed = [b"\x1f\x8b\x08".as_slice(), &[0; 64]].concat();
                go_on(answer(200, &[JSON, ("Content-Encoding", "gzip")], &packed))
            }
            Fault::AcceptStringCode => {
                let mut body = body.clone();
                body["code"] = json!("0");
                go_on(ok(&body))
            }
            Fault::AcceptSurplus => {
                let mut body = body.clone();
                body["surprise"] = json!([1, { "taskId": "kling_other" }]);
                body["data"]["more"] = json!("\u{1b}[31m");
                go_on(ok(&body))
            }
            Fault::PollNull => changed(&|data| *data = Value::Null),
            Fault::Poll404 => said(404, 404, "not found"),
            Fault::PollNoJson => go_on(answer(200, &[JSON], b"success")),
            Fault::PollNoStatus => changed(&|data| {
                let id = data["taskId"].clone();
                *data = json!({ "taskId": id });
            }),
            Fault::PollOddStatus => changed(&|data| data["status"] = json!(7)),
            Fault::PollBackwards => changed(&|data| data["status"] = json!(0)),
            Fault::PollOther => changed(&|data| data["taskId"] = json!("kling_other")),
            Fault::PollNoUrl => video_at(" "),
            Fault::PollPrivateUrl => video_at("http://169.254.169.254/latest/meta-data"),
            Fault::PollFileUrl => video_at("file:///etc/passwd"),
            Fault::PollEscapedUrl => video_at(&format!("{base}/videos/\u{1b}[31m\u{202e}/x.mp4")),
            Fault::UploadNoUrl => changed(&|data| *data = json!({})),
            _ => unreachable!("{self:?} goes wrong elsewhere"),
        }
    }

    /// What is sent instead of a video; `whole` is the answer with it.
    pub(super) fn video_reply(self, whole: &[u8], video: &[u8], base: &str) -> Reply {
        let go_on = |bytes| Reply::new(bytes, Then::GoOn);
        let redirect = |to: &str| go_on(answer(302, &[("Location", to)], b""));
        let as_video = |bytes: &[u8]| go_on(answer(200, &[("Content-Type", "video/mp4")], bytes));
        match self {
            Fault::VideoDead => go_on(answer(404, &[], b"")),
            Fault::VideoExpired => {
                go_on(answer(403, &[("Content-Type", "application/xml")], b"<Error/>"))
            }
            Fault::Video503 => go_on(answer(503, &[("Retry-After", "1")], b"")),
            Fault::VideoCut => Reply::new(whole[..whole.len() / 2].to_vec(), Then::Reset),
            Fault::VideoHalf => as_video(&video[..video.len() / 2]),
            Fault::VideoLies => {
                as_video(&[b"\0\0\0\x01ftyp\x7f\xff\xff\xff\xff\xff\xff\xff", video].concat())
            }
            Fault::VideoPage => go_on(answer(200, &[HTML], b"<html>gone")),
            Fault::VideoNoise => as_video(&[0xA5; 4096]),
            Fault::VideoGzip => go_on(answer(
                200,
                &[("Content-Type", "video/mp4"), ("Content-Encoding", "gzip")],
                video,
            )),
            Fault::VideoToPrivate => redirect("http://10.0.0.1/v.mp4"),
            Fault::VideoLoop => redirect("/loop"),
            Fault::VideoToApi => redirect(&format!("{base}/api/elsewhere")),
            _ => unreachable!("{self:?} goes wrong elsewhere"),
        }
    }
}

const HTML: (&str, &str) = ("Content-Type", "text/html");
const JSON: (&str, &str) = ("Content-Type", "application/json");
