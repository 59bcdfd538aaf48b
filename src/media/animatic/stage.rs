//! The stage: the moving parts of a card, and the picture of each moment.
//!
//! Only what changes is drawn and converted again: the time code, the bar and the meter. A still
//! with a slow move changes everywhere, so it is drawn whole.

use image::DynamicImage;
use image::imageops::FilterType;
use tiny_skia::{BlendMode, FilterQuality, IntSize, Pixmap, PixmapPaint, Transform};

use super::card::{Card, CardImage};
use super::clock::Moment;
use super::fonts::Fonts;
use super::layout::{Area, Layout};
use super::paint;
use super::palette;
use super::sheet::Sheet;
use super::text::{TextStyle, Typesetter};
use crate::catalog::SceneType;
use crate::media::colour::{EvenRect, Yuv420};

/// How much nearer the camera is at the end of a slow move.
const PUSH_IN: f32 = 1.09;

/// How many bars the meter of a voice has.
const METER_BARS: usize = 12;

/// The pictures of a card, moment by moment.
pub(super) struct Stage<'a> {
    card: &'a Card,
    layout: Layout,
    sheet: Sheet,
    still: Option<Pixmap>,
    /// What lies under the moving parts: the page, or the page on its picture.
    base: Pixmap,
    page: Option<usize>,
    canvas: Pixmap,
    picture: Yuv420,
    figures: Figures,
}

impl<'a> Stage<'a> {
    /// Sets everything up; `None` where a picture of this size cannot be allocated.
    pub(super) fn new(card: &'a Card, fonts: &Fonts) -> Option<Self> {
        let layout = Layout::of(card.size);
        let sheet = Sheet::draw(card, &layout, fonts)?;
        let still = match &card.image {
            CardImage::Picture(image) => Some(covering(card, image)?),
            CardImage::None | CardImage::Missing(_) => None,
        };
        let figures = Figures::new(&layout, fonts)?;
        let canvas = Pixmap::new(card.size.width, card.size.height)?;
        Some(Stage {
            base: canvas.clone(),
            picture: Yuv420::black(card.size),
            page: None,
            card,
            layout,
            sheet,
            still,
            canvas,
            figures,
        })
    }

    /// Whether the whole picture moves.
    pub(super) fn moves(&self) -> bool {
        moves(self.card)
    }

    /// The picture of a moment.
    pub(super) fn show(&mut self, moment: &Moment) -> &Yuv420 {
        let pages = self.sheet.page_count();
        let begun = (moment.progress * pages as f32) as usize;
        let page = begun.min(pages - 1);
        let turned = self.page.replace(page) != Some(page);
        if turned {
            self.base = self.sheet.page(page);
            if let Some(still) = self.still.as_ref().filter(|_| !self.moves()) {
                let mut base = self.canvas.clone();
                place(&mut base, still, 1.0);
                blit(&mut base, &self.base, 0, 0);
                self.base = base;
            }
        }
        if self.moves() {
            let still = self.still.as_ref().expect("only a picture moves");
            place(&mut self.canvas, still, 1.0 + (PUSH_IN - 1.0) * moment.progress);
            blit(&mut self.canvas, &self.base, 0, 0);
        } else if turned {
            self.canvas.data_mut().copy_from_slice(self.base.data());
        }
        self.draw_moving(moment);
        if self.moves() || turned {
            self.picture.take_rgba(self.canvas.data(), EvenRect::whole(self.card.size));
        }
        &self.picture
    }

    fn draw_moving(&mut self, moment: &Moment) {
        let whole = self.moves();
        let mut areas = vec![self.figures.area, self.layout.bar];
        areas.extend(self.sheet.meter);
        if !whole {
            for area in &areas {
                let rect = self.even(*area);
                restore(&mut self.canvas, &self.base, rect);
            }
        }
        self.figures.draw(&mut self.canvas, &moment.time_code());
        self.draw_bar(moment.progress);
        if let Some(meter) = self.sheet.meter {
            self.draw_meter(meter, moment.seconds());
        }
        if !whole {
            for area in areas {
                let rect = self.even(area);
                self.picture.take_rgba(self.canvas.data(), rect);
            }
        }
    }

    fn even(&self, area: Area) -> EvenRect {
        EvenRect::covering(self.card.size, area.x, area.y, area.width, area.height)
    }

    fn draw_bar(&mut self, progress: f32) {
        let bar = self.layout.bar;
        let radius = bar.height / 2.0;
        paint::fill_round(&mut self.canvas, bar, radius, palette::faint());
        let done = Area { width: (bar.width * progress).max(bar.height), ..bar };
        let accent = palette::accent(self.card.scene_type);
        paint::fill_round(&mut self.canvas, done, radius, accent);
    }

    /// Bars that rise and fall like a voice. They show that somebody speaks, not what is said.
    fn draw_meter(&mut self, area: Area, seconds: f32) {
        let pitch = area.width / METER_BARS as f32;
        let accent = palette::accent(SceneType::Avatar);
        for bar in 0..METER_BARS {
            let phase = bar as f32 * 0.9;
            let syllable = triangle(seconds * 3.1 + phase * 0.37);
            let breath = triangle(seconds * 0.7 + phase * 0.11);
            let height = area.height * (0.12 + 0.88 * syllable * (0.35 + 0.65 * breath));
            let column = Area {
                x: area.x + pitch * bar as f32,
                y: area.y + (area.height - height) / 2.0,
                width: pitch * 0.5,
                height,
            };
            paint::fill_round(&mut self.canvas, column, column.width / 2.0, accent);
        }
    }
}

/// Whether a card's whole picture moves: a first picture does, a portrait does not.
pub(super) fn moves(card: &Card) -> bool {
    card.scene_type == SceneType::I2v && matches!(card.image, CardImage::Picture(_))
}

/// A wave between 0 and 1 without a sine, whose last digits differ between systems.
fn triangle(at: f32) -> f32 {
    let part = at - at.floor();
    1.0 - (2.0 * part - 1.0).abs()
}

/// The picture, large enough to cover the frame when the camera is nearest.
fn covering(card: &Card, image: &image::RgbImage) -> Option<Pixmap> {
    let near = if moves(card) { PUSH_IN } else { 1.0 };
    let width = (card.size.width as f32 * near).ceil() as u32;
    let height = (card.size.height as f32 * near).ceil() as u32;
    // `DynamicImage` rather than `imageops`: its code is compiled with the crate, optimised.
    let image = DynamicImage::ImageRgb8(image.clone());
    let image = image.resize_to_fill(width, height, FilterType::CatmullRom).into_rgba8();
    Pixmap::from_vec(image.into_raw(), IntSize::from_wh(width, height)?)
}

/// Draws the still so that it covers the frame, `zoom` times nearer than at the start.
fn place(canvas: &mut Pixmap, still: &Pixmap, zoom: f32) {
    let (width, height) = (canvas.width() as f32, canvas.height() as f32);
    let scale = zoom * width / still.width() as f32;
    // The camera goes for a point above the middle, where faces and horizons are.
    let (x, y) = (width * (1.0 - zoom) * 0.5, height * (1.0 - zoom) * 0.42);
    let quality = if scale == 1.0 { FilterQuality::Nearest } else { FilterQuality::Bilinear };
    let paint = PixmapPaint { quality, blend_mode: BlendMode::Source, ..PixmapPaint::default() };
    let transform = Transform::from_row(scale, 0.0, 0.0, scale, x, y);
    canvas.draw_pixmap(0, 0, still.as_ref(), &paint, transform, None);
}

/// Lays a pixmap over another.
fn blit(canvas: &mut Pixmap, top: &Pixmap, x: i32, y: i32) {
    canvas.draw_pixmap(x, y, top.as_ref(), &PixmapPaint::default(), Transform::identity(), None);
}

/// Copies a part of `base` back.
fn restore(canvas: &mut Pixmap, base: &Pixmap, rect: EvenRect) {
    let width = canvas.width() as usize;
    for row in rect.y..rect.y + rect.height {
        let bytes = (row * width + rect.x) * 4..(row * width + rect.x + rect.width) * 4;
        canvas.data_mut()[bytes.clone()].copy_from_slice(&base.data()[bytes]);
    }
}

/// The time code's figures, drawn once each.
struct Figures {
    area: Area,
    cell: f32,
    glyphs: Vec<(char, Pixmap)>,
}

impl Figures {
    fn new(layout: &Layout, fonts: &Fonts) -> Option<Self> {
        let Layout { unit, header, .. } = *layout;
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
        Some(Figures { area, cell, glyphs })
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
