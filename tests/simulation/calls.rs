//! Callbacks: those that the provider posts about its tasks, and forged ones. Chance decides which
//! ones arrive, when, and how often.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use kling_build::base::{TaskId, Token};
use kling_build::runner::{CallbackInbox, CallbackSetup, ReceivedCallback};
use tokio::time::sleep;

/// The address under which all processes can be reached.
pub const PUBLIC_URL: &str = "https://hooks.example/film";
/// A task that does not exist.
const NO_TASK: &str = "kling_none";

/// A process and the callbacks that it receives.
type Ear = (u64, Arc<CallbackInbox>);

/// The processes that listen now.
#[derive(Clone, Default)]
pub struct Hooks(Arc<Mutex<Vec<Ear>>>);

/// A process listens while this exists.
pub struct Listens {
    hooks: Hooks,
    process: u64,
}

impl Hooks {
    /// Lets a build receive callbacks. Its tokens are drawn from this source of chance.
    pub fn listen(&self, process: u64, chance: fastrand::Rng) -> (Listens, CallbackSetup) {
        let chance = Mutex::new(chance);
        let bytes = Arc::new(move || Ok(chance.lock().unwrap().u128(..).to_le_bytes()));
        let url = PUBLIC_URL.parse().expect("a public URL");
        let (callback_setup, inbox) = CallbackSetup::without_network(url, bytes);
        self.0.lock().unwrap().push((process, inbox));
        (Listens { hooks: self.clone(), process }, callback_setup)
    }

    /// Schedules the callbacks for a task that was requested with this address.
    pub fn announce(
        &self,
        address: &str,
        task: &str,
        ends_in: Duration,
        chance: &mut fastrand::Rng,
    ) {
        let token = address.rsplit('/').next().and_then(|token| token.parse::<Token>().ok());
        let token = token.expect("the address ends with a token");
        let call = |task: &str| ReceivedCallback { token: token.clone(), task: TaskId::new(task) };
        let soon =
            |chance: &mut fastrand::Rng| ends_in + Duration::from_millis(chance.u64(..3_000));
        let mut posts = match chance.u8(..8) {
            // It is lost.
            0 => vec![],
            // It overtakes the answer to the submit.
            1 => vec![(Duration::ZERO, call(task))],
            // It is late.
            2 => vec![(ends_in + Duration::from_secs(chance.u64(..2_000)), call(task))],
            3 => vec![(soon(chance), call(task)), (soon(chance), call(task))],
            _ => vec![(soon(chance), call(task))],
        };
        for _ in 0..chance.u8(..4).saturating_sub(1) {
            let at = Duration::from_millis(chance.u64(..300_000));
            let guessed = Token::from_bytes(chance.u128(..).to_le_bytes());
            posts.push(match chance.u8(..3) {
                0 => (at, call(NO_TASK)),
                1 => (at, ReceivedCallback { token: guessed, task: TaskId::new(task) }),
                _ => (at, call(task)),
            });
        }
        for (at, call) in posts {
            let (hooks, which) = (self.clone(), chance.usize(..));
            tokio::spawn(async move {
                sleep(at).await;
                hooks.post(call, which);
            });
        }
    }

    /// If several processes listen under one address, chance decides which one receives it.
    fn post(&self, call: ReceivedCallback, which: usize) {
        let callback_setup = self.0.lock().unwrap();
        if !callback_setup.is_empty() {
            // If there is no room, it is lost.
            let _ = callback_setup[which % callback_setup.len()].1.put(call);
        }
    }
}

impl Drop for Listens {
    fn drop(&mut self) {
        self.hooks.0.lock().unwrap().retain(|entry| entry.0 != self.process);
    }
}
