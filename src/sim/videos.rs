//! Videos: the simulator serves an animatic of the request.
//!
//! They are rendered on first use, and the same request and seed give the same bytes, so only the
//! request must be stored; the newest videos are cached for downloads that come in parts.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use axum::body::Bytes;
use tokio::sync::{OnceCell, Semaphore};

use super::take_request::{TakeRequest, UNKNOWN_INPUT_SECONDS};
use crate::base::{Credits, Digest};
use crate::catalog::{AspectRatio, FrameSize, InputKind, InputRole, InputSlot, SceneType};
use crate::media::animatic::{
    self, AnimaticImage, AnimaticPlace, AnimaticScene, AnimaticShot, AnimaticVoice, Fonts,
};
use crate::media::decode_still;

/// How many videos are cached; a film's worth of downloads at once.
const KEPT_MAX: usize = 64;

/// A requested take, with the files that the simulator has for it.
#[derive(Clone, Debug)]
pub(super) struct SimTake {
    /// The request.
    pub request: TakeRequest,
    /// The files of its pictures, as far as they were uploaded here.
    pub pictures: BTreeMap<InputSlot, Bytes>,
    /// The length of its voice or of the video that it follows, if that was uploaded here.
    pub input_seconds: Option<f64>,
    /// Whether its video differs from the request.
    pub is_odd: bool,
}

impl SimTake {
    /// Its price.
    pub fn price(&self) -> Credits {
        self.request.price(self.input_seconds)
    }

    /// Its length.
    pub fn millis(&self) -> u64 {
        let asked = match self.request.duration {
            Some(seconds) => u64::from(seconds) * 1_000,
            None => (self.input_seconds.unwrap_or(UNKNOWN_INPUT_SECONDS) * 1_000.0).round() as u64,
        };
        if self.is_odd { asked.saturating_sub(2_000).max(1_000) } else { asked }
    }

    /// Everything that determines its video, as text.
    fn digest(&self) -> Digest {
        let request = &self.request;
        let inputs: BTreeMap<String, String> = request
            .inputs
            .iter()
            .filter(|(slot, _)| slot.role.kind() != InputKind::Voice)
            .map(|(slot, url)| {
                let file = self.pictures.get(slot).map(|bytes| Digest::of(bytes).to_string());
                (slot.to_string(), file.unwrap_or_else(|| url.to_string()))
            })
            .collect();
        let settings: Vec<(&str, &serde_json::Value)> =
            request.settings.iter().map(|(name, value)| (name.as_str(), value)).collect();
        let facts = serde_json::json!([
            request.model.id,
            request.prompt,
            self.millis(),
            request.resolution,
            request.aspect_ratio,
            request.seed,
            settings,
            request.shots,
            inputs,
            self.is_odd,
        ]);
        Digest::of(facts.to_string().as_bytes())
    }
}

/// Renders and caches videos.
pub(super) struct SimVideos {
    fonts: Fonts,
    renders: Semaphore,
    kept: Mutex<VecDeque<(Digest, Arc<OnceCell<Bytes>>)>>,
}

impl SimVideos {
    /// An empty cache.
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let renders = Semaphore::new(cores);
        SimVideos { fonts: Fonts::builtin(), renders, kept: Mutex::default() }
    }

    /// The video of a take, rendered if it is not cached.
    ///
    /// # Errors
    /// The animatic cannot be made.
    pub async fn of(&self, take: &Arc<SimTake>) -> anyhow::Result<Bytes> {
        let cell = self.cell(take.digest());
        let video = cell.get_or_try_init(|| async {
            let _permit = self.renders.acquire().await.context("the renderer was closed")?;
            let (take, fonts) = (take.clone(), self.fonts.clone());
            let render = move || animatic::render(&scene(&take)?, &fonts);
            anyhow::Ok(Bytes::from(tokio::task::spawn_blocking(render).await??))
        });
        Ok(video.await?.clone())
    }

    fn cell(&self, digest: Digest) -> Arc<OnceCell<Bytes>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, cell)) = kept.iter().find(|(of, _)| *of == digest) {
            return cell.clone();
        }
        kept.truncate(KEPT_MAX - 1);
        let cell = Arc::new(OnceCell::new());
        kept.push_front((digest, cell.clone()));
        cell
    }
}

fn scene(take: &SimTake) -> anyhow::Result<AnimaticScene> {
    let request = &take.request;
    let picture = |role| {
        let slot = InputSlot::only(role);
        anyhow::Ok(match (take.pictures.get(&slot), request.inputs.get(&slot)) {
            (Some(bytes), _) => AnimaticImage::Picture(decode_still(bytes)?),
            (None, Some(url)) => {
                AnimaticImage::Missing(format!("{url} is not fetched in a rehearsal"))
            }
            (None, None) => AnimaticImage::None,
        })
    };
    let image = picture(InputRole::Image)?;
    let portrait = match &image {
        AnimaticImage::Picture(picture) => Some(picture.dimensions()),
        AnimaticImage::Missing(_) | AnimaticImage::None => None,
    };
    let resolution = request.resolution;
    let size = match request.scene_type {
        SceneType::Avatar => FrameSize::of_portrait(resolution, portrait),
        SceneType::T2v | SceneType::I2v | SceneType::Still | SceneType::Card => {
            FrameSize::of(resolution, request.aspect_ratio.unwrap_or(AspectRatio::WIDE))
        }
    };
    let size = match take.is_odd {
        true => FrameSize { width: size.height, height: size.width },
        false => size,
    };
    Ok(AnimaticScene {
        id: "rehearsal".into(),
        title: Some("made by kling-build sim".into()),
        place: AnimaticPlace::default(),
        scene_type: request.scene_type,
        model: request.model.id.to_string(),
        prompt: request.prompt.clone(),
        narration: None,
        seed: request.seed,
        size,
        millis: take.millis(),
        image,
        used_millis: None,
        end_image: picture(InputRole::EndImage)?,
        shots: request
            .shots
            .iter()
            .map(|(prompt, seconds)| AnimaticShot { prompt: prompt.clone(), seconds: *seconds })
            .collect(),
        voice: AnimaticVoice::None,
        camera: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Catalog, Dialect};

    #[test]
    fn video_name_depends_on_everything_in_the_request() {
        let of = |body: &str| {
            let request =
                TakeRequest::read(body.as_bytes(), Dialect::Kling, Catalog::embedded()).unwrap();
            SimTake { request, pictures: BTreeMap::new(), input_seconds: None, is_odd: false }
                .digest()
        };
        let plain = of(r#"{ "prompt": "x", "seed": 12345 }"#);
        assert_eq!(of(r#"{ "seed": 12345, "prompt": "x", "callBackUrl": "https://a/" }"#), plain);
        for other in [
            r#"{ "prompt": "y", "seed": 12345 }"#,
            r#"{ "prompt": "x", "seed": 12346 }"#,
            r#"{ "prompt": "x", "seed": 12345, "duration": 10 }"#,
            r#"{ "prompt": "x", "seed": 12345, "aspectRatio": "1:1" }"#,
            r#"{ "prompt": "x", "seed": 12345, "resolution": "1080p" }"#,
            r#"{ "prompt": "x", "seed": 12345, "imageUrl": "https://a/" }"#,
            r#"{ "prompt": "x", "seed": 12345, "model": "kling-2-6" }"#,
        ] {
            assert_ne!(of(other), plain, "{other}");
        }
    }
}
