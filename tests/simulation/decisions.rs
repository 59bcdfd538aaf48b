//! Decisions: people pick, pin, reject, note and undo, and sometimes the program is killed meanwhile.

use std::collections::BTreeSet;
use std::path::Path;

use kling_build::base::Key;
use kling_build::plan::Decision;
use kling_build::runner::{LockEditor, Options, SessionAccess};

use crate::history::{CLONES, History};

impl History {
    /// Somebody decides something about a take: it costs nothing, and no take is lost.
    pub fn decide(&mut self) -> Result<(), String> {
        let lock = self.lock(CLONES[0])?.unwrap_or_default();
        let names: Vec<String> = self.film.names().map(str::to_string).collect();
        let takes: Vec<(String, u32)> = lock
            .scenes
            .iter()
            .filter(|(scene, _)| names.iter().any(|name| name == scene.as_str()))
            .flat_map(|(scene, locked)| {
                locked.takes.iter().map(move |take| (scene.to_string(), take.take))
            })
            .collect();
        let Some((scene, take)) = self.chance.choice(takes) else { return Ok(()) };
        let decision = match self.chance.u8(..8) {
            0..4 => Some(Decision::Pick(take)),
            4 => Some(Decision::Reject(take)),
            5 => Some(Decision::Note(take, Some("good".into()))),
            6 => Some(Decision::Unpin),
            _ => None,
        };
        let before = self.locked_keys(CLONES[0])?;
        let (requests, process) = (self.account.requests(), self.helper());
        let storyboard = Path::new(CLONES[0]).join("storyboard.yaml");
        let options = Options { storyboard, ..Options::default() };
        let opened = LockEditor::open(
            &options,
            Some(std::slice::from_ref(&scene)),
            self.environment(&process),
            self.wall.clock(),
            SessionAccess::ReadWrite,
            &mut |_| {},
        );
        let done = opened.is_ok_and(|mut editor| match decision.clone() {
            Some(decision) => editor.decide(&[(scene.clone(), decision)]).is_ok(),
            None => editor.undo().is_ok(),
        });
        self.machine.bury(&process);
        self.say(format!("somebody decides about {scene}: {decision:?}, done: {done}"));
        if self.account.requests() > requests {
            return Err("a decision used the network".into());
        }
        self.keeps_takes(CLONES[0], &before)?;
        let lock = self.lock(CLONES[0])?.unwrap_or_default();
        let picked = scene.parse().ok().and_then(|scene| lock.picked(&scene).map(|it| it.take));
        match decision {
            Some(Decision::Pick(take)) if done && picked != Some(take) => {
                Err(format!("take {take} of {scene} is picked, and the lock has {picked:?}"))
            }
            _ => Ok(()),
        }
    }

    /// The keys of all takes that the lock of a clone has, of scenes that are in the film.
    pub fn locked_keys(&self, clone: &str) -> Result<BTreeSet<Key>, String> {
        let lock = self.lock(clone)?.unwrap_or_default();
        let is_there = |scene: &str| self.film.names().any(|name| name == scene);
        let scenes = lock.scenes.iter().filter(|(scene, _)| is_there(scene.as_str()));
        Ok(scenes.flat_map(|(_, locked)| locked.takes.iter().map(|take| take.key)).collect())
    }

    /// No take leaves the lock while its scene is in the film.
    pub fn keeps_takes(&self, clone: &str, before: &BTreeSet<Key>) -> Result<(), String> {
        let now = self.locked_keys(clone)?;
        match before.difference(&now).next() {
            Some(key) => Err(format!("the lock has lost the take {key}")),
            None => Ok(()),
        }
    }
}
