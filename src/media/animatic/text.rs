//! Text: shaped, wrapped, ordered and drawn, in any script that the fonts support.
//!
//! parley does shaping, bidirectional order and line breaks; this module draws the outlines. A
//! character that no font has becomes a visible box.

use std::ops::Range;

use parley::layout::{Alignment, AlignmentOptions, GlyphRun, PositionedLayoutItem};
use parley::style::{FontFamily, FontWeight, LineHeight, OverflowWrap, StyleProperty};
use parley::{FontContext, Layout, LayoutContext};
use skrifa::instance::{LocationRef, NormalizedCoord, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::{FontRef, GlyphId, MetadataProvider};
use tiny_skia::{Color, FillRule, Paint, Path, PathBuilder, Pixmap, Rect, Stroke, Transform};

use super::fonts::{Fonts, MONO};
use super::scripts::{han_language, other_scripts};
use crate::base::text::clean_lines;

/// The style of text.
#[derive(Clone, Copy)]
pub(super) struct TextStyle {
    /// Pixels per em.
    pub size: f32,
    /// Regular or bold.
    pub bold: bool,
    /// Fixed-width figures.
    pub mono: bool,
    /// The colour.
    pub colour: Color,
    /// Extra space between letters in pixels.
    pub tracking: f32,
}

impl TextStyle {
    /// Plain text.
    pub(super) fn plain(size: f32, colour: Color) -> Self {
        TextStyle { size, bold: false, mono: false, colour, tracking: 0.0 }
    }

    /// The same in bold.
    pub(super) fn bold(self) -> Self {
        TextStyle { bold: true, ..self }
    }

    /// The same with fixed-width figures.
    pub(super) fn mono(self) -> Self {
        TextStyle { mono: true, ..self }
    }

    /// The same with more space between letters, in pixels.
    pub(super) fn tracked(self, tracking: f32) -> Self {
        TextStyle { tracking, ..self }
    }
}

/// Lays out text; one instance per rendering.
pub(super) struct Typesetter<'a> {
    fonts: &'a Fonts,
    context: FontContext,
    layouts: LayoutContext<()>,
}

/// Lines of text, ready to be drawn.
pub(super) struct TextBlock {
    layout: Layout<()>,
    colour: Color,
}

/// The space between the baselines of running text, in em.
const LEADING: f32 = 1.42;

impl<'a> Typesetter<'a> {
    /// A typesetter with these fonts.
    pub(super) fn new(fonts: &'a Fonts) -> Self {
        Typesetter { fonts, context: fonts.context(), layouts: LayoutContext::new() }
    }

    /// Sets text in lines no wider than `width` pixels.
    pub(super) fn set(&mut self, text: &str, style: TextStyle, width: f32) -> TextBlock {
        self.aligned(text, style, width, (Alignment::Start, OverflowWrap::Anywhere))
    }

    /// Sets text in lines no wider than `width` pixels, each in the middle of that width.
    pub(super) fn set_centred(&mut self, text: &str, style: TextStyle, width: f32) -> TextBlock {
        self.aligned(text, style, width, (Alignment::Center, OverflowWrap::Anywhere))
    }

    /// Sets text as [`Typesetter::set_centred`] does, without breaking words: one that is longer than
    /// a line makes the text wider than `width`.
    pub(super) fn set_words(&mut self, text: &str, style: TextStyle, width: f32) -> TextBlock {
        self.aligned(text, style, width, (Alignment::Center, OverflowWrap::Normal))
    }

    fn aligned(
        &mut self,
        text: &str,
        style: TextStyle,
        width: f32,
        (alignment, wrap): (Alignment, OverflowWrap),
    ) -> TextBlock {
        let text = clean_lines(text);
        let family = if style.mono { FontFamily::named(MONO) } else { self.fonts.western() };
        let mut builder = self.layouts.ranged_builder(&mut self.context, &text, 1.0, true);
        builder.push_default(StyleProperty::FontFamily(family));
        builder.push_default(StyleProperty::FontSize(style.size));
        builder.push_default(StyleProperty::LetterSpacing(style.tracking));
        builder.push_default(LineHeight::FontSizeRelative(LEADING));
        // A word longer than a line (a URL, a script without spaces) may break anywhere.
        builder.push_default(StyleProperty::OverflowWrap(wrap));
        builder.push_default(StyleProperty::Locale(han_language(&text)));
        if style.bold {
            builder.push_default(StyleProperty::FontWeight(FontWeight::BOLD));
        }
        if !style.mono {
            for part in other_scripts(&text) {
                builder.push(StyleProperty::FontFamily(self.fonts.other()), part);
            }
        }
        let mut layout = builder.build(&text);
        layout.break_all_lines(Some(width));
        layout.align(alignment, AlignmentOptions::default());
        TextBlock { layout, colour: style.colour }
    }

    /// Sets one line as large as fits into `width`, between two sizes; a line that still does not
    /// fit ends in an ellipsis.
    pub(super) fn set_line(
        &mut self,
        text: &str,
        style: TextStyle,
        smallest: f32,
        width: f32,
    ) -> TextBlock {
        let natural = self.set(text, style, f32::INFINITY);
        if natural.width() <= width {
            return natural;
        }
        let size = (style.size * width / natural.width()).floor().max(smallest);
        let style = TextStyle { size, ..style };
        let block = self.set(text, style, f32::INFINITY);
        if block.width() <= width {
            return block;
        }
        let letters: Vec<char> = text.chars().collect();
        // Binary search for the longest beginning that fits with its ellipsis.
        let (mut fits, mut too_long) = (0, letters.len());
        while too_long - fits > 1 {
            let middle = fits.midpoint(too_long);
            let shorter = shortened(&letters[..middle]);
            if self.set(&shorter, style, f32::INFINITY).width() <= width {
                fits = middle;
            } else {
                too_long = middle;
            }
        }
        self.set(&shortened(&letters[..fits]), style, f32::INFINITY)
    }
}

fn shortened(letters: &[char]) -> String {
    format!("{}…", letters.iter().collect::<String>().trim_end())
}

impl TextBlock {
    /// Width in pixels, without trailing space.
    pub(super) fn width(&self) -> f32 {
        self.layout.width()
    }

    /// The number of lines.
    pub(super) fn line_count(&self) -> usize {
        self.layout.len()
    }

    /// Height of these lines in pixels.
    pub(super) fn height_of(&self, lines: Range<usize>) -> f32 {
        let heights = self.layout.lines().take(lines.end).skip(lines.start);
        heights.map(|line| line.metrics().line_height).sum()
    }

    /// Height in pixels.
    pub(super) fn height(&self) -> f32 {
        self.height_of(0..self.line_count())
    }

    /// Draws all lines with the upper left corner at this position.
    pub(super) fn draw(&self, pixmap: &mut Pixmap, x: f32, y: f32) {
        self.draw_lines(0..self.line_count(), pixmap, x, y);
    }

    /// Draws some lines, starting at the top.
    pub(super) fn draw_lines(&self, lines: Range<usize>, pixmap: &mut Pixmap, x: f32, y: f32) {
        let skipped = self.height_of(0..lines.start);
        let origin = Transform::from_translate(x.round(), (y - skipped).round());
        for line in self.layout.lines().take(lines.end).skip(lines.start) {
            for item in line.items() {
                if let PositionedLayoutItem::GlyphRun(run) = item {
                    draw_run(&run, pixmap, origin, self.colour);
                }
            }
        }
    }
}

fn draw_run(run: &GlyphRun<'_, ()>, pixmap: &mut Pixmap, origin: Transform, colour: Color) {
    let font = run.run().font();
    let size = run.run().font_size();
    // The layout does not choose an unreadable font; if it did, there would be nothing to draw.
    let Ok(face) = FontRef::from_index(font.data.as_ref(), font.index) else { return };
    let outlines = face.outline_glyphs();
    let coords = run.run().normalized_coords().iter();
    let coords: Vec<NormalizedCoord> =
        coords.map(|coord| NormalizedCoord::from_bits(coord.to_bits())).collect();
    let mut paint = Paint::default();
    paint.set_color(colour);
    for glyph in run.positioned_glyphs() {
        let place = origin.pre_translate(glyph.x, glyph.y);
        if glyph.id == 0 {
            draw_missing(pixmap, place, glyph.advance, size, &paint);
            continue;
        }
        let Some(outline) = outlines.get(GlyphId::new(glyph.id)) else { continue };
        let mut pen = PathPen(PathBuilder::new());
        let settings = DrawSettings::unhinted(Size::new(size), LocationRef::new(&coords));
        if outline.draw(settings, &mut pen).is_ok()
            && let Some(path) = pen.0.finish()
        {
            pixmap.fill_path(&path, &paint, FillRule::Winding, place, None);
        }
    }
}

/// Draws the box that replaces a character that no font has.
fn draw_missing(pixmap: &mut Pixmap, place: Transform, advance: f32, size: f32, paint: &Paint<'_>) {
    let (inset, top) = (size * 0.07, size * 0.72);
    let rect = Rect::from_xywh(inset, -top, (advance - 2.0 * inset).max(1.0), top);
    if let Some(path) = rect.map(PathBuilder::from_rect) {
        let stroke = Stroke { width: (size * 0.05).max(1.0), ..Stroke::default() };
        pixmap.stroke_path(&path, paint, &stroke, place, None);
    }
}

/// Collects an outline, flipping it: the y axis points up in fonts and down in pictures.
struct PathPen(PathBuilder);

impl OutlinePen for PathPen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.0.move_to(x, -y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.0.line_to(x, -y);
    }

    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        self.0.quad_to(cx, -cy, x, -y);
    }

    fn curve_to(&mut self, cx0: f32, cy0: f32, cx1: f32, cy1: f32, x: f32, y: f32) {
        self.0.cubic_to(cx0, -cy0, cx1, -cy1, x, -y);
    }

    fn close(&mut self) {
        self.0.close();
    }
}

/// A rectangle with rounded corners.
pub(super) fn rounded(x: f32, y: f32, width: f32, height: f32, radius: f32) -> Option<Path> {
    let radius = radius.min(width / 2.0).min(height / 2.0);
    let (right, bottom) = (x + width, y + height);
    let mut path = PathBuilder::new();
    path.move_to(x + radius, y);
    path.line_to(right - radius, y);
    path.quad_to(right, y, right, y + radius);
    path.line_to(right, bottom - radius);
    path.quad_to(right, bottom, right - radius, bottom);
    path.line_to(x + radius, bottom);
    path.quad_to(x, bottom, x, bottom - radius);
    path.line_to(x, y + radius);
    path.quad_to(x, y, x + radius, y);
    path.close();
    path.finish()
}

#[cfg(test)]
mod tests {
    use super::super::fonts::without_builtin_glyph;
    use super::*;

    /// Whether a box is drawn in a text.
    fn has_box(text: &str, bold: bool) -> bool {
        let fonts = Fonts::builtin();
        let style = TextStyle { bold, ..TextStyle::plain(20.0, Color::WHITE) };
        let block = Typesetter::new(&fonts).set(text, style, 400.0);
        let mut items = block.layout.lines().flat_map(|line| line.items().collect::<Vec<_>>());
        items.any(|item| match item {
            PositionedLayoutItem::GlyphRun(run) => run.positioned_glyphs().any(|g| g.id == 0),
            PositionedLayoutItem::InlineBox(_) => false,
        })
    }

    #[test]
    fn a_box_is_drawn_only_for_what_is_reported() {
        for text in [
            "Regen über dem Hafen, Ωмега, e\u{301} o\u{308}",
            "صَبَاحٌ هَادِئ",
            "בֹּקֶר שָׁקֵט",
            "🔥 👍🏽 1\u{fe0f}\u{20e3} 👨\u{200d}👩\u{200d}👧 ❤\u{fe0f}",
            "fi\u{ad}re\u{200c} a\u{a0}b\u{2009}c → ½ № ₽ \u{1d6b}",
            "नमस्ते",
            "日本と한국",
            "⤀",
        ] {
            let is_reported = !without_builtin_glyph(text).is_empty();
            for bold in [false, true] {
                assert_eq!(has_box(text, bold), is_reported, "{text} {bold}");
            }
        }
    }
}
