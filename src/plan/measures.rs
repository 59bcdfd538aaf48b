//! Measures: how long and how large takes are, and the most that they cost, as far as that is known
//! before they exist.

use super::project::{Project, ProviderChoice, VideoOf};
use crate::base::{Credits, Digest, SceneId};
use crate::catalog::{FrameSize, PricedTake};
use crate::storyboard::{Clip, SceneInput, Shot};

impl Project {
    /// The most that a take of the scene can cost; zero in a preview. `video_of` gives the videos of
    /// other scenes that are known.
    pub fn price(&self, at: usize, video_of: VideoOf<'_>) -> Credits {
        if let ProviderChoice::Preview(_) = self.options.provider {
            return Credits::ZERO;
        }
        let scene = self.scene(at);
        let take = PricedTake {
            seconds: self.priced_seconds(at, video_of),
            resolution: scene.resolution(),
            sound: scene.clip().is_some_and(Clip::has_sound),
        };
        self.model(at)
            .price
            .of(&take)
            .expect("the language lets only what the catalog sells into a film")
    }

    /// The length in seconds of the scene's video, as far as it is known before the video exists.
    pub fn seconds(&self, at: usize) -> f64 {
        let scene = self.scene(at);
        match (scene.clip(), scene.drawn_frame()) {
            (Some(Clip { duration: Some(seconds), .. }), _) => f64::from(*seconds),
            (Some(_), _) => self.video_seconds(at),
            (None, Some(frame)) => frame.millis as f64 / 1_000.0,
            (None, None) => self.voice_seconds(at),
        }
    }

    /// The seconds that a take costs at most. Where a clip has a length of its own and refers to a
    /// video as well, it is not documented which of them counts (section 9 of `kie-jobs-api.md`).
    fn priced_seconds(&self, at: usize, video_of: VideoOf<'_>) -> f64 {
        match self.scene(at).video() {
            Some(SceneInput::Video(source)) => {
                let made = self.position(source).map(|at| self.made_seconds(at, video_of(source)));
                self.seconds(at).max(made.unwrap_or(0.0))
            }
            Some(_) => self.seconds(at).max(self.video_seconds(at)),
            None => self.seconds(at),
        }
    }

    /// Whether the length of the video that the scene follows is not known, so that the price
    /// assumes the longest one that the model accepts.
    pub fn video_length_assumed(&self, at: usize) -> bool {
        matches!(self.scene(at).video(), Some(SceneInput::Url(..)))
    }

    /// The length in seconds that the scene's take must have; `None` if it follows what is not
    /// measured yet.
    pub fn requested_seconds(&self, at: usize) -> Option<f64> {
        let scene = self.scene(at);
        let follows = scene.clip().is_some_and(|clip| clip.duration.is_none());
        let is_measured = !follows || matches!(scene.video(), Some(SceneInput::File(_)));
        (is_measured && !self.voice_length_assumed(at)).then(|| self.seconds(at))
    }

    /// The length in seconds of the video that the scene follows, or the most that it can be.
    fn video_seconds(&self, at: usize) -> f64 {
        let longest = || self.model(at).videos.as_ref().map_or(0.0, |limits| limits.seconds.1);
        match self.scene(at).video() {
            Some(SceneInput::File(path)) => {
                self.inputs.get(path).and_then(|file| file.seconds).unwrap_or_else(longest)
            }
            Some(SceneInput::Video(source)) => match self.position(source) {
                Some(source) => self.seconds(source),
                None => longest(),
            },
            Some(SceneInput::Url(..) | SceneInput::Frame(..)) | None => longest(),
        }
    }

    /// The length of the scene's take if its video is this one: as the lock says, else at most a
    /// second longer than asked for, because clips are some hundredths of a second longer (section
    /// 1.3 of `kie-jobs-api.md`).
    fn made_seconds(&self, at: usize, video: Option<Digest>) -> f64 {
        let takes = self.locked_scene(at).into_iter().flat_map(|locked| &locked.takes);
        let measured =
            takes.filter(|take| Some(take.artifact) == video).find_map(|take| take.seconds);
        measured.unwrap_or_else(|| self.seconds(at) + 1.0)
    }

    fn position(&self, scene: &SceneId) -> Option<usize> {
        self.film.scenes.iter().position(|other| other.id == *scene)
    }

    /// The picture size that the scene requests. An avatar's size follows its portrait and is known
    /// only for a local portrait.
    pub fn size(&self, at: usize) -> Option<FrameSize> {
        let scene = self.scene(at);
        if let Some(size) = scene.frame_size() {
            return Some(size);
        }
        // A clip that transforms a video has its shape; one that follows its motion has that of the
        // picture.
        let portrait = match scene.image().or_else(|| scene.video())? {
            SceneInput::File(path) => self.inputs.get(path)?.picture,
            SceneInput::Url(..) => None,
            SceneInput::Frame(source, _) | SceneInput::Video(source) => {
                self.size(self.position(source)?).map(|size| (size.width, size.height))
            }
        };
        Some(FrameSize::of_portrait(scene.resolution(), Some(portrait?)))
    }

    /// Whether the voice's length was neither measured nor given, so that the price assumes the
    /// longest voice that the API documents.
    pub fn voice_length_assumed(&self, at: usize) -> bool {
        let Shot::Avatar { voice, stated_seconds, .. } = &self.scene(at).shot else {
            return false;
        };
        matches!(voice, SceneInput::Url(..)) && stated_seconds.is_none()
    }

    fn voice_seconds(&self, at: usize) -> f64 {
        let Shot::Avatar { voice, stated_seconds, .. } = &self.scene(at).shot else {
            return 0.0;
        };
        let measured = match voice {
            SceneInput::File(path) => self.inputs.get(path).and_then(|file| file.seconds),
            SceneInput::Url(..) | SceneInput::Frame(..) | SceneInput::Video(_) => None,
        };
        measured.or(*stated_seconds).unwrap_or(self.dialect().limits.voice_max_seconds)
    }
}
