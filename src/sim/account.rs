//! The account: balance, tasks and faults as one value; the caller passes the time in.
//!
//! All of the service's rules about money and tasks are here: what a take costs, how many run at
//! once, when they end, how long their videos are kept. It answers no requests and renders nothing.
//! A failed task keeps its price in the dialect `kling`, whose page does not promise a refund; the
//! unified API gives it back (`kie-jobs-api.md` section 5).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::fault_rules::{FaultKind, FaultPoint};
use super::options::SimOptions;
use super::records::{CallbackRecord, RefusedSubmit, SimRecords, TaskRecord};
use super::refusal::ApiError;
use super::videos::SimTake;
use crate::base::{Credits, TaskId};
use crate::catalog::Dialect;

/// The balance and the tasks. Times are since the simulator's start.
pub(super) struct SimAccount {
    options: SimOptions,
    balance: Credits,
    tasks: Vec<SimTask>,
    by_id: HashMap<TaskId, usize>,
    /// How many callbacks were requested.
    callbacks: u64,
    log: SimRecords,
}

/// A task; it has the same position in the log as in the account.
struct SimTask {
    take: Arc<SimTake>,
    ends: Duration,
    fails: bool,
    /// Whether its price was given back.
    is_given_back: bool,
}

/// The result of a poll.
#[derive(Clone, Debug)]
pub(super) struct TaskView {
    /// The request.
    pub take: Arc<SimTake>,
    /// When it was created.
    pub created: Duration,
    /// Its progress.
    pub progress: SimTaskPhase,
    /// When it ends or ended.
    pub ends: Duration,
}

/// The progress of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SimTaskPhase {
    /// In progress.
    Generating,
    /// Ended with a video.
    Succeeded,
    /// Ended without a video.
    Failed,
}

impl SimAccount {
    /// An account without tasks.
    pub fn new(options: SimOptions) -> Self {
        let balance = options.credits;
        let (tasks, by_id, log) = Default::default();
        SimAccount { options, balance, tasks, by_id, callbacks: 0, log }
    }

    /// The records so far.
    pub fn records(&self) -> SimRecords {
        self.log.clone()
    }

    /// Records something that a correct client does not do.
    pub fn violation(&mut self, what: String) {
        self.log.violations.push(what);
    }

    /// Counts a submit and returns its fault, if any.
    pub fn submit(&mut self) -> Option<FaultKind> {
        self.log.submits += 1;
        self.fault(FaultPoint::Submit, self.log.submits, 0)
    }

    /// Counts a requested callback and returns its fault, if any.
    pub fn callback(&mut self) -> Option<FaultKind> {
        self.callbacks += 1;
        self.fault(FaultPoint::Callback, self.callbacks, 0)
    }

    /// Records the answer to a callback; `None` if there was no answer.
    pub fn called(&mut self, task: TaskId, answer: Option<u16>) {
        self.log.callbacks.push(CallbackRecord { task, answer });
    }

    /// Counts an upload and returns its fault, if any.
    pub fn upload(&mut self) -> Option<FaultKind> {
        self.log.uploads += 1;
        self.fault(FaultPoint::Upload, self.log.uploads, 0)
    }

    /// Records a submit that created no task.
    pub fn refuse(&mut self, code: i64, message: &str) {
        self.log.refused.push(RefusedSubmit { code, message: message.to_string() });
    }

    /// Creates a task and charges its price.
    ///
    /// # Errors
    /// 1005 or 429 over the limit of running tasks, 1003 over the balance.
    pub fn create(
        &mut self,
        now: Duration,
        mut take: SimTake,
        request: Value,
    ) -> Result<TaskId, ApiError> {
        self.give_back(now);
        let running = self.tasks.iter().filter(|task| now < task.ends).count();
        if running >= self.options.concurrent_tasks {
            return Err(ApiError::too_many(format!("{running} tasks are running already")));
        }
        let price = take.price();
        if price > self.balance {
            let (left, missing) = (self.balance, price - self.balance);
            let words = format!("the balance is {left}, {} are missing", missing.with_unit());
            return Err(ApiError::credits(words));
        }
        self.balance = self.balance - price;
        self.log.spent += price;
        self.log.running_max = self.log.running_max.max(running + 1);
        let number = self.tasks.len();
        let id = task_id(self.options.seed, number as u64);
        let fault = self.fault(FaultPoint::Task, number as u64 + 1, 0);
        let fails = fault == Some(FaultKind::Fail);
        take.is_odd = fault == Some(FaultKind::OddVideo);
        let (take, ends) = (Arc::new(take), now + self.options.latency);
        self.tasks.push(SimTask { take, ends, fails, is_given_back: false });
        self.by_id.insert(id.clone(), number);
        self.log.tasks.push(TaskRecord {
            id: id.clone(),
            request,
            credits: price,
            created: now,
            polls: Vec::new(),
            downloads: 0,
        });
        Ok(id)
    }

    /// The balance.
    pub fn balance(&mut self, now: Duration) -> Credits {
        self.give_back(now);
        self.balance
    }

    /// Gives back the prices of failed tasks where the dialect does.
    fn give_back(&mut self, now: Duration) {
        for (task, record) in self.tasks.iter_mut().zip(&self.log.tasks) {
            let gives_back = task.take.request.dialect == Dialect::Jobs;
            if task.fails && gives_back && !task.is_given_back && task.ends <= now {
                task.is_given_back = true;
                self.balance += record.credits;
            }
        }
    }

    /// Counts a poll; returns its fault, if any, and the progress of the task.
    pub fn poll(&mut self, now: Duration, id: &TaskId) -> Option<(Option<FaultKind>, TaskView)> {
        let number = *self.by_id.get(id)?;
        let polls = &mut self.log.tasks[number].polls;
        polls.push(now);
        let call = polls.len() as u64;
        Some((self.fault(FaultPoint::Poll, call, number as u64), self.found(now, number)))
    }

    /// The progress of a task, without counting a call.
    pub fn look(&self, now: Duration, id: &TaskId) -> Option<TaskView> {
        Some(self.found(now, *self.by_id.get(id)?))
    }

    /// Counts a download and returns its fault, if any. `None` if there is no video: the task is
    /// unknown, has not succeeded, or its video is older than the retention.
    pub fn download(
        &mut self,
        now: Duration,
        id: &TaskId,
    ) -> Option<(Option<FaultKind>, Arc<SimTake>)> {
        let number = *self.by_id.get(id)?;
        let found = self.found(now, number);
        if found.progress != SimTaskPhase::Succeeded || now > found.ends + self.options.retention {
            return None;
        }
        let record = &mut self.log.tasks[number];
        record.downloads += 1;
        let call = record.downloads;
        Some((self.fault(FaultPoint::Download, call, number as u64), found.take))
    }

    fn found(&self, now: Duration, number: usize) -> TaskView {
        let task = &self.tasks[number];
        let progress = match now < task.ends {
            true => SimTaskPhase::Generating,
            false if task.fails => SimTaskPhase::Failed,
            false => SimTaskPhase::Succeeded,
        };
        let created = self.log.tasks[number].created;
        TaskView { take: task.take.clone(), created, progress, ends: task.ends }
    }

    fn fault(&self, stage: FaultPoint, call: u64, task: u64) -> Option<FaultKind> {
        let rules = self.options.faults.iter().enumerate();
        let mut rules = rules.filter(|(_, rule)| rule.kind.stage() == stage);
        let met = rules.find(|(number, rule)| {
            // Each rule, task and call has a chance of its own.
            let chance = [*number as u64, task, call].into_iter().fold(self.options.seed, mixed);
            rule.when.applies(call, chance)
        });
        met.map(|(_, rule)| rule.kind)
    }
}

/// The id of the task with this number, in the form that the page shows: `kling_def456uvw`.
fn task_id(seed: u64, number: u64) -> TaskId {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut rest = mixed(seed, number);
    let mut text = String::from("kling_");
    for _ in 0..9 {
        text.push(char::from(DIGITS[(rest % 36) as usize]));
        rest /= 36;
    }
    TaskId::new(text)
}

/// Mixes a number into a seed; every bit of both affects every bit of the result (SplitMix64).
fn mixed(seed: u64, number: u64) -> u64 {
    let mut z = seed.wrapping_add(number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use std::collections::BTreeMap;

    use crate::catalog::Catalog;

    use super::super::take_request::TakeRequest;
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn take() -> SimTake {
        let request =
            TakeRequest::read(br#"{ "prompt": "x" }"#, Dialect::Kling, Catalog::embedded())
                .unwrap();
        SimTake { request, pictures: BTreeMap::new(), input_seconds: None, is_odd: false }
    }

    fn account(credits: i64, faults: &[&str]) -> SimAccount {
        let faults = faults.iter().map(|rule| rule.parse().unwrap()).collect();
        let credits = Credits::whole(credits);
        SimAccount::new(SimOptions { credits, faults, latency: SECOND, ..SimOptions::default() })
    }

    #[test]
    fn the_balance_is_never_overdrawn() {
        let mut account = account(120, &[]);
        assert!(account.create(Duration::ZERO, take(), Value::Null).is_ok());
        assert!(account.create(Duration::ZERO, take(), Value::Null).is_ok());
        let refusal = account.create(Duration::ZERO, take(), Value::Null).unwrap_err();
        assert_eq!(
            refusal.message,
            "Insufficient credits: the balance is 20, 30 credits are missing"
        );
        assert_eq!(account.records().spent, Credits::whole(100));
    }

    #[test]
    fn ten_tasks_run_at_once_and_an_ended_one_makes_room() {
        let mut account = account(10_000, &[]);
        for _ in 0..10 {
            account.create(Duration::ZERO, take(), Value::Null).unwrap();
        }
        assert_eq!(account.create(SECOND / 2, take(), Value::Null).unwrap_err().code, 429);
        assert!(account.create(SECOND, take(), Value::Null).is_ok());
        assert_eq!(account.records().running_max, 10);
    }

    #[test]
    fn video_is_available_from_the_end_until_the_retention() {
        let mut account = account(10_000, &["fail:2"]);
        let good = account.create(Duration::ZERO, take(), Value::Null).unwrap();
        let bad = account.create(Duration::ZERO, take(), Value::Null).unwrap();
        let fourteen_days = SECOND * 14 * 24 * 60 * 60;
        let mut there = |at, id| account.download(at, id).is_some();
        assert!(!there(SECOND / 2, &good) && there(SECOND, &good));
        assert!(there(SECOND + fourteen_days, &good) && !there(SECOND * 2 + fourteen_days, &good));
        assert!(!there(SECOND, &bad) && !there(SECOND, &TaskId::new("kling_other")));
        assert_eq!(account.look(SECOND, &bad).unwrap().progress, SimTaskPhase::Failed);
    }

    #[test]
    fn polls_and_downloads_are_counted_per_task() {
        let mut account = account(10_000, &["not-visible:1-2", "dead-url:1"]);
        let ids = [(); 2].map(|()| account.create(Duration::ZERO, take(), Value::Null).unwrap());
        for id in &ids {
            let mut poll = || account.poll(SECOND, id).unwrap().0;
            assert_eq!(
                [poll(), poll(), poll()],
                [Some(FaultKind::NotVisible), Some(FaultKind::NotVisible), None]
            );
            let mut download = || account.download(SECOND, id).unwrap().0;
            assert_eq!([download(), download()], [Some(FaultKind::DeadUrl), None]);
        }
    }

    #[test]
    fn seed_determines_chances_and_ids() {
        let run = |seed| {
            let faults = vec!["1005:30%".parse().unwrap()];
            let mut account = SimAccount::new(SimOptions { seed, faults, ..SimOptions::default() });
            (0..200).map(|_| account.submit().is_some()).collect::<Vec<_>>()
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
        let met = run(1).iter().filter(|met| **met).count();
        assert!((40..80).contains(&met), "30 % of 200 were {met}");

        let ids: HashSet<_> = (0..10_000).map(|number| task_id(7, number)).collect();
        assert_eq!(ids.len(), 10_000);
        assert_eq!(task_id(7, 3), task_id(7, 3));
    }
}
