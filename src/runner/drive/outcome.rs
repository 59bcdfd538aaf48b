//! The outcome: how a build ended, in the terms of the report.

use crate::base::Moment;
use crate::catalog::Quality;
use crate::engine::{End, Engine, State};
use crate::report::{BuildOutcome, Summary, UnfinishedTake, failure_place};
use crate::runner::exit::Exit;
use crate::runner::publish::PublishResult;
use crate::runner::session::Session;

impl From<BuildOutcome> for Exit {
    fn from(outcome: BuildOutcome) -> Exit {
        match outcome {
            BuildOutcome::Done => Exit::Done,
            BuildOutcome::Failed => Exit::Failed,
            BuildOutcome::Undecided => Exit::Decision,
            BuildOutcome::Interrupted => Exit::Interrupted,
        }
    }
}

/// Sums a build up.
pub fn summary(
    session: &Session,
    engine: &Engine,
    published: PublishResult,
    begun: Moment,
) -> Summary {
    let takes = &session.plan.takes;
    let done = |job: &usize| engine.state(*job).is_done();
    let made = (0..takes.len()).filter(|job| done(job) && !takes[*job].action.is_reuse()).count();
    let unfinished = engine.states().iter().enumerate().filter_map(|(job, state)| {
        let State::Ended(end) = state else { return None };
        let blocked_by = match end {
            End::Done => return None,
            End::Blocked { by } => Some(takes[*by].scene.clone()),
            _ => None,
        };
        Some(UnfinishedTake {
            scene: takes[job].scene.clone(),
            take: takes[job].other_number(),
            end: end.clone(),
            blocked_by,
            place: failure_place(&session.project.film, &takes[job].scene, end),
            credits_max: takes[job].credits_max,
        })
    });
    Summary {
        api: session.project.film.api,
        commands: session.project.options.commands.clone(),
        provider: session.project.options.provider.family(),
        scenes: session.plan.scenes().count(),
        more_takes: takes.iter().filter(|take| take.roll.is_some()).count(),
        made,
        unfinished: unfinished.collect(),
        failed_cuts: published.failed_cuts,
        unlike: match session.project.film.quality {
            Some(Quality::Fail) => published.unlike.into_iter().map(|(scene, _)| scene).collect(),
            Some(Quality::Warn) | None => Vec::new(),
        },
        damaged: published.damaged,
        halt: engine.halt(),
        halt_fault: engine.halt_fault().cloned(),
        committed: engine.committed(),
        elapsed: session.now().since(begun),
        gallery: published.gallery.map(|path| path.display().to_string()),
    }
}
