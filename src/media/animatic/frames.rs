//! The frame renderer: the moving parts of a scene, and the picture at each moment.
//!
//! Only what changes is drawn and converted again: the time code, the bar, the meter, and the panel
//! if its still moves.

use image::imageops::FilterType;
use image::{DynamicImage, RgbImage, RgbaImage};
use tiny_skia::{IntSize, Pixmap, PixmapPaint, Transform};

use super::camera::{View, zoom_max};
use super::encode::ShownPicture;
use super::fonts::Fonts;
use super::frame_times::FrameTime;
use super::layout::{Area, Content, FrameLayout};
use super::moving_still::MovingStill;
use super::paint;
use super::palette;
use super::scene::{AnimaticImage, AnimaticScene, AnimaticVoice};
use super::static_layer::StaticLayer;
use super::text::{TextStyle, Typesetter};
use crate::catalog::SceneType;
use crate::media::picture::colour::{EvenRect, Yuv420};
use crate::storyboard::CameraMove;

/// The part of a scene after which its last picture begins to show, and the part in which it fades
/// in.
const END_BEGINS: f32 = 0.6;
const END_FADES: f32 = 0.3;

/// The space from bar to bar in the voice meter, in units.
const METER_PITCH: f32 = 14.0;
/// The height of a bar for silence, as a part of the meter's.
const METER_LEAST: f32 = 0.06;

/// Renders the pictures of a scene, moment by moment.
pub(super) struct FrameRenderer<'a> {
    scene: &'a AnimaticScene,
    layout: FrameLayout,
    sheet: StaticLayer,
    still: StillPanel,
    /// The picture with which the scene ends, scaled to the panel.
    end_still: Option<Pixmap>,
    /// The background of the moving parts: the page, with a still that does not move.
    base: Pixmap,
    page: Option<usize>,
    canvas: Pixmap,
    picture: Yuv420,
    figures: TimeCodeDigits,
    /// How loud the voice is, for each bar of the meter.
    loudness: Vec<f32>,
}

impl ShownPicture for FrameRenderer<'_> {
    fn at(&mut self, moment: &FrameTime) -> &Yuv420 {
        let page = self.sheet.page_at(moment.progress);
        // The still is how the scene begins; after a cut it shows something else.
        let has_still = self.sheet.is_first_shot(page);
        let turned = self.page.replace(page) != Some(page);
        if turned {
            self.base = self.sheet.page(page, &self.layout);
            match (&self.still, self.layout.panel) {
                (StillPanel::Fixed(still), Some(panel)) if has_still => {
                    blit(&mut self.base, still, panel.x as i32, panel.y as i32);
                }
                (StillPanel::Fixed(_) | StillPanel::Moving(_), _) if !has_still => {
                    self.sheet.draw_shot(page, &self.layout, &mut self.base);
                }
                _ => {}
            }
            self.canvas.data_mut().copy_from_slice(self.base.data());
        }
        let mut changed = self.draw_moving(moment);
        if let (StillPanel::Moving(moving), Some(panel), true) =
            (&self.still, self.layout.panel, has_still)
        {
            let (progress, seconds) = (moment.progress.into(), moment.seconds().into());
            let view = View::at(self.scene.camera, progress, seconds);
            let width = self.canvas.width() as usize;
            let rect = self.even(panel);
            moving.draw(view, self.canvas.data_mut(), width, rect);
            changed.push(rect);
        }
        if let (Some(end), Some(panel)) = (&self.end_still, self.layout.panel) {
            let shown = ((moment.progress - END_BEGINS) / END_FADES).clamp(0.0, 1.0);
            if shown > 0.0 {
                let rect = self.even(panel);
                if !changed.contains(&rect) {
                    restore(&mut self.canvas, &self.base, rect);
                }
                let paint = PixmapPaint { opacity: shown, ..PixmapPaint::default() };
                let (x, y) = (panel.x as i32, panel.y as i32);
                self.canvas.draw_pixmap(x, y, end.as_ref(), &paint, Transform::identity(), None);
                changed.push(rect);
            }
        }
        if turned {
            changed = vec![EvenRect::whole(self.scene.size)];
        }
        for rect in changed {
            self.picture.take_rgba(self.canvas.data(), rect);
        }
        &self.picture
    }
}

impl<'a> FrameRenderer<'a> {
    /// Prepares the rendering; `None` if a picture of this size cannot be allocated.
    pub(super) fn new(scene: &'a AnimaticScene, fonts: &Fonts) -> Option<Self> {
        let layout = FrameLayout::of(scene.size, Content::of(scene));
        let sheet = StaticLayer::draw(scene, &layout, fonts)?;
        let still = StillPanel::of(scene, &layout)?;
        let end_still = match (&scene.end_image, layout.panel) {
            (AnimaticImage::Picture(image), Some(panel)) => {
                Some(pixmap(scaled(image, panel, 1.0)?)?)
            }
            _ => None,
        };
        let figures = TimeCodeDigits::new(&layout, fonts)?;
        let canvas = Pixmap::new(scene.size.width, scene.size.height)?;
        let loudness = loudness(scene, &layout);
        Some(FrameRenderer {
            loudness,
            base: canvas.clone(),
            picture: Yuv420::black(scene.size),
            page: None,
            scene,
            layout,
            sheet,
            still,
            end_still,
            canvas,
            figures,
        })
    }

    /// Draws everything that moves except the still, and returns the drawn rectangles.
    fn draw_moving(&mut self, moment: &FrameTime) -> Vec<EvenRect> {
        let areas = [self.figures.area, self.layout.bar].into_iter().chain(self.layout.meter);
        let changed: Vec<EvenRect> = areas.map(|area| self.even(area)).collect();
        for rect in &changed {
            restore(&mut self.canvas, &self.base, *rect);
        }
        self.figures.draw(&mut self.canvas, &moment.time_code(self.scene.place.starts));
        self.draw_bar(moment.progress);
        if let Some(meter) = self.layout.meter {
            self.draw_meter(meter, moment.progress);
        }
        changed
    }

    fn even(&self, area: Area) -> EvenRect {
        EvenRect::covering(self.scene.size, area.x, area.y, area.width, area.height)
    }

    fn draw_bar(&mut self, progress: f32) {
        let bar = self.layout.bar;
        let radius = bar.height / 2.0;
        paint::fill_round(&mut self.canvas, bar, radius, palette::faint());
        let done = Area { width: (bar.width * progress).max(bar.height), ..bar };
        let accent = palette::accent(self.scene.scene_type);
        paint::fill_round(&mut self.canvas, done, radius, accent);
    }

    /// The voice as bars, loud ones high; those that have been heard are brighter.
    fn draw_meter(&mut self, area: Area, progress: f32) {
        let pitch = METER_PITCH * self.layout.unit;
        let heard = progress * self.loudness.len() as f32;
        for (bar, loudness) in self.loudness.iter().enumerate() {
            let height = area.height * (METER_LEAST + (1.0 - METER_LEAST) * loudness);
            let column = Area {
                x: area.x + pitch * bar as f32,
                y: area.y + (area.height - height) / 2.0,
                width: pitch * 0.5,
                height,
            };
            let colour = match (bar as f32) < heard {
                true => palette::accent(SceneType::Avatar),
                false => palette::faint(),
            };
            paint::fill_round(&mut self.canvas, column, column.width / 2.0, colour);
        }
    }
}

/// How loud the voice of a scene is where each bar of its meter stands; none of it is heard where
/// its recording is not.
fn loudness(scene: &AnimaticScene, layout: &FrameLayout) -> Vec<f32> {
    let Some(meter) = layout.meter else { return Vec::new() };
    let bars = (meter.width / (METER_PITCH * layout.unit)) as usize;
    let heard = match &scene.voice {
        AnimaticVoice::Recorded(voice) => voice.waveform(scene.millis, bars),
        AnimaticVoice::None | AnimaticVoice::Silent(_) => None,
    };
    heard.unwrap_or_else(|| vec![0.0; bars])
}

/// Whether a scene's still moves: a first picture does, unless the camera stands still; a portrait
/// does not.
pub(super) fn moves(scene: &AnimaticScene) -> bool {
    scene.scene_type == SceneType::I2v
        && scene.camera != Some(CameraMove::Static)
        && matches!(scene.image, AnimaticImage::Picture(_))
}

/// The still in the panel.
enum StillPanel {
    /// No still.
    None,
    /// A still that does not move, scaled to the panel.
    Fixed(Pixmap),
    /// A still that the camera moves over.
    Moving(MovingStill),
}

impl StillPanel {
    fn of(scene: &AnimaticScene, layout: &FrameLayout) -> Option<StillPanel> {
        let (AnimaticImage::Picture(image), Some(panel)) = (&scene.image, layout.panel) else {
            return Some(StillPanel::None);
        };
        if !moves(scene) {
            return scaled(image, panel, 1.0).and_then(pixmap).map(StillPanel::Fixed);
        }
        let rgba = scaled(image, panel, zoom_max(scene.camera))?;
        let (width, height) = (rgba.width() as usize, rgba.height() as usize);
        Some(StillPanel::Moving(MovingStill::new(&rgba, width, height)))
    }
}

/// A picture that fills a panel, `larger` times as large; what does not fit is cut off.
pub(super) fn scaled(image: &RgbImage, panel: Area, larger: f64) -> Option<RgbaImage> {
    let pixels = |side: f32| (f64::from(side) * larger).ceil() as u32;
    let (width, height) = (pixels(panel.width), pixels(panel.height));
    IntSize::from_wh(width, height)?;
    // `DynamicImage` rather than `imageops`, because its code is compiled in the crate, with
    // optimisation.
    let image = match part_for(image, width, height) {
        Some(part) => DynamicImage::ImageRgb8(part),
        None => DynamicImage::ImageRgb8(image.clone()),
    };
    Some(image.resize_to_fill(width, height, FilterType::CatmullRom).into_rgba8())
}

/// The part of a long and thin picture that is seen in a panel, if scaling all of it would need many
/// times the panel's pixels.
fn part_for(image: &RgbImage, width: u32, height: u32) -> Option<RgbImage> {
    let (across, down) = (u64::from(image.width()), u64::from(image.height()));
    let (wide, high) = (u64::from(width), u64::from(height));
    let seen = (across.min((down * wide).div_ceil(high)), down.min((across * high).div_ceil(wide)));
    if seen.0 * seen.1 * THIN > across * down {
        return None;
    }
    let (x, y) = ((across - seen.0) / 2, (down - seen.1) / 2);
    let [x, y, wide, high] = [x, y, seen.0.max(1), seen.1.max(1)].map(|side| side as u32);
    Some(image::imageops::crop_imm(image, x, y, wide, high).to_image())
}

/// How many times the seen part a picture may be before it is cut first.
const THIN: u64 = 4;

fn pixmap(image: RgbaImage) -> Option<Pixmap> {
    let size = IntSize::from_wh(image.width(), image.height())?;
    Pixmap::from_vec(image.into_raw(), size)
}

/// Draws a pixmap over another.
fn blit(canvas: &mut Pixmap, top: &Pixmap, x: i32, y: i32) {
    canvas.draw_pixmap(x, y, top.as_ref(), &PixmapPaint::default(), Transform::identity(), None);
}

/// Restores a part of the canvas from `base`.
fn restore(canvas: &mut Pixmap, base: &Pixmap, rect: EvenRect) {
    let width = canvas.width() as usize;
    for row in rect.y..rect.y + rect.height {
        let bytes = (row * width + rect.x) * 4..(row * width + rect.x + rect.width) * 4;
        canvas.data_mut()[bytes.clone()].copy_from_slice(&base.data()[bytes]);
    }
}

/// The figures of the time code, each drawn once.
struct TimeCodeDigits {
    area: Area,
    cell: f32,
    glyphs: Vec<(char, Pixmap)>,
}

impl TimeCodeDigits {
    fn new(layout: &FrameLayout, fonts: &Fonts) -> Option<Self> {
        let FrameLayout { unit, header, .. } = *layout;
        let mut text = Typesetter::new(fonts);
        let style = TextStyle::plain(24.0 * unit, palette::bright()).mono();
        let cell = text.set("0000000000", style, f32::INFINITY).width() / 10.0;
        let height = (34.0 * unit).ceil();
        let mut glyphs = Vec::new();
        for figure in "0123456789:".chars() {
            let mut pixmap = Pixmap::new(cell.ceil() as u32, height as u32)?;
            let block = text.set(figure.encode_utf8(&mut [0; 4]), style, f32::INFINITY);
            block.draw(&mut pixmap, 0.0, (height - block.height()) / 2.0);
            glyphs.push((figure, pixmap));
        }
        let width = cell * 11.0;
        let area = Area { x: header.right() - width, y: header.y, width, height };
        Some(TimeCodeDigits { area, cell, glyphs })
    }

    fn draw(&self, canvas: &mut Pixmap, time_code: &str) {
        for (place, figure) in time_code.chars().enumerate() {
            let glyph = self.glyphs.iter().find(|glyph| glyph.0 == figure);
            if let Some((_, pixmap)) = glyph {
                let x = (self.area.x + self.cell * place as f32).round() as i32;
                blit(canvas, pixmap, x, self.area.y.round() as i32);
            }
        }
    }
}
