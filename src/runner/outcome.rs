//! The outcome: how a build ended, as a value for reports and the shell.

use std::time::Duration;

use super::exit::Exit;
use super::publish::Published;
use super::session::Session;
use crate::base::{Credits, Moment};
use crate::engine::{End, Engine, Halt, State};

/// How a build ended.
pub struct Outcome {
    /// The session it was built in.
    pub session: Session,
    /// The last state of each take, in the order of the plan.
    pub states: Vec<State>,
    /// What this build committed: spent, or possibly spent.
    pub committed: Credits,
    /// How long it took.
    pub elapsed: Duration,
    /// What is in the build directory now.
    pub published: Published,
    /// How the command ends.
    pub exit: Exit,
}

impl Outcome {
    pub(super) fn new(
        session: Session,
        engine: &Engine,
        published: Published,
        begun: Moment,
    ) -> Outcome {
        let states = engine.states().to_vec();
        Outcome {
            exit: exit_of(&states, engine.halt(), !published.failed_cuts.is_empty()),
            states,
            committed: engine.committed(),
            elapsed: session.now().since(begun),
            published,
            session,
        }
    }
}

/// An interrupt is told above all, a failure before an open decision.
fn exit_of(states: &[State], halt: Option<Halt>, cut_failed: bool) -> Exit {
    let has = |wanted: fn(&End) -> bool| {
        states.iter().any(|state| matches!(state, State::Ended(end) if wanted(end)))
    };
    let failed = has(|end| {
        matches!(
            end,
            End::Failed(_)
                | End::LeftRunning { .. }
                | End::NotStarted(Halt::InsufficientCredits | Halt::Unauthorized | Halt::FailFast)
        )
    });
    let decision =
        has(|end| matches!(end, End::InDoubt { .. } | End::NotStarted(Halt::OverBudget)));
    if halt == Some(Halt::Interrupted) {
        Exit::Interrupted
    } else if failed || cut_failed {
        Exit::Failed
    } else if decision {
        Exit::Decision
    } else {
        Exit::Done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_shell_is_told() {
        let doubt = State::Ended(End::InDoubt { sent_at: None, detail: String::new() });
        let blocked = State::Ended(End::Blocked { by: 0 });
        let done = State::Ended(End::Done);
        let poor = State::Ended(End::NotStarted(Halt::InsufficientCredits));
        let exit = |states: &[&State]| {
            let states: Vec<State> = states.iter().map(|state| (*state).clone()).collect();
            exit_of(&states, None, false)
        };
        assert_eq!(exit(&[&done, &done]), Exit::Done);
        assert_eq!(exit(&[&doubt, &blocked, &done]), Exit::Decision);
        assert_eq!(exit(&[&doubt, &poor]), Exit::Failed);
        assert_eq!(exit_of(&[], Some(Halt::Interrupted), false), Exit::Interrupted);
        assert_eq!(exit_of(&[done], None, true), Exit::Failed);
    }
}
