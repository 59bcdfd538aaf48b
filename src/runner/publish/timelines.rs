//! Timelines: what is beside the cuts for editing programs, and the shot list of the film.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;

use super::context::PublishContext;
use super::manifest::{SHOT_LIST, timeline_names};
use crate::base::SceneId;
use crate::plan::{LockedTake, ProviderChoice};
use crate::report::{
    Manifest, ManifestCut, ManifestScene, OtherTake, ShotRow, Timeline, edl, fcpxml, otio,
    shot_list,
};
use crate::store::{OutputDir, OutputError, Placed};

/// The folder of exported takes in the build directory.
const TAKES: &str = "takes";

impl PublishContext<'_> {
    /// The other takes of scenes that were exported as files and whose length is known.
    pub fn other_takes(&self) -> HashMap<SceneId, Vec<OtherTake>> {
        let project = &self.session.project;
        let film = &project.film;
        if film.cuts.is_empty() || matches!(project.options.provider, ProviderChoice::Preview(_)) {
            return HashMap::new();
        }
        let folder = self.session.build_dir.join(TAKES);
        let files = self.session.environment.disk.list(&folder).unwrap_or_default();
        let files: HashSet<OsString> =
            files.iter().filter_map(|path| path.file_name()).map(OsString::from).collect();
        if files.is_empty() {
            return HashMap::new();
        }
        let others = |(at, scene): (usize, &SceneId)| {
            let used = self.take(at).map(|(_, key, _)| *key);
            let takes = project.locked_scene(at).map_or(&[][..], |locked| &locked.takes);
            let other = |take: &LockedTake| {
                let name = format!("{scene}.{}.mp4", take.take);
                let is_there = Some(take.key) != used && files.contains(&OsString::from(&name));
                Some(OtherTake {
                    take: take.take,
                    key: take.key,
                    seed: take.seed,
                    video: format!("{TAKES}/{name}"),
                    seconds: take.seconds.filter(|_| is_there)?,
                })
            };
            let takes: Vec<OtherTake> = takes.iter().filter_map(other).collect();
            (!takes.is_empty()).then(|| (scene.clone(), takes))
        };
        film.scenes.iter().map(|scene| &scene.id).enumerate().filter_map(others).collect()
    }

    /// Places a cut for editing programs beside it, and names the files in its entry. Returns what
    /// the edit decision list cannot say, if it was written.
    ///
    /// # Errors
    /// The build directory cannot be written.
    pub fn place_timelines(
        &self,
        cut: &mut ManifestCut,
        manifest: &Manifest,
        others: &HashMap<SceneId, Vec<OtherTake>>,
        output: &mut OutputDir,
    ) -> Result<Vec<String>, OutputError> {
        let Some(timeline) = Timeline::of(cut, manifest, others) else { return Ok(Vec::new()) };
        let names = timeline_names(&cut.name);
        output.place_bytes(&names[0], otio(&timeline).as_bytes())?;
        output.place_bytes(&names[1], fcpxml(&timeline).as_bytes())?;
        let edl = edl(&timeline);
        let placed = output.place_bytes(&names[2], edl.text.as_bytes())?;
        let notes = match placed {
            Placed::Written => {
                edl.notes.iter().map(|note| format!("{}: {note}", names[2])).collect()
            }
            Placed::AsItWas => Vec::new(),
        };
        cut.timelines = names.to_vec();
        Ok(notes)
    }

    /// Places the shot list, and returns its name.
    ///
    /// # Errors
    /// The build directory cannot be written.
    pub fn place_shot_list(
        &self,
        manifest: &Manifest,
        output: &mut OutputDir,
    ) -> Result<String, OutputError> {
        let project = &self.session.project;
        let entries: HashMap<&SceneId, &ManifestScene> =
            manifest.scenes.iter().map(|entry| (&entry.scene, entry)).collect();
        let row = |(at, scene)| {
            let entry = entries.get(&project.scene(at).id).copied();
            ShotRow {
                scene,
                entry,
                credits: entry.map_or_else(|| project.price(at, &|_| None), |it| it.credits),
                seconds: entry.map_or_else(|| project.seconds(at), |entry| entry.seconds),
            }
        };
        let table = shot_list(project.film.scenes.iter().enumerate().map(row));
        output.place_bytes(SHOT_LIST, table.as_bytes())?;
        Ok(SHOT_LIST.to_string())
    }
}
