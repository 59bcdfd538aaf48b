//! The postbox: between the listener, which takes what comes, and the build, which asks when it can.
//!
//! Bounded by the build: of each take one call is kept, however often it is called. What bears a
//! token that this build does not know goes to a short queue of its own, so that strangers cannot
//! keep a take's call out.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, mpsc};

use crate::base::{TaskId, Token};

/// How many calls with unknown tokens wait to be looked up.
const STRANGERS_MAX: usize = 64;

/// Calls that have come and are not answered yet.
pub struct Postbox {
    sorted: Mutex<Sorted>,
    arrived: Notify,
    strangers: mpsc::Sender<Call>,
}

/// A callback: its token and the task that it named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The token in its address.
    pub token: Token,
    /// The task in its body, which anybody may have written.
    pub task: TaskId,
}

/// There is no room; whoever calls may come again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

#[derive(Default)]
struct Sorted {
    /// Two jobs share a token where two scenes have one key.
    jobs: HashMap<Token, Vec<usize>>,
    tokens: HashMap<usize, Token>,
    calls: BTreeMap<usize, TaskId>,
}

impl Postbox {
    /// An empty one, and where the calls with unknown tokens come out.
    pub fn new() -> (Postbox, mpsc::Receiver<Call>) {
        let (strangers, receiver) = mpsc::channel(STRANGERS_MAX);
        (Postbox { sorted: Mutex::default(), arrived: Notify::new(), strangers }, receiver)
    }

    /// Expects calls for a job under this token, and no longer under the one it had.
    pub fn expect(&self, job: usize, token: Token) {
        let mut sorted = self.sorted();
        if let Some(old) = sorted.tokens.insert(job, token.clone())
            && let Some(jobs) = sorted.jobs.get_mut(&old)
        {
            jobs.retain(|other| *other != job);
            if jobs.is_empty() {
                sorted.jobs.remove(&old);
            }
        }
        sorted.jobs.entry(token).or_default().push(job);
    }

    /// Whether a job of this build has that token.
    pub fn knows(&self, token: &Token) -> bool {
        self.sorted().jobs.contains_key(token)
    }

    /// Takes a call in.
    ///
    /// # Errors
    /// Where its token is unknown and too many such calls wait.
    pub fn put(&self, call: Call) -> Result<(), Full> {
        let mut sorted = self.sorted();
        let Some(jobs) = sorted.jobs.get(&call.token).cloned() else {
            drop(sorted);
            return self.strangers.try_send(call).map_err(|_| Full);
        };
        for job in jobs {
            sorted.calls.insert(job, call.task.clone());
        }
        self.arrived.notify_one();
        Ok(())
    }

    /// The next call for a job. For one reader; none is lost when the wait is given up.
    pub async fn next(&self) -> (usize, TaskId) {
        loop {
            if let Some(call) = self.sorted().calls.pop_first() {
                return call;
            }
            self.arrived.notified().await;
        }
    }

    fn sorted(&self) -> MutexGuard<'_, Sorted> {
        self.sorted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn call(byte: u8, task: &str) -> Call {
        Call { token: Token::from_bytes([byte; 16]), task: TaskId::new(task) }
    }

    fn next(postbox: &Postbox) -> Option<(usize, String)> {
        postbox.next().now_or_never().map(|(job, task)| (job, task.to_string()))
    }

    #[test]
    fn a_take_that_is_called_often_is_called_once() {
        let (postbox, _strangers) = Postbox::new();
        postbox.expect(3, call(1, "").token);
        postbox.expect(4, call(1, "").token);
        for _ in 0..10_000 {
            postbox.put(call(1, "k1")).unwrap();
        }
        assert_eq!(next(&postbox), Some((3, "k1".into())));
        assert_eq!(next(&postbox), Some((4, "k1".into())));
        assert_eq!(next(&postbox), None);
        postbox.put(call(1, "k2")).unwrap();
        assert_eq!(next(&postbox), Some((3, "k2".into())));
    }

    #[test]
    fn strangers_are_few_and_keep_nobody_out() {
        let (postbox, mut strangers) = Postbox::new();
        postbox.expect(0, call(1, "").token);
        let full = (0..1_000).filter(|_| postbox.put(call(9, "k9")) == Err(Full)).count();
        assert_eq!(full, 1_000 - STRANGERS_MAX);
        assert_eq!(postbox.put(call(1, "k1")), Ok(()));
        assert_eq!(next(&postbox), Some((0, "k1".into())));
        assert_eq!(strangers.try_recv(), Ok(call(9, "k9")));
    }

    #[test]
    fn a_new_token_replaces_the_old_one() {
        let (postbox, mut strangers) = Postbox::new();
        postbox.expect(0, call(1, "").token);
        postbox.expect(0, call(2, "").token);
        postbox.put(call(1, "k1")).unwrap();
        assert_eq!(next(&postbox), None);
        assert_eq!(strangers.try_recv(), Ok(call(1, "k1")));
        assert!(postbox.knows(&call(2, "").token) && !postbox.knows(&call(1, "").token));
    }
}
