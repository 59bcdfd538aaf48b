//! The remote provider: answers every call, with random faults.
//!
//! Answers are bytes as they would come over HTTP; the program's own dialect and table of faults
//! read them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use kling_build::base::{Credits, Digest, Fault, FaultClass, Key, Moment, TaskId};
use kling_build::catalog::{Catalog, Dialect, FrameSize, PricedTake};
use kling_build::plan::ProviderFamily;
use kling_build::provider::kie::{Answer, ApiCalls, Body, KieConfig, KieProvider, NoAnswer};
use kling_build::provider::{FileToHost, Order, Provider, TaskResult, TaskStatus, VideoSink};
use serde_json::{Value, json};
use tokio::time::sleep;
use url::Url;

use crate::account::{Account, DAY, RETENTION, Task};
use crate::calls::Hooks;
use crate::disk::Machine;
use crate::process::Process;
use crate::video::made;

/// How long after a download the lock names the video at the latest.
const LOCKED_AFTER: Duration = Duration::from_secs(30);

/// What goes wrong and how often.
#[derive(Clone, Copy, Debug)]
pub struct Weather {
    /// The share of calls with a fault, in percent.
    pub faults: u8,
    /// The share of tasks that fail at the provider, in percent.
    pub failures: u8,
    /// Whether frames can be decoded from the videos.
    pub decodable: bool,
}

/// What the user allows a process.
#[derive(Clone, Debug)]
pub struct Allowed {
    /// How many tasks may run at once.
    pub tasks: usize,
    /// How many failed attempts may be paid for again.
    pub failures: usize,
    /// The lock that it writes, if nothing keeps it from that.
    pub lock: Option<String>,
}

/// The connection of one process.
#[derive(Clone)]
pub struct Line {
    pub allowed: Allowed,
    pub account: Arc<Account>,
    pub machine: Arc<Machine>,
    pub hooks: Hooks,
    pub process: Arc<Process>,
    pub weather: Weather,
    /// The dialect of its requests.
    pub api: Dialect,
    pub chance: Arc<Mutex<fastrand::Rng>>,
    /// The body being sent; set by [`Remote`] just before the call.
    sending: Arc<Mutex<Option<Sending>>>,
}

#[derive(Clone, Debug)]
struct Sending {
    key: Key,
    credits: Credits,
    size: FrameSize,
    seconds: u32,
}

/// The program's own provider over the simulated connection.
pub struct Remote {
    inner: KieProvider,
    line: Line,
}

impl Remote {
    pub fn new(
        (account, machine): (Arc<Account>, Arc<Machine>),
        hooks: Hooks,
        process: Arc<Process>,
        (weather, allowed, api): (Weather, Allowed, Dialect),
        chance: fastrand::Rng,
    ) -> Remote {
        let chance = Arc::new(Mutex::new(chance));
        let sending = Arc::default();
        let line =
            Line { allowed, account, machine, hooks, process, weather, api, chance, sending };
        let config = KieConfig::from_values(None, None, &"sk-simulated".into(), api).unwrap();
        Remote { inner: KieProvider::over(config, Box::new(line.clone())), line }
    }
}

impl Provider for Remote {
    fn family(&self) -> ProviderFamily {
        self.inner.family()
    }

    fn slots(&self) -> usize {
        self.inner.slots()
    }

    fn needs_hosting(&self) -> bool {
        self.inner.needs_hosting()
    }

    fn host_name(&self) -> String {
        self.inner.host_name()
    }

    fn host<'a>(&'a self, file: &'a FileToHost) -> BoxFuture<'a, Result<String, Fault>> {
        self.inner.host(file)
    }

    fn submit<'a>(&'a self, order: &'a Order) -> BoxFuture<'a, Result<TaskId, Fault>> {
        Box::pin(async move {
            // Nothing is awaited between this and the first poll of the call.
            *self.line.sending.lock().unwrap() = Some(Sending::of(order, self.line.api));
            self.inner.submit(order).await
        })
    }

    fn status<'a>(
        &'a self,
        task: &'a TaskId,
        api: Dialect,
    ) -> BoxFuture<'a, Result<TaskStatus, Fault>> {
        self.inner.status(task, api)
    }

    fn fetch<'a>(
        &'a self,
        order: &'a Order,
        result: &'a TaskResult,
        into: &'a mut dyn VideoSink,
    ) -> BoxFuture<'a, Result<(), Fault>> {
        self.inner.fetch(order, result, into)
    }
}

impl Sending {
    fn of(order: &Order, api: Dialect) -> Sending {
        let recipe = &order.recipe;
        let entry = Catalog::embedded().dialect(api);
        let with = recipe.selecting_inputs();
        let model = entry.branch(recipe.model.as_str(), recipe.scene_type, &with);
        let (size, seconds) = match (recipe.duration, recipe.aspect_ratio) {
            (Some(seconds), Some(ratio)) => (FrameSize::of(recipe.resolution, ratio), seconds),
            // The films' avatars speak for four seconds, in the shape of a wide portrait; a video
            // that is transformed comes back as such a one, whatever it was.
            _ => (FrameSize { width: 1280, height: 720 }, 4),
        };
        let priced =
            PricedTake { seconds: f64::from(seconds), resolution: recipe.resolution, sound: false };
        let credits = model.expect("a model of the catalog").price.of(&priced);
        Sending { key: recipe.key(), credits: credits.unwrap_or_default(), size, seconds }
    }
}

/// What happens to a submit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SubmitFault {
    None,
    /// The connection is refused.
    Refused,
    /// The connection is lost before the provider has the request.
    LostBefore,
    /// The provider has accepted it and the connection is lost.
    LostAfter,
    /// No answer comes in time; the request was accepted or not.
    SilentBefore,
    SilentAfter,
    /// A server error, before or after the task was created.
    ErrorBefore,
    ErrorAfter,
    /// A page of a gateway instead of an answer.
    PageBefore,
    PageAfter,
    /// HTTP 429, 1005, and the documented refusals.
    TooMany,
    Overloaded,
    Prompt,
    Image,
    Parameters,
    Credits,
    Key,
    /// Codes of the service as a whole: 433, 455, and 401 for this model alone.
    KeyLimit,
    Maintenance,
    Model,
    /// A code of 500 whose words prove that no task was made.
    NotLong,
    /// A code that no page lists, before or after the task was created.
    UnknownBefore,
    UnknownAfter,
    /// Successful answers that cannot be read.
    Page200,
    CutOff,
    Huge,
    NoId,
    WrongId,
    NoData,
}

const SUBMIT_FAULTS: [SubmitFault; 29] = {
    use SubmitFault::*;
    [
        None,
        Refused,
        LostBefore,
        LostAfter,
        SilentBefore,
        SilentAfter,
        ErrorBefore,
        ErrorAfter,
        PageBefore,
        PageAfter,
        TooMany,
        Overloaded,
        Prompt,
        Image,
        Parameters,
        Credits,
        Key,
        KeyLimit,
        Maintenance,
        Model,
        NotLong,
        UnknownBefore,
        UnknownAfter,
        Page200,
        CutOff,
        Huge,
        NoId,
        WrongId,
        NoData,
    ]
};

impl SubmitFault {
    /// Whether the provider has created a task all the same.
    fn takes(self) -> bool {
        use SubmitFault::*;
        matches!(
            self,
            None | LostAfter
                | SilentAfter
                | ErrorAfter
                | PageAfter
                | UnknownAfter
                | Page200
                | CutOff
                | Huge
                | NoId
                | WrongId
                | NoData
        )
    }
}

fn answer(status: u16, media_type: &str, body: Body) -> Answer {
    Answer { status, media_type: media_type.into(), retry_after: None, date: None, body }
}

fn json_answer(status: u16, value: &Value) -> Answer {
    answer(status, "application/json", Body::Whole(value.to_string().into_bytes()))
}

fn page(status: u16) -> Answer {
    answer(status, "text/html", Body::Whole(b"<html>cloud</html>".to_vec()))
}

/// A refusal with the code and the words of each dialect.
fn refusal(api: Dialect, kling: (i64, &str), jobs: (i64, &str)) -> Answer {
    json_answer(
        200,
        &match api {
            Dialect::Kling => json!({ "code": kling.0, "message": kling.1, "data": null }),
            Dialect::Jobs => json!({ "code": jobs.0, "msg": jobs.1, "data": null }),
        },
    )
}

/// A refusal that is the same in both dialects.
fn refused(api: Dialect, code: i64, words: &str) -> Answer {
    refusal(api, (code, words), (code, words))
}

/// An answer of success with some data.
fn success(api: Dialect, data: Value) -> Value {
    match api {
        Dialect::Kling => json!({ "code": 0, "message": "success", "data": data }),
        Dialect::Jobs => json!({ "code": 200, "msg": "success", "data": data }),
    }
}

/// What a task's record says.
enum Said<'a> {
    Generating,
    Failed,
    Done { url: &'a str, completed: Option<Moment> },
    DoneWithoutUrl,
    Unknown,
    Odd,
}

/// The record of a task in a dialect.
fn record(api: Dialect, id: &str, said: &Said<'_>) -> Value {
    let mut data = json!({ "taskId": id });
    match api {
        Dialect::Kling => {
            data["status"] = match said {
                Said::Generating => json!(0),
                Said::Done { .. } | Said::DoneWithoutUrl => json!(1),
                Said::Failed => json!(2),
                Said::Unknown => json!(7),
                Said::Odd => json!("soon"),
            };
            match said {
                Said::Done { url, completed } => {
                    data["videoUrl"] = json!(url);
                    if let Some(completed) = completed {
                        data["completedAt"] = serde_json::to_value(completed).expect("a moment");
                    }
                }
                Said::Failed => data["failMsg"] = json!("it did not work"),
                _ => {}
            }
        }
        Dialect::Jobs => {
            data["state"] = match said {
                Said::Generating => json!("generating"),
                Said::Done { .. } | Said::DoneWithoutUrl => json!("success"),
                Said::Failed => json!("fail"),
                Said::Unknown => json!("paused"),
                Said::Odd => json!(7),
            };
            data["resultJson"] = json!("");
            match said {
                Said::Done { url, completed } => {
                    data["resultJson"] = json!(json!({ "resultUrls": [url] }).to_string());
                    data["completeTime"] = json!(completed.map(Moment::millis));
                }
                Said::Failed => {
                    data["failCode"] = json!("500");
                    data["failMsg"] = json!("Internal Error, Please try again later.");
                    data["creditsConsumed"] = json!(0);
                }
                _ => {}
            }
        }
    }
    success(api, data)
}

/// The answer about a task that has no record.
fn no_record(api: Dialect) -> Answer {
    match api {
        Dialect::Kling => json_answer(200, &success(api, json!(null))),
        Dialect::Jobs => refused(api, 422, "recordInfo is null"),
    }
}

fn lost() -> NoAnswer {
    NoAnswer::Lost("the connection was lost before an answer came".into())
}

impl Line {
    fn chance<T>(&self, choose: impl FnOnce(&mut fastrand::Rng) -> T) -> T {
        choose(&mut self.chance.lock().unwrap())
    }

    /// Whether something happens to this call.
    fn is_faulty(&self) -> bool {
        self.chance(|chance| chance.u8(..100)) < self.weather.faults
    }

    async fn travel(&self) {
        let millis = self.chance(|chance| chance.u64(5..800));
        sleep(Duration::from_millis(millis)).await;
        self.process.step_or_die().await;
    }

    fn take(&self, sending: &Sending) -> Task {
        let now = self.account.wall.elapsed();
        let (seconds, fails, hidden) = self.chance(|chance| {
            let usual = chance.u64(20..240);
            // Now and then a task is stuck for hours.
            let stuck = chance.u8(..100) < self.weather.faults / 4;
            let seconds = if stuck { usual + chance.u64(3_600..20_000) } else { usual };
            let fails = chance.u8(..100) < self.weather.failures;
            let hidden = if self.weather.faults > 0 { chance.u64(0..15) } else { 0 };
            (seconds, fails, hidden)
        });
        // Some videos are deleted earlier than promised, some are kept longer.
        let kept = self.chance(|chance| match chance.u8(..16) {
            0..2 => DAY * chance.u32(1..14),
            2..5 => RETENTION + DAY * chance.u32(1..40),
            _ => RETENTION,
        });
        self.account.accept(|number| {
            let id = format!("kling_{number:04}");
            let bytes = made(sending.size, sending.seconds, &id, self.weather.decodable);
            Task {
                key: sending.key,
                api: self.api,
                sender: self.process.id,
                credits: sending.credits,
                ends: now + Duration::from_secs(seconds),
                kept,
                fails,
                hidden_until: now + Duration::from_secs(hidden),
                digest: Digest::of(&bytes),
                video: Arc::new(bytes),
                begins: now,
                answered: false,
                fetched_at: BTreeMap::new(),
                given_up: false,
                of_another_machine: false,
                seen_finished: false,
                id,
                polled_at: None,
                denied: BTreeMap::new(),
            }
        })
    }

    async fn submitted(
        &self,
        sending: Sending,
        (image, callback): (Option<&str>, Option<&str>),
        wait_max: Duration,
    ) -> Result<Answer, NoAnswer> {
        use SubmitFault::*;
        if self.process.is_interrupted_before(self.account.wall.elapsed()) {
            self.account.violated(format!("a request was sent after an interrupt: {sending:?}"));
        }
        // An answer that a full disk did not record is in doubt, and doubts do not hold up the film.
        let is_calm = self.weather.faults == 0 && !self.process.had_full_disk();
        if is_calm && self.account.running(self.process.id) >= self.allowed.tasks {
            self.account.violated(format!("more than {} tasks run", self.allowed.tasks));
        }
        if self.account.failures(&sending.key) > self.allowed.failures {
            self.account.violated(format!("a failed task is paid for again: {sending:?}"));
        }
        let api = self.api;
        let image_words = "Image dimensions must be at least 300 pixels";
        let bad_image = || refusal(api, (1002, "Invalid image"), (422, image_words));
        let fault = match self.is_faulty() {
            true => self.chance(|chance| chance.choice(SUBMIT_FAULTS).unwrap_or(None)),
            false => None,
        };
        if fault == Refused {
            return Err(NoAnswer::NeverSent("no connection to api.kie.ai".into()));
        }
        self.travel().await;
        if image.is_some_and(|address| !self.account.is_up(address, self.process.id)) {
            return Ok(bad_image());
        }
        let task = fault.takes().then(|| self.take(&sending));
        if let (Some(task), Some(address)) = (&task, callback) {
            let ends_in = task.ends.saturating_sub(self.account.wall.elapsed());
            self.chance(|chance| self.hooks.announce(address, &task.id, ends_in, chance));
        }
        let id = task.map(|task| task.id).unwrap_or_default();
        let taken = success(
            api,
            match api {
                Dialect::Kling => json!({ "taskId": id, "status": 0 }),
                Dialect::Jobs => json!({ "taskId": id, "recordId": id }),
            },
        );
        self.travel().await;
        match fault {
            None => {
                self.account.answered(&id);
                Ok(json_answer(200, &taken))
            }
            Refused | LostBefore | LostAfter => Err(lost()),
            SilentBefore | SilentAfter => {
                sleep(wait_max).await;
                Err(NoAnswer::Lost("no answer came in time".into()))
            }
            ErrorBefore | ErrorAfter => {
                Ok(json_answer(500, &json!({ "code": 500, "message": "internal", "data": null })))
            }
            PageBefore | PageAfter => Ok(page(502)),
            TooMany => {
                let seconds = self.chance(|chance| chance.u64(0..30));
                let retry_after = (seconds > 10).then(|| Duration::from_secs(seconds));
                Ok(Answer { retry_after, ..page(429) })
            }
            Overloaded => {
                let busy = "The call frequency is too high";
                Ok(refusal(api, (1005, "Model overloaded"), (429, busy)))
            }
            Prompt => Ok(refusal(api, (1001, "Invalid prompt"), (422, "prompt is required"))),
            Image => Ok(bad_image()),
            Parameters => {
                let words = "duration is not within the range of allowed options";
                Ok(refusal(api, (1004, "Invalid parameters"), (500, words)))
            }
            Credits => {
                let words = "Credits insufficient";
                Ok(refusal(api, (1003, "Insufficient credits"), (402, words)))
            }
            Key => Ok(json_answer(401, &json!({ "code": 401, "message": "bad key" }))),
            KeyLimit => Ok(refused(api, 433, "Sub-key Usage Exceeds Limit")),
            Maintenance => Ok(refused(api, 455, "Service is being maintained")),
            Model => {
                let words = "The API key is not authorized to use this model";
                Ok(json_answer(401, &json!({ "code": 401, "message": words })))
            }
            NotLong => Ok(refused(api, 500, "prompt cannot exceed 2500 characters")),
            UnknownBefore | UnknownAfter => Ok(refused(api, 1042, "something happened")),
            Page200 => Ok(page(200)),
            CutOff => Ok(answer(200, "application/json", Body::Cut("reset".into()))),
            Huge => Ok(answer(200, "application/json", Body::TooLarge)),
            NoId => Ok(json_answer(200, &success(api, json!({ "status": 0 })))),
            WrongId => Ok(json_answer(200, &success(api, json!({ "taskId": [id] })))),
            NoData => Ok(json_answer(200, &success(api, json!(null)))),
        }
    }

    /// The lock names each take soon after its video is there.
    fn judge_lock(&self) {
        let Some(lock) = self.allowed.lock.as_ref() else { return };
        let now = self.account.wall.elapsed();
        for task in self.account.tasks() {
            let Some(at) = task.fetched_at.get(&self.process.id) else { continue };
            let text = self.machine.get(lock).unwrap_or_default();
            let names = || String::from_utf8_lossy(&text).contains(&task.digest.to_string());
            if *at + LOCKED_AFTER < now && self.machine.has_artifact(&task.digest) && !names() {
                self.account.violated(format!("the lock does not name the video of {}", task.id));
            }
        }
    }

    async fn asked(&self, id: String, api: Dialect) -> Result<Answer, NoAnswer> {
        self.judge_lock();
        self.travel().await;
        let found = self.account.poll(&id, api);
        self.travel().await;
        let said = |said: Said<'_>| Ok(json_answer(200, &record(api, &id, &said)));
        if self.is_faulty() {
            // For a task that never existed, no server invents a record.
            let kinds = if self.account.has(&id) { 12 } else { 5 };
            return match self.chance(|chance| chance.u8(..kinds)) {
                0 => Err(lost()),
                1 => Ok(page(502)),
                2 => Ok(page(429)),
                3 => Ok(json_answer(500, &json!({ "code": 500, "message": "internal" }))),
                4 => {
                    self.account.deny(&id, self.process.id);
                    Ok(no_record(api))
                }
                5 => {
                    let other = Said::Done { url: "x", completed: None };
                    Ok(json_answer(200, &record(api, "kling_9999", &other)))
                }
                6 => said(Said::Unknown),
                7 => said(Said::DoneWithoutUrl),
                8 => said(Said::Odd),
                // The status goes backwards.
                9 => said(Said::Generating),
                10 => Ok(answer(200, "application/json", Body::Cut("reset".into()))),
                _ => Ok(answer(200, "application/json", Body::TooLarge)),
            };
        }
        let Some(task) = found else {
            self.account.deny(&id, self.process.id);
            return Ok(no_record(api));
        };
        if task.ends > self.account.wall.elapsed() {
            return said(Said::Generating);
        }
        self.account.told_finished(&id);
        if task.fails {
            return said(Said::Failed);
        }
        let address = match self.is_faulty() {
            true => {
                self.account.deny(&id, self.process.id);
                "https://storage.kie.ai/videos/gone.mp4".to_string()
            }
            false => format!("https://storage.kie.ai/videos/{id}.mp4"),
        };
        let tells = !self.is_faulty();
        let completed = tells.then(|| self.account.wall.true_time(task.ends));
        said(Said::Done { url: &address, completed })
    }

    async fn downloaded(&self, address: &str, into: &mut dyn VideoSink) -> Result<(), Fault> {
        self.travel().await;
        let Some(task) = self.account.at_address(address) else {
            return Err(Fault::new(FaultClass::NotFound, "the video is not there").with_code(404));
        };
        let local = |error: std::io::Error| Fault::new(FaultClass::Local, error.to_string());
        let video = &task.video;
        let fault = if self.is_faulty() { self.chance(|chance| chance.u8(..4)) } else { 9 };
        let half = video.len() / 2;
        into.write(&video[..half]).await.map_err(local)?;
        self.travel().await;
        if matches!(fault, 1 | 3) {
            self.account.deny(&task.id, self.process.id);
        }
        match fault {
            0 => return Err(Fault::new(FaultClass::Transient, "the connection was lost")),
            // It ends early without an error.
            1 => return Ok(()),
            2 => sleep(Duration::from_secs(600)).await,
            3 => {
                into.write(b"<html>").await.map_err(local)?;
                return Ok(());
            }
            _ => {}
        }
        into.write(&video[half..]).await.map_err(local)?;
        self.account.fetched(&task.id, self.process.id);
        Ok(())
    }
}

/// The address of the image in a request of either dialect.
fn image_of(body: &Value) -> Option<&str> {
    body["imageUrl"].as_str().or_else(|| body["input"]["image_url"].as_str())
}

impl ApiCalls for Line {
    fn submit<'a>(
        &'a self,
        _: Url,
        body: &'a Value,
        wait_max: Duration,
    ) -> BoxFuture<'a, Result<Answer, NoAnswer>> {
        self.account.count_request();
        let sending = self.sending.lock().unwrap().take().expect("set just before");
        Box::pin(self.submitted(sending, (image_of(body), body["callBackUrl"].as_str()), wait_max))
    }

    fn status(&self, url: Url, _: Duration) -> BoxFuture<'_, Result<Answer, NoAnswer>> {
        self.account.count_request();
        let id = url.query_pairs().find(|pair| pair.0 == "taskId").expect("it asks for a task").1;
        let api = match url.path().contains("/jobs/") {
            true => Dialect::Jobs,
            false => Dialect::Kling,
        };
        Box::pin(self.asked(id.to_string(), api))
    }

    fn upload<'a>(
        &'a self,
        _: Url,
        file: &'a FileToHost,
        _: Duration,
    ) -> BoxFuture<'a, Result<Result<Answer, NoAnswer>, Fault>> {
        self.account.count_request();
        Box::pin(async move {
            let bytes = self.machine.get(&file.path).unwrap_or_default();
            if Digest::of(&bytes) != file.digest {
                self.account.violated(format!("{} is sent damaged", file.path.display()));
            }
            self.travel().await;
            if self.is_faulty() {
                return Ok(match self.chance(|chance| chance.bool()) {
                    true => Err(lost()),
                    false => Ok(page(503)),
                });
            }
            let lasts = self.chance(|chance| match chance.u8(..6) {
                0 if self.weather.faults > 0 => Duration::from_secs(chance.u64(..36_000)),
                _ => DAY + Duration::from_secs(chance.u64(..172_800)),
            });
            let address = self.account.upload(file.digest, file.extension, lasts);
            let data = json!({ "success": true, "code": 200, "data": { "downloadUrl": address } });
            Ok(Ok(json_answer(200, &data)))
        })
    }

    fn download<'a>(
        &'a self,
        address: &'a str,
        into: &'a mut dyn VideoSink,
    ) -> BoxFuture<'a, Result<(), Fault>> {
        self.account.count_request();
        Box::pin(self.downloaded(address, into))
    }
}
