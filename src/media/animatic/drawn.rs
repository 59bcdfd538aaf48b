//! Drawn scenes: stills and cards, which are part of the film itself and show no slate.

use anyhow::{Context, Result};
use image::RgbImage;
use tiny_skia::{IntSize, Pixmap};

use super::camera::{View, zoom_max};
use super::encode::{ShownPicture, Voice, check_frame, encode};
use super::fonts::Fonts;
use super::frame_times::{FrameTime, FrameTimes};
use super::frames::scaled;
use super::layout::Area;
use super::moving_still::MovingStill;
use super::palette;
use super::scene::AnimaticVoice;
use super::text::{TextBlock, TextStyle, Typesetter};
use crate::catalog::FrameSize;
use crate::media::picture::colour::{EvenRect, Yuv420};
use crate::storyboard::CameraMove;

/// The version of the drawing. It is part of the keys of drawn scenes, so increment it when a pixel
/// changes; old ones then become stale, and drawing them anew is free.
pub const DRAWING: u32 = 2;

/// Frames per picture: all 24 of a second, because these scenes are joined with generated clips.
const FRAMES: u64 = 1;

/// The sizes of a card's text as parts of the frame's height, from the largest that fits, and how
/// much of the frame it may fill.
const TEXT_SIZES: [f32; 8] = [0.12, 0.1, 0.085, 0.07, 0.058, 0.048, 0.04, 0.033];
const TEXT_WIDTH: f32 = 0.78;
const TEXT_HEIGHT: f32 = 0.76;

/// A scene that is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct DrawnScene {
    /// What it shows.
    pub content: DrawnContent,
    /// The picture size: even sides from 64 to 3,840 pixels.
    pub size: FrameSize,
    /// The length in milliseconds, more than 0 and at most an hour.
    pub millis: u64,
    /// Who speaks over it.
    pub voice: AnimaticVoice,
}

/// What a drawn scene shows.
#[derive(Clone, Debug, PartialEq)]
pub enum DrawnContent {
    /// A picture that fills the frame; what does not fit is cut off.
    Still {
        /// The picture.
        picture: RgbImage,
        /// How the camera moves over it; without a move it comes a little nearer.
        camera: Option<CameraMove>,
    },
    /// Text on a plain ground.
    Card {
        /// The text; its line breaks are kept.
        text: String,
    },
}

/// Draws a scene as an MP4: H.264, yuv420p, BT.709, 24 pictures per second, index in front, and the
/// voice as its track has it.
///
/// Equal scenes and fonts give equal bytes. Fails if the size or the length is out of range (see
/// [`DrawnScene`]).
pub fn draw(scene: &DrawnScene, fonts: &Fonts) -> Result<Vec<u8>> {
    check_frame(scene.size, scene.millis)?;
    let times = FrameTimes::new(scene.millis, FRAMES);
    let mut canvas = Canvas::of(scene, fonts).context("no memory for a picture of this size")?;
    encode(times, Voice::of(&scene.voice, scene.millis), &mut canvas)
}

/// The picture of a scene at each moment.
struct Canvas {
    pixels: Pixmap,
    picture: Yuv420,
    moving: Option<(MovingStill, Option<CameraMove>)>,
    is_drawn: bool,
}

impl Canvas {
    fn of(scene: &DrawnScene, fonts: &Fonts) -> Option<Canvas> {
        let FrameSize { width, height } = scene.size;
        let mut pixels = Pixmap::new(width, height)?;
        let mut moving = None;
        match &scene.content {
            DrawnContent::Still { picture, camera } => {
                let frame = Area { x: 0.0, y: 0.0, width: width as f32, height: height as f32 };
                let still = scaled(picture, frame, zoom_max(*camera))?;
                let (across, down) = (still.width() as usize, still.height() as usize);
                if *camera == Some(CameraMove::Static) {
                    let size = IntSize::from_wh(still.width(), still.height())?;
                    pixels = Pixmap::from_vec(still.into_raw(), size)?;
                } else {
                    moving = Some((MovingStill::new(&still, across, down), *camera));
                }
            }
            DrawnContent::Card { text } => {
                pixels.fill(palette::ground());
                let mut typesetter = Typesetter::new(fonts);
                let (block, lines) = fitted(text, scene.size, &mut typesetter);
                let top = (height as f32 - block.height_of(0..lines)) / 2.0;
                let left = width as f32 * (1.0 - TEXT_WIDTH) / 2.0;
                block.draw_lines(0..lines, &mut pixels, left, top);
            }
        }
        Some(Canvas { pixels, picture: Yuv420::black(scene.size), moving, is_drawn: false })
    }
}

impl ShownPicture for Canvas {
    fn at(&mut self, moment: &FrameTime) -> &Yuv420 {
        let whole = EvenRect::whole(self.picture.size);
        if let Some((still, camera)) = &self.moving {
            let view = View::at(*camera, moment.progress.into(), moment.seconds().into());
            let width = self.pixels.width() as usize;
            still.draw(view, self.pixels.data_mut(), width, whole);
        }
        if self.moving.is_some() || !self.is_drawn {
            self.picture.take_rgba(self.pixels.data(), whole);
            self.is_drawn = true;
        }
        &self.picture
    }
}

/// Text as large as it fits into a frame without breaking a word, centred line by line, and how many
/// of its lines do.
fn fitted(text: &str, size: FrameSize, typesetter: &mut Typesetter<'_>) -> (TextBlock, usize) {
    let (width, height) = (size.width as f32, size.height as f32);
    let (across, down) = (width * TEXT_WIDTH, height * TEXT_HEIGHT);
    // On a tall frame the width limits the size of letters.
    let unit = height.min(width * 1.2);
    let style = |part: &f32| TextStyle::plain((unit * part).round(), palette::bright()).bold();
    let fits = |block: &TextBlock| block.height() <= down && block.width() <= across;
    let mut sizes = TEXT_SIZES.iter();
    let largest =
        sizes.find_map(|part| Some(typesetter.set_words(text, style(part), across)).filter(fits));
    let smallest = TEXT_SIZES[TEXT_SIZES.len() - 1];
    let block = largest.unwrap_or_else(|| typesetter.set_centred(text, style(&smallest), across));
    let mut lines = block.line_count();
    while lines > 1 && block.height_of(0..lines) > height {
        lines -= 1;
    }
    (block, lines)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::Rgb;

    use super::*;
    use crate::media::{frame, probe_video};
    use crate::storyboard::FrameAt;

    const SIZE: FrameSize = FrameSize { width: 320, height: 180 };

    fn drawn(content: DrawnContent, millis: u64) -> Vec<u8> {
        let voice = AnimaticVoice::None;
        let scene = DrawnScene { content, size: SIZE, millis, voice };
        let video = draw(&scene, &Fonts::builtin()).unwrap();
        assert_eq!(draw(&scene, &Fonts::builtin()).unwrap(), video, "equal bytes");
        video
    }

    fn picture_at(video: &[u8], at: FrameAt) -> RgbImage {
        frame::extract(&mut Cursor::new(video), at).unwrap()
    }

    /// Red on the left half, blue on the right.
    fn halves() -> RgbImage {
        RgbImage::from_fn(640, 360, |x, _| Rgb(if x < 320 { [200, 20, 20] } else { [20, 20, 200] }))
    }

    #[test]
    fn a_still_has_its_length_and_24_pictures_per_second() {
        let still = DrawnContent::Still { picture: halves(), camera: None };
        let facts = probe_video(&mut Cursor::new(drawn(still, 1_500))).unwrap();
        assert_eq!((facts.millis, facts.frames, facts.has_audio), (1_500, 36, false));
        assert_eq!(facts.size, SIZE);
    }

    #[test]
    fn the_camera_moves_over_a_still() {
        let red_share = |video: &[u8], at| {
            let picture = picture_at(video, at);
            picture.pixels().filter(|pixel| pixel.0[0] > 110).count() as f64 / (320.0 * 180.0)
        };
        let still = |camera| DrawnContent::Still { picture: halves(), camera };
        let fixed = drawn(still(Some(CameraMove::Static)), 1_000);
        for at in [FrameAt::First, FrameAt::Last] {
            assert!((red_share(&fixed, at) - 0.5).abs() < 0.01);
        }
        let pan = drawn(still(Some(CameraMove::PanRight)), 1_000);
        assert!(red_share(&pan, FrameAt::First) > 0.55);
        assert!(red_share(&pan, FrameAt::Last) < 0.45);
    }

    #[test]
    fn a_card_breaks_no_word() {
        let fonts = Fonts::builtin();
        let mut typesetter = Typesetter::new(&fonts);
        for size in [SIZE, FrameSize { width: 180, height: 320 }] {
            let (_, lines) = fitted("Extraordinarily", size, &mut typesetter);
            assert_eq!(lines, 1, "{size}");
            let (_, lines) = fitted("Extraordinarily\nlong", size, &mut typesetter);
            assert_eq!(lines, 2, "{size}");
        }
        let (_, lines) = fitted(&"w".repeat(200), SIZE, &mut typesetter);
        assert!(lines > 1, "a word that fits at no size is broken");
    }

    #[test]
    fn a_card_shows_all_of_its_text_inside_the_frame() {
        let ink = |text: &str| {
            let card = drawn(DrawnContent::Card { text: text.to_string() }, 500);
            let picture = picture_at(&card, FrameAt::First);
            let is_ink = |pixel: &Rgb<u8>| pixel.0[1] > 120;
            let at_edge = |x: u32, y: u32| x < 8 || y < 4 || x >= 312 || y >= 176;
            let edge = picture.enumerate_pixels().any(|(x, y, it)| at_edge(x, y) && is_ink(it));
            assert!(!edge, "`{text}` stays inside");
            picture.pixels().filter(|pixel| is_ink(pixel)).count()
        };
        let (short, lines) = (ink("The end"), ink("The end\nof it\nall"));
        assert!(short > 100 && lines > 100);
        assert!(ink(&"Something longer to say, and more. ".repeat(12)) > 500);
    }
}
