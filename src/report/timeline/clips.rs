//! A timeline: the clips of a cut with their scenes, in frames.

use std::collections::HashMap;
use std::ops::Range;

use crate::base::{FrameRate, Key, SceneId};
use crate::catalog::FrameSize;
use crate::media::join::SoundShape;
use crate::report::build::manifest::{Manifest, ManifestClip, ManifestCut, ManifestScene};

/// Where the build directory is, seen from the folder of cuts.
const BUILD_DIR: &str = "../";

/// A cut as editing programs see it.
pub struct Timeline<'a> {
    /// The cut.
    pub cut: &'a ManifestCut,
    /// The film's title, if it has one.
    pub title: Option<&'a str>,
    /// The rate that all frames are counted in.
    pub rate: FrameRate,
    /// The size of its pictures.
    pub size: FrameSize,
    /// Its clips, in order and without gaps.
    pub clips: Vec<TimelineClip<'a>>,
}

/// A scene in a timeline.
pub struct TimelineClip<'a> {
    /// The scene with its take.
    pub scene: &'a ManifestScene,
    /// The first frame of the cut at which it is seen.
    pub starts: u64,
    /// The frames of its own video that are seen.
    pub used: Range<u64>,
    /// How many frames its own video has; what is not used is a handle.
    pub source_frames: u64,
    /// The rate of its own pictures.
    pub rate: FrameRate,
    /// Its own sound, if it has any.
    pub sound: Option<SoundShape>,
    /// Its other takes that are files.
    pub others: &'a [OtherTake],
}

/// A take of a scene that the film does not use, as a file.
#[derive(Clone, Debug, PartialEq)]
pub struct OtherTake {
    /// Its number.
    pub take: u32,
    /// The key of its recipe.
    pub key: Key,
    /// Its seed, if its model uses one.
    pub seed: Option<u32>,
    /// Its file, relative to the build directory, such as `takes/dawn.2.mp4`.
    pub video: String,
    /// Its length in seconds.
    pub seconds: f64,
}

impl<'a> Timeline<'a> {
    /// A cut of a build; `None` if the manifest does not say its frames or lacks a scene of it.
    /// `others` are the other takes of scenes that have some.
    pub fn of(
        cut: &'a ManifestCut,
        manifest: &'a Manifest,
        others: &'a HashMap<SceneId, Vec<OtherTake>>,
    ) -> Option<Timeline<'a>> {
        let rate = cut.frame_rate?;
        let scenes: HashMap<&SceneId, &ManifestScene> =
            manifest.scenes.iter().map(|entry| (&entry.scene, entry)).collect();
        let mut starts = 0;
        let mut place = |clip: &'a ManifestClip| {
            let placed = TimelineClip {
                scene: scenes.get(&clip.scene)?,
                starts,
                used: 0..clip.frames,
                source_frames: clip.source_frames,
                rate: clip.frame_rate.unwrap_or(rate),
                sound: clip.sound,
                others: others.get(&clip.scene).map_or(&[], Vec::as_slice),
            };
            starts += clip.frames;
            Some(placed)
        };
        // A scene that is shown for less than half a frame is in no timeline.
        let shown = cut.clips.iter().filter(|clip| clip.frames > 0);
        let clips: Vec<TimelineClip<'a>> = shown.map(&mut place).collect::<Option<_>>()?;
        let first = clips.first()?.scene;
        let size = FrameSize { width: first.width, height: first.height };
        Some(Timeline { cut, title: manifest.title.as_deref(), rate, size, clips })
    }

    /// Its length in frames.
    pub fn frames(&self) -> u64 {
        self.clips.iter().map(TimelineClip::frames).sum()
    }
}

impl TimelineClip<'_> {
    /// How many frames it is seen.
    pub fn frames(&self) -> u64 {
        self.used.end - self.used.start
    }

    /// Its video, relative to the folder of cuts.
    pub fn url(&self) -> String {
        media_url(&self.scene.video)
    }

    /// What made its take, a fact a line.
    pub fn facts(&self) -> String {
        let ManifestScene { model, seed, take, key, .. } = self.scene;
        let seed = seed.map_or(String::new(), |seed| format!("\nseed: {seed}"));
        format!("take: {take}\nmodel: {model}{seed}\nkey: {key}")
    }
}

/// The relative URL (RFC 3986, section 4.2) of a file of the build directory, from the folder of
/// cuts: all but unreserved characters and the slash are percent-encoded.
pub(super) fn media_url(name: &str) -> String {
    let mut url = BUILD_DIR.to_string();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                url.push(byte.into());
            }
            _ => url.push_str(&format!("%{byte:02X}")),
        }
    }
    url
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::base::Digest;
    use crate::report::fixture::manifest;

    /// A film with handles, sound, other rates and hostile text, and its other takes.
    pub fn film() -> (Manifest, HashMap<SceneId, Vec<OtherTake>>) {
        let mut film = manifest();
        let cut = &mut film.cuts[0];
        let host = ManifestClip {
            scene: "host".parse().unwrap(),
            frames: 72,
            source_frames: 120,
            sound: Some(SoundShape { rate: 48_000, channels: 2 }),
            frame_rate: FrameRate::new(30_000, 1_001),
            ..cut.clips[0].clone()
        };
        cut.scenes.extend([host.scene.clone(), cut.scenes[0].clone()]);
        cut.clips.extend([host, ManifestClip { frames: 24, ..cut.clips[0].clone() }]);
        let other = OtherTake {
            take: 2,
            key: Key(Digest::of(b"other")),
            seed: Some(45_679),
            video: "takes/dawn.2.mp4".into(),
            seconds: 5.0,
        };
        (film, HashMap::from([("dawn".parse().unwrap(), vec![other])]))
    }

    #[test]
    fn clips_follow_each_other_without_gaps() {
        let (film, others) = film();
        let timeline = Timeline::of(&film.cuts[0], &film, &others).unwrap();
        let starts: Vec<u64> = timeline.clips.iter().map(|clip| clip.starts).collect();
        assert_eq!(starts, [0, 121, 242, 314]);
        assert_eq!(timeline.frames(), 121 + 121 + 72 + 24);
        assert_eq!((timeline.clips[0].others.len(), timeline.clips[1].others.len()), (1, 0));
    }

    #[test]
    fn a_cut_without_frames_has_no_timeline() {
        let (film, others) = film();
        let mut cut = film.cuts[0].clone();
        cut.frame_rate = None;
        assert!(Timeline::of(&cut, &film, &others).is_none());
    }

    #[test]
    fn media_are_encoded_relative_urls() {
        assert_eq!(media_url("scenes/card.a_b-1.mp4"), "../scenes/card.a_b-1.mp4");
        assert_eq!(media_url("a b/50%#?é.mp4"), "../a%20b/50%25%23%3F%C3%A9.mp4");
    }
}
