//! The inbox: the listener puts callbacks in, and the build takes them out when it is ready.
//!
//! The build bounds its size: one callback is kept for each take, however many arrive. Callbacks
//! whose token this build does not know go to a short queue of their own, so that they cannot crowd
//! out the callbacks of its takes.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, mpsc};

use crate::base::{TaskId, Token};

/// How many callbacks with unknown tokens wait to be looked up.
const UNCLAIMED_MAX: usize = 64;

/// Callbacks that have arrived and are not handled yet.
pub struct CallbackInbox {
    sorted: Mutex<InboxState>,
    arrived: Notify,
    unclaimed: mpsc::Sender<ReceivedCallback>,
}

/// A callback: its token and the task that it named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedCallback {
    /// The token in its address.
    pub token: Token,
    /// The task in its body, which anybody may have written.
    pub task: TaskId,
}

/// There is no room; the caller may try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InboxFull;

#[derive(Default)]
struct InboxState {
    /// Two jobs share a token if two scenes have the same key.
    jobs: HashMap<Token, Vec<usize>>,
    tokens: HashMap<usize, Token>,
    calls: BTreeMap<usize, TaskId>,
}

impl CallbackInbox {
    /// An empty inbox, and the queue of callbacks with unknown tokens.
    pub fn new() -> (CallbackInbox, mpsc::Receiver<ReceivedCallback>) {
        let (unclaimed, receiver) = mpsc::channel(UNCLAIMED_MAX);
        (CallbackInbox { sorted: Mutex::default(), arrived: Notify::new(), unclaimed }, receiver)
    }

    /// Expects callbacks for a job under this token, and no longer under its earlier one.
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

    /// Accepts a callback.
    ///
    /// # Errors
    /// Its token is unknown and too many such callbacks are waiting.
    pub fn put(&self, call: ReceivedCallback) -> Result<(), InboxFull> {
        let mut sorted = self.sorted();
        let Some(jobs) = sorted.jobs.get(&call.token).cloned() else {
            drop(sorted);
            return self.unclaimed.try_send(call).map_err(|_| InboxFull);
        };
        for job in jobs {
            sorted.calls.insert(job, call.task.clone());
        }
        self.arrived.notify_one();
        Ok(())
    }

    /// The next callback for a job. For one reader; dropping the future loses no callback.
    pub async fn next(&self) -> (usize, TaskId) {
        loop {
            if let Some(call) = self.sorted().calls.pop_first() {
                return call;
            }
            self.arrived.notified().await;
        }
    }

    fn sorted(&self) -> MutexGuard<'_, InboxState> {
        self.sorted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn call(byte: u8, task: &str) -> ReceivedCallback {
        ReceivedCallback { token: Token::from_bytes([byte; 16]), task: TaskId::new(task) }
    }

    fn next(inbox: &CallbackInbox) -> Option<(usize, String)> {
        inbox.next().now_or_never().map(|(job, task)| (job, task.to_string()))
    }

    #[test]
    fn repeated_callbacks_for_a_take_are_kept_once() {
        let (inbox, _unclaimed) = CallbackInbox::new();
        inbox.expect(3, call(1, "").token);
        inbox.expect(4, call(1, "").token);
        for _ in 0..10_000 {
            inbox.put(call(1, "k1")).unwrap();
        }
        assert_eq!(next(&inbox), Some((3, "k1".into())));
        assert_eq!(next(&inbox), Some((4, "k1".into())));
        assert_eq!(next(&inbox), None);
        inbox.put(call(1, "k2")).unwrap();
        assert_eq!(next(&inbox), Some((3, "k2".into())));
    }

    #[test]
    fn unknown_tokens_are_limited_and_block_no_take() {
        let (inbox, mut unclaimed) = CallbackInbox::new();
        inbox.expect(0, call(1, "").token);
        let full = (0..1_000).filter(|_| inbox.put(call(9, "k9")) == Err(InboxFull)).count();
        assert_eq!(full, 1_000 - UNCLAIMED_MAX);
        assert_eq!(inbox.put(call(1, "k1")), Ok(()));
        assert_eq!(next(&inbox), Some((0, "k1".into())));
        assert_eq!(unclaimed.try_recv(), Ok(call(9, "k9")));
    }

    #[test]
    fn a_new_token_replaces_the_old_one() {
        let (inbox, mut unclaimed) = CallbackInbox::new();
        inbox.expect(0, call(1, "").token);
        inbox.expect(0, call(2, "").token);
        inbox.put(call(1, "k1")).unwrap();
        assert_eq!(next(&inbox), None);
        assert_eq!(unclaimed.try_recv(), Ok(call(1, "k1")));
        assert!(inbox.knows(&call(2, "").token) && !inbox.knows(&call(1, "").token));
    }
}
