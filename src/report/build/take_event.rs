//! Take events: turns the engine's states into events.

use super::ending::{EndingText, fault_words};
use super::event::{BuildEvent, TakeState};
use crate::base::text::clean;
use crate::base::{Moment, SceneId};
use crate::engine::{End, FETCH, FailureKind, PREPARE, State, of_submit};

/// The event for a take that has entered this state, given its scene, and its number if it is another
/// one than the one that the film uses; `name` gives the scene of a job's index.
///
/// A failed take becomes [`BuildEvent::TakeFailed`] without a place, which the caller finds (see
/// [`super::ending::failure_place`]). The engine does not know the bytes of a finished take, so the
/// caller sends [`BuildEvent::TakeDone`] itself, instead of this or after it.
pub fn take_event(
    (scene, take): (&SceneId, Option<u32>),
    state: &State,
    name: &dyn Fn(usize) -> SceneId,
    at: Moment,
) -> BuildEvent {
    if let State::Ended(end @ End::Failed(failing)) = state {
        let ending = EndingText::of(end, name);
        return BuildEvent::TakeFailed {
            scene: scene.clone(),
            take,
            refused: matches!(failing, FailureKind::Refused(_)),
            code: ending.code,
            message: ending.why,
            task: state.task().cloned(),
            place: None,
            paid: ending.paid,
            at,
        };
    }
    let (word, detail, retry_at) = words(state, name);
    BuildEvent::TakeChanged {
        scene: scene.clone(),
        take,
        state: word,
        task: state.task().cloned(),
        detail,
        retry_at,
        at,
    }
}

fn words(
    state: &State,
    name: &dyn Fn(usize) -> SceneId,
) -> (TakeState, Option<String>, Option<Moment>) {
    let next_try = |failed: u32, of: u32| format!("try {} of {of}", failed + 1);
    match state {
        State::Waiting | State::Resolving => (TakeState::Waiting, None, None),
        // A take shared with another scene is reported there.
        State::Elsewhere { by, .. } => {
            let by = by.as_deref().map(|by| format!("being made by {}", clean(by)));
            (TakeState::Waiting, by, None)
        }
        State::Preparing { fault: None, .. } => (TakeState::Preparing, None, None),
        State::Preparing { tries, fault: Some(fault) } => {
            let detail = format!("{}, {}", fault_words(fault), next_try(*tries, PREPARE.tries()));
            (TakeState::Retry, Some(detail), None)
        }
        State::Queued { retry: None, .. } => (TakeState::Queued, None, None),
        State::Queued { tries, retry: Some((fault, at)) } => {
            let detail = format!(
                "{}, {}",
                fault_words(fault),
                next_try(*tries, of_submit(fault.class).tries())
            );
            (TakeState::Retry, Some(detail), Some(*at))
        }
        State::Submitting { tries } => {
            let detail = (*tries > 0).then(|| format!("try {}", tries + 1));
            (TakeState::Submitting, detail, None)
        }
        State::Doubted { sent_at, detail, until } => {
            let end = End::InDoubt { sent_at: *sent_at, detail: detail.clone() };
            let why = EndingText::of(&end, name).why;
            let until = until.local_time();
            let detail = format!("{why}; a callback may settle it until {until}");
            (TakeState::InDoubt, Some(detail), None)
        }
        State::Generating { .. } => (TakeState::Generating, None, None),
        State::Fetching { fetches, .. } => {
            let detail = (*fetches > 0).then(|| next_try(*fetches, FETCH.tries()));
            (TakeState::Fetching, detail, None)
        }
        State::Ended(End::Done) => (TakeState::Done, None, None),
        State::Ended(end) => {
            let ending = EndingText::of(end, name);
            (ending.state, Some(ending.why), None)
        }
    }
}
