//! Preview pictures per second, drawn and encoded, at 720p and 1080p.

use std::time::{Duration, Instant};

use image::{Rgb, RgbImage};
use kling_build::catalog::{AspectRatio, FrameSize, Resolution, SceneType};
use kling_build::media::animatic::{
    AnimaticImage, AnimaticPlace, AnimaticScene, AnimaticVoice, Fonts, render,
};
use kling_build::media::probe_video;

/// The clip's length in milliseconds, that of the API's shorter clips.
const MILLIS: u64 = 5_000;

/// How often each clip is rendered; the best time counts.
const TIMES: usize = 3;

fn main() {
    println!("preview of a 5 s clip     pictures      time   pictures/s   of real time");
    for resolution in Resolution::ALL {
        for scene_type in &[SceneType::T2v, SceneType::I2v, SceneType::Avatar] {
            let scene = scene(*scene_type, FrameSize::of(*resolution, AspectRatio::WIDE));
            let (video, time) = best_of(&scene);
            let facts = probe_video(&mut std::io::Cursor::new(video)).expect("our own video");
            let seconds = time.as_secs_f64();
            println!(
                "{resolution:>8} {scene_type:<14} {:>10} {:>8.2}s {:>12.1} {:>13.1}x",
                facts.frames,
                seconds,
                facts.frames as f64 / seconds,
                MILLIS as f64 / 1_000.0 / seconds
            );
        }
    }
}

fn best_of(scene: &AnimaticScene) -> (Vec<u8>, Duration) {
    let fonts = Fonts::builtin();
    let runs = (0..TIMES).map(|_| {
        let started = Instant::now();
        let video = render(scene, &fonts).expect("a card of a usual size");
        (video, started.elapsed())
    });
    runs.min_by_key(|run| run.1).expect("at least one run")
}

fn scene(scene_type: SceneType, size: FrameSize) -> AnimaticScene {
    let waves = |x: u32, y: u32| (x * x / 97 + y * y / 61) as u8;
    let photo =
        RgbImage::from_fn(1_920, 1_080, |x, y| Rgb([waves(x, y), waves(y, x), waves(x + y, x)]));
    let image = match scene_type {
        SceneType::I2v | SceneType::Avatar => AnimaticImage::Picture(photo),
        _ => AnimaticImage::None,
    };
    AnimaticScene {
        id: "opening".into(),
        title: Some("Aurora One launch".into()),
        place: AnimaticPlace::default(),
        scene_type,
        model: "kling-2-5-turbo".into(),
        prompt: Some("Aurora One rises over a dark sea, slow dolly-in, 35mm. ".repeat(4)),
        narration: None,
        seed: Some(45_678),
        size,
        millis: MILLIS,
        image,
        used_millis: None,
        end_image: AnimaticImage::None,
        shots: Vec::new(),
        voice: AnimaticVoice::None,
        camera: None,
    }
}
