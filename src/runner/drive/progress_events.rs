//! Progress events: turn what the engine does into events for reporters.

use std::time::Duration;

use super::effects::EffectPerformer;
use crate::base::{Credits, Moment, SceneId};
use crate::engine::{End, Engine, State};
use crate::report::{BuildEvent, Reporter, failure_place, take_event};

/// Sends the events of a build to a reporter.
pub struct ProgressEvents<'a> {
    reporter: &'a mut dyn Reporter,
    performer: &'a EffectPerformer,
    committed: Credits,
}

impl<'a> ProgressEvents<'a> {
    /// Reports the takes of that build.
    pub fn new(reporter: &'a mut dyn Reporter, performer: &'a EffectPerformer) -> Self {
        ProgressEvents { reporter, performer, committed: Credits::ZERO }
    }

    /// A take has entered another state.
    pub fn changed(&mut self, job: usize, engine: &Engine, now: Moment) {
        let name = |job: usize| self.scene(job).clone();
        let take = (self.scene(job), self.performer.takes[job].other_number());
        let state = engine.state(job);
        let event = match state {
            State::Ended(End::Done) => self.done(job, engine.price(job), now),
            state => take_event(take, state, &name, now),
        };
        let event = match (event, state) {
            (
                BuildEvent::TakeFailed {
                    scene, take, refused, code, message, task, paid, at, ..
                },
                State::Ended(end),
            ) => {
                let place = failure_place(&self.performer.project.film, &scene, end);
                let place = place.map(|place| place.to_string());
                BuildEvent::TakeFailed {
                    scene,
                    take,
                    refused,
                    code,
                    message,
                    task,
                    place,
                    paid,
                    at,
                }
            }
            (event, _) => event,
        };
        self.reporter.tell(&event);
        if engine.committed() != self.committed {
            self.committed = engine.committed();
            self.reporter.tell(&BuildEvent::CreditsCommitted { credits: self.committed });
        }
    }

    /// How often the reporter needs a tick.
    pub fn tick_every(&self) -> Option<Duration> {
        self.reporter.tick_every()
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Moment) {
        self.reporter.tick(now);
    }

    fn done(&self, job: usize, credits: Credits, now: Moment) -> BuildEvent {
        let work = self.performer.takes[job].work();
        let artifact = work.artifact.expect("a take that is done has an artifact");
        BuildEvent::TakeDone {
            scene: self.scene(job).clone(),
            take: self.performer.takes[job].other_number(),
            artifact,
            bytes: work.bytes,
            credits,
            path: None,
            at: now,
        }
    }

    fn scene(&self, job: usize) -> &SceneId {
        &self.performer.project.scene(self.performer.takes[job].position).id
    }
}
