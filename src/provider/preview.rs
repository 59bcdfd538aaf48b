//! The preview: takes made in this process, offline and free; and what this program draws for the
//! film itself, stills and cards.
//!
//! A task does not exist anywhere: `submit` names it after the recipe's key, its status is always
//! finished, and fetching it renders the animatic. A killed preview therefore leaves nothing
//! behind.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use image::RgbImage;

use super::contract::{Asset, FileToHost, Order, Provider, TaskResult, TaskStatus, VideoSink};
use super::scratch_voice::ScratchReader;
use crate::base::{Digest, Fault, FaultClass, TaskId};
use crate::catalog::{Dialect, FrameSize, InputRole, InputSlot, SceneType};
use crate::media::animatic::{
    AnimaticImage, AnimaticPlace, AnimaticScene, AnimaticShot, AnimaticVoice, DrawnContent,
    DrawnScene, Fonts, draw, panel_of_frame, render, words_of_frame,
};
use crate::media::{decode_still, fitted, frame};
use crate::plan::{DrawingInputs, Narrator, PreviewInputs, ProviderFamily, Recipe, SourceSlate};
use crate::store::{Disk, SharedDisk};
use crate::storyboard::{CameraMove, FrameAt};

/// The largest still or voice that is read, in bytes; no dialect accepts a larger one.
const FILE_MAX: u64 = 100 << 20;

/// Renders animatics.
#[derive(Clone, Debug)]
pub struct PreviewProvider {
    disk: SharedDisk,
    fonts: Fonts,
    /// Without the installed ones, for what is the same on every machine.
    own_fonts: Fonts,
    narration: Narration,
    slots: usize,
}

/// What is heard of the narration.
#[derive(Clone, Debug, Default)]
pub struct Narration {
    /// The recordings, by their SHA-256.
    pub recordings: BTreeMap<Digest, PathBuf>,
    /// What reads texts of which there is no recording.
    pub reader: Option<ScratchReader>,
}

impl PreviewProvider {
    /// Reads inputs from this disk and renders previews with these fonts, and stills and cards with
    /// the film's own; renders as many takes at once as there are processors.
    pub fn new(disk: SharedDisk, fonts: Fonts, own_fonts: Fonts) -> Self {
        let slots = std::thread::available_parallelism().map_or(1, usize::from);
        PreviewProvider { disk, fonts, own_fonts, narration: Narration::default(), slots }
    }

    /// The same with a narrator.
    pub fn with_narration(self, narration: Narration) -> Self {
        PreviewProvider { narration, ..self }
    }

    async fn write(&self, order: &Order, into: &mut dyn VideoSink) -> Result<(), Fault> {
        let (order, disk) = (order.clone(), Arc::clone(&self.disk));
        let fonts = match order.recipe.drawing {
            Some(_) => self.own_fonts.clone(),
            None => self.fonts.clone(),
        };
        let narration = self.narration.clone();
        let rendering = tokio::task::spawn_blocking(move || {
            let narrator = narration.voice_of(&*disk, &order.recipe)?;
            let drawn = match &order.recipe.drawing {
                Some(drawing) => draw(&drawn_scene_of(&*disk, &order, drawing, narrator)?, &fonts),
                None => render(&scene_of(&*disk, &order, narrator)?, &fonts),
            };
            drawn.map_err(|error| local(format!("{error:#}")))
        });
        let video =
            rendering.await.map_err(|error| local(format!("rendering broke: {error}")))??;
        into.write(&video).await.map_err(|error| local(error.to_string()))
    }
}

impl Provider for PreviewProvider {
    fn family(&self) -> ProviderFamily {
        ProviderFamily::Preview
    }

    fn slots(&self) -> usize {
        self.slots
    }

    fn needs_hosting(&self) -> bool {
        false
    }

    fn host_name(&self) -> String {
        "preview".to_string()
    }

    fn host<'a>(&'a self, file: &'a FileToHost) -> BoxFuture<'a, Result<String, Fault>> {
        let path = file.path.display();
        let fault = local(format!("the preview reads `{path}` itself and makes nothing public"));
        async move { Err(fault) }.boxed()
    }

    fn submit<'a>(&'a self, order: &'a Order) -> BoxFuture<'a, Result<TaskId, Fault>> {
        let recipe = &order.recipe;
        let task = TaskId::of_drawing(recipe.family.as_str(), &recipe.key());
        async move { Ok(task) }.boxed()
    }

    fn status<'a>(
        &'a self,
        task: &'a TaskId,
        _api: Dialect,
    ) -> BoxFuture<'a, Result<TaskStatus, Fault>> {
        let video_url = format!("preview:{task}");
        let result = TaskResult { video_url, completed: None };
        async move { Ok(TaskStatus::Succeeded(result)) }.boxed()
    }

    fn fetch<'a>(
        &'a self,
        order: &'a Order,
        _result: &'a TaskResult,
        into: &'a mut dyn VideoSink,
    ) -> BoxFuture<'a, Result<(), Fault>> {
        self.write(order, into).boxed()
    }
}

/// The contents of a still or a card; reads the still from the disk.
fn drawn_scene_of(
    disk: &dyn Disk,
    order: &Order,
    drawing: &DrawingInputs,
    voice: AnimaticVoice,
) -> Result<DrawnScene, Fault> {
    let recipe = &order.recipe;
    let incomplete = |what: &str| local(what.to_string());
    let ratio = recipe.aspect_ratio.ok_or_else(|| incomplete("what is drawn has a shape"))?;
    let content = match picture_of(disk, order, InputRole::Image)? {
        AnimaticImage::Picture(picture) => {
            let camera = match drawing.source {
                Some(SourceSlate::PanelOfWords) => Some(CameraMove::Static),
                _ => drawing.camera,
            };
            DrawnContent::Still { picture, camera }
        }
        AnimaticImage::Missing(why) => return Err(incomplete(&why)),
        AnimaticImage::None => {
            let text = recipe.prompt.clone().ok_or_else(|| incomplete("a card has a text"))?;
            DrawnContent::Card { text }
        }
    };
    let size = FrameSize::of(recipe.resolution, ratio);
    Ok(DrawnScene { content, size, millis: drawing.millis, voice })
}

/// The contents of an order's animatic; reads its still and its voice from the disk.
fn scene_of(
    disk: &dyn Disk,
    order: &Order,
    narrator: AnimaticVoice,
) -> Result<AnimaticScene, Fault> {
    let recipe = &order.recipe;
    let slate = recipe
        .preview
        .as_ref()
        .ok_or_else(|| local("a preview's recipe must say what it shows".to_string()))?;
    Ok(AnimaticScene {
        id: slate.scene.clone(),
        title: slate.title.clone(),
        place: AnimaticPlace {
            number: slate.place.number,
            variant: slate.place.variant.clone(),
            starts: slate.place.starts,
        },
        scene_type: recipe.scene_type,
        model: recipe.model.to_string(),
        prompt: recipe.prompt.clone(),
        narration: narration_of(slate, &narrator),
        seed: recipe.seed,
        size: slate.size,
        millis: slate.millis,
        used_millis: slate.used_millis,
        image: match (first_picture(disk, order)?, recipe.scene_type) {
            (AnimaticImage::None, SceneType::I2v | SceneType::Avatar) => {
                AnimaticImage::Missing("no image was given".into())
            }
            (image, _) => image,
        },
        end_image: picture_of(disk, order, InputRole::EndImage)?,
        shots: recipe
            .shots
            .iter()
            .map(|shot| AnimaticShot { prompt: shot.prompt.clone(), seconds: shot.seconds })
            .collect(),
        voice: match voice_of(disk, order)? {
            AnimaticVoice::None => narrator,
            voice => voice,
        },
        camera: camera_of(recipe),
    })
}

/// What a narrator says, in quotation marks; if that takes longer than the scene, with a note.
fn narration_of(slate: &PreviewInputs, narrator: &AnimaticVoice) -> Option<String> {
    let text = slate.narration.as_ref()?;
    let spoken = match narrator {
        AnimaticVoice::Recorded(voice) => voice.millis(),
        AnimaticVoice::None | AnimaticVoice::Silent(_) => 0,
    };
    // What is cut off from the end of a recording by less than this is its silence.
    const TOLERATED_MILLIS: u64 = 250;
    if spoken <= slate.millis + TOLERATED_MILLIS {
        return Some(format!("“{}”", text.trim()));
    }
    let seconds = |millis: u64| (millis as f64 / 100.0).round() / 10.0;
    let (takes, has) = (seconds(spoken), seconds(slate.millis));
    Some(format!("“{}” [takes {takes} s, the scene has {has} s]", text.trim()))
}

impl Narration {
    /// Who is heard over a preview.
    fn voice_of(&self, disk: &dyn Disk, recipe: &Recipe) -> Result<AnimaticVoice, Fault> {
        let bytes = match &recipe.narrator {
            None => None,
            Some(Narrator::Recording(digest)) => match self.recordings.get(digest) {
                Some(path) => Some(read(disk, path)?),
                None => return Err(local("the recording of the narration is gone".into())),
            },
            Some(Narrator::ScratchVoice { text, voice, .. }) => match &self.reader {
                Some(reader) => reader.read_aloud(text, voice).map_err(|error| {
                    local(format!("{} cannot read the narration: {error}", reader.version()))
                })?,
                None => return Err(local("the reader of the narration is gone".into())),
            },
        };
        let Some(bytes) = bytes else { return Ok(AnimaticVoice::None) };
        AnimaticVoice::read(&bytes).map_err(|error| local(format!("the narration: {error}")))
    }
}

/// The camera move that a recipe's prompt asks for; of several shots, the first, which is the one
/// that shows the still. Words that have been moved over once stay as they are: more moves would take
/// them out of the picture.
fn camera_of(recipe: &Recipe) -> Option<CameraMove> {
    if source_slate(recipe, InputRole::Image) == Some(SourceSlate::PanelOfWords) {
        return Some(CameraMove::Static);
    }
    let prompt = match recipe.shots.first() {
        Some(shot) => Some(&shot.prompt),
        None => recipe.prompt.as_ref(),
    };
    CameraMove::from_prompt(prompt?)
}

/// The first picture; for a clip that transforms a video, the first one of that.
fn first_picture(disk: &dyn Disk, order: &Order) -> Result<AnimaticImage, Fault> {
    let role = InputRole::Video;
    let video = order.inputs.get(&InputSlot::only(role));
    match (picture_of(disk, order, InputRole::Image)?, video) {
        (AnimaticImage::None, Some(Asset::File(path))) => {
            let mut video = disk.open(path).map_err(|error| unreadable(path, &error))?;
            Ok(match frame::extract(&mut video, FrameAt::First) {
                Ok(picture) => AnimaticImage::Picture(without_slate(order, role, picture)),
                Err(error) => AnimaticImage::Missing(format!("no picture of the video: {error}")),
            })
        }
        (AnimaticImage::None, Some(Asset::Url(url) | Asset::InBucket(url))) => Ok(not_fetched(url)),
        (image, _) => Ok(image),
    }
}

fn not_fetched(url: &str) -> AnimaticImage {
    AnimaticImage::Missing(format!("a preview fetches nothing from the network:\n{url}"))
}

fn picture_of(disk: &dyn Disk, order: &Order, role: InputRole) -> Result<AnimaticImage, Fault> {
    match order.inputs.get(&InputSlot::only(role)) {
        None => Ok(AnimaticImage::None),
        Some(Asset::Url(url) | Asset::InBucket(url)) => Ok(not_fetched(url)),
        Some(Asset::File(path)) => {
            let picture = decode_still(&read(disk, path)?)
                .map_err(|error| local(format!("`{}`: {error}", path.display())))?;
            let picture = without_slate(order, role, picture);
            let picture = match order.recipe.fits.get(&InputSlot::only(role)) {
                Some(fit) => fitted(picture, *fit).map_err(|error| local(error.to_string()))?,
                None => picture,
            };
            Ok(AnimaticImage::Picture(picture))
        }
    }
}

/// What another preview's picture shows of its scene; other pictures stay as they are.
fn without_slate(order: &Order, role: InputRole, picture: RgbImage) -> RgbImage {
    match source_slate(&order.recipe, role) {
        Some(SourceSlate::Words) => words_of_frame(&picture),
        Some(SourceSlate::Panel | SourceSlate::PanelOfWords) => panel_of_frame(&picture),
        None => picture,
    }
}

/// What the preview shows that a picture is taken from, if it is.
fn source_slate(recipe: &Recipe, role: InputRole) -> Option<SourceSlate> {
    let of_slate = recipe.preview.as_ref().map(|slate| &slate.sources);
    let of_slate = of_slate.and_then(|sources| sources.get(&InputSlot::only(role)).copied());
    of_slate.or_else(|| recipe.drawing.as_ref().and_then(|drawing| drawing.source))
}

fn voice_of(disk: &dyn Disk, order: &Order) -> Result<AnimaticVoice, Fault> {
    match order.inputs.get(&InputSlot::only(InputRole::Voice)) {
        None => Ok(AnimaticVoice::None),
        Some(Asset::Url(_) | Asset::InBucket(_)) => {
            Ok(AnimaticVoice::Silent("voice: not fetched for previews".into()))
        }
        Some(Asset::File(path)) => AnimaticVoice::read(&read(disk, path)?).map_err(|error| {
            let message = format!("`{}`: {error}", path.display());
            local(message)
        }),
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Fault {
    local(format!("`{}`: {error}", path.display()))
}

fn read(disk: &dyn Disk, path: &Path) -> Result<Vec<u8>, Fault> {
    let failed = |error: std::io::Error| unreadable(path, &error);
    let length = disk.stamp(path).map_err(failed)?.bytes();
    if length > FILE_MAX {
        let limit = FILE_MAX >> 20;
        let size = format!("{length} bytes, more than {limit} MB");
        return Err(local(format!("`{}` has {size}", path.display())));
    }
    disk.read(path).map_err(failed)
}

/// A drawing that failed would fail again, so no class of fault is used that is tried again.
fn local(message: String) -> Fault {
    Fault::new(FaultClass::Local, message)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::catalog::{AspectRatio, ModelId, Resolution};
    use crate::media::probe_video;
    use crate::plan::{Input, SlatePlace};
    use crate::store::LocalDisk;

    fn order(scene_type: SceneType, image: Option<Asset>) -> Order {
        let size = FrameSize { width: 128, height: 72 };
        let slate = PreviewInputs {
            scene: "dawn".into(),
            title: None,
            narration: None,
            renderer: 1,
            fonts: Vec::new(),
            size,
            millis: 1_250,
            used_millis: None,
            place: SlatePlace::default(),
            sources: BTreeMap::new(),
        };
        let recipe = Recipe {
            family: ProviderFamily::Preview,
            scene_type,
            model: ModelId::new("kling-2-6"),
            prompt: Some("fog".into()),
            duration: Some(5),
            resolution: Resolution::P720,
            aspect_ratio: None,
            seed: Some(12_345),
            salt: None,
            adopted: None,
            settings: crate::storyboard::ClipSettings::new(),
            shots: Vec::new(),
            elements: Vec::new(),
            inputs: image
                .iter()
                .map(|_| (InputSlot::only(InputRole::Image), Input::File(Digest::of(b"x"))))
                .collect(),
            preview: Some(slate),
            fits: BTreeMap::new(),
            drawing: None,
            narrator: None,
        };
        let inputs =
            image.into_iter().map(|image| (InputSlot::only(InputRole::Image), image)).collect();
        Order { recipe, inputs, callback: None }
    }

    async fn fetched(order: &Order) -> Result<Vec<u8>, Fault> {
        let provider =
            PreviewProvider::new(Arc::new(LocalDisk), Fonts::builtin(), Fonts::builtin());
        let task = provider.submit(order).await?;
        let TaskStatus::Succeeded(result) = provider.status(&task, Dialect::Kling).await? else {
            panic!("a preview is finished at once")
        };
        let mut video = Vec::new();
        provider.fetch(order, &result, &mut video).await?;
        Ok(video)
    }

    #[tokio::test]
    async fn video_has_the_length_of_its_order() {
        let order = order(SceneType::T2v, None);
        let video = fetched(&order).await.unwrap();
        let facts = probe_video(&mut std::io::Cursor::new(&video)).unwrap();
        assert_eq!((facts.size.to_string().as_str(), facts.millis), ("128x72", 1_250));
        assert_eq!(fetched(&order).await.unwrap(), video);
    }

    #[tokio::test]
    async fn a_task_is_named_by_its_key() {
        let provider =
            PreviewProvider::new(Arc::new(LocalDisk), Fonts::builtin(), Fonts::builtin());
        let order = order(SceneType::T2v, None);
        let task = provider.submit(&order).await.unwrap();
        assert_eq!(task.as_str(), format!("preview_{}", order.recipe.key().short()));
    }

    #[tokio::test]
    async fn a_still_is_shown_and_a_url_is_not_fetched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("still.png");
        image::RgbImage::from_pixel(64, 36, image::Rgb([0, 200, 0])).save(&path).unwrap();
        let shown = fetched(&order(SceneType::I2v, Some(Asset::File(path)))).await.unwrap();
        let url = Asset::Url("https://example.com/a.jpg".into());
        let missing = fetched(&order(SceneType::I2v, Some(url))).await.unwrap();
        assert_ne!(shown, missing);
    }

    #[tokio::test]
    async fn a_frame_of_a_preview_is_shown_without_its_slate() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("frame.png");
        image::RgbImage::from_fn(128, 72, |x, _| image::Rgb([x as u8 * 2; 3])).save(&path).unwrap();
        let whole = order(SceneType::I2v, Some(Asset::File(path)));
        let mut videos = vec![fetched(&whole).await.unwrap()];
        for source in [SourceSlate::Words, SourceSlate::Panel] {
            let mut order = whole.clone();
            let slate = order.recipe.preview.as_mut().unwrap();
            slate.sources.insert(InputSlot::only(InputRole::Image), source);
            assert_eq!(order.recipe.key(), whole.recipe.key());
            videos.push(fetched(&order).await.unwrap());
        }
        videos.dedup();
        assert_eq!(videos.len(), 3);
    }

    #[tokio::test]
    async fn a_still_of_a_previews_frame_shows_its_drawing_area() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("frame.png");
        image::RgbImage::from_fn(128, 72, |x, _| image::Rgb([x as u8 * 2; 3])).save(&path).unwrap();
        let still = |source| {
            let mut order = order(SceneType::Still, Some(Asset::File(path.clone())));
            let (renderer, millis, fonts) = (1, 500, Vec::new());
            let camera = Some(CameraMove::Static);
            order.recipe.family = ProviderFamily::Drawn;
            order.recipe.aspect_ratio = Some(AspectRatio::WIDE);
            order.recipe.preview = None;
            order.recipe.drawing = Some(DrawingInputs { renderer, millis, camera, fonts, source });
            order
        };
        let shown = |order: Order| async move {
            let video = fetched(&order).await.unwrap();
            frame::extract(&mut std::io::Cursor::new(video), FrameAt::Last).unwrap()
        };
        let (whole, panel) =
            (shown(still(None)).await, shown(still(Some(SourceSlate::Panel))).await);
        let width = whole.width() - 1;
        assert!(whole.get_pixel(width, 9).0[0] > 240, "the frame's right edge");
        assert_ne!(whole.get_pixel(width, 9), panel.get_pixel(width, 9));
    }

    #[tokio::test]
    async fn words_are_moved_over_once() {
        let mut order = order(SceneType::I2v, None);
        order.recipe.prompt = Some("The camera pushes in".into());
        assert_eq!(camera_of(&order.recipe), Some(CameraMove::PushIn));
        let slot = InputSlot::only(InputRole::Image);
        let mut with = |source| {
            order.recipe.preview.as_mut().unwrap().sources.insert(slot, source);
            camera_of(&order.recipe)
        };
        assert_eq!(with(SourceSlate::Words), Some(CameraMove::PushIn));
        assert_eq!(with(SourceSlate::PanelOfWords), Some(CameraMove::Static));
    }

    #[tokio::test]
    async fn broken_still_is_reported_with_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("still.jpg");
        fs::write(&path, "<html>").unwrap();
        let order = order(SceneType::Avatar, Some(Asset::File(path.clone())));
        let fault = fetched(&order).await.unwrap_err();
        assert_eq!(fault.class, FaultClass::Local);
        let words = "not a JPEG, PNG or WebP image: it looks like an HTML page";
        assert_eq!(fault.message, format!("`{}`: {words}", path.display()));
        fs::remove_file(&path).unwrap();
        assert_eq!(fetched(&order).await.unwrap_err().class, FaultClass::Local);
    }

    /// A second of silent MP3 at 44.1 kHz, mono: 39 frames.
    fn mp3() -> Vec<u8> {
        let mut frame = [0; 104];
        frame[..4].copy_from_slice(&[0xff, 0xfb, 0x10, 0xc0]);
        frame.repeat(39)
    }

    #[tokio::test]
    async fn local_voice_is_in_the_video_and_a_url_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("host.mp3");
        fs::write(&path, mp3()).unwrap();
        let url = Asset::Url("https://example.com/a.mp3".into());
        for (voice, heard) in [(Asset::File(path.clone()), true), (url, false)] {
            let inputs = [(InputSlot::only(InputRole::Voice), voice)].into();
            let order = Order { inputs, ..order(SceneType::Avatar, None) };
            let video = fetched(&order).await.unwrap();
            let facts = probe_video(&mut std::io::Cursor::new(&video)).unwrap();
            assert_eq!((facts.millis, facts.has_audio), (1_250, heard));
        }
        fs::write(&path, "<html>").unwrap();
        let inputs = [(InputSlot::only(InputRole::Voice), Asset::File(path.clone()))].into();
        let broken = Order { inputs, ..order(SceneType::Avatar, None) };
        let fault = fetched(&broken).await.unwrap_err();
        assert_eq!(fault.class, FaultClass::Local);
        let words = "not a recording in MP3, WAV, AAC, MP4 or Ogg: it looks like an HTML page";
        assert_eq!(fault.message, format!("`{}`: {words}", path.display()));
    }
}
