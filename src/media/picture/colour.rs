//! Colour: pictures as luma and chroma planes, and the conversion from and to RGB.
//!
//! All pictures we encode are BT.709 in limited range; decoded ones state their colours themselves
//! (see [`super::sps`]). The loops here run per pixel, so they use integers and plain slices.

use image::RgbImage;

use crate::catalog::FrameSize;

/// A rectangle of pixels; all four numbers are even, as the half-size chroma planes require.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::media) struct EvenRect {
    pub x: usize,
    pub y: usize,
    pub width: usize,
    pub height: usize,
}

impl EvenRect {
    /// The smallest even rectangle inside `size` that covers the given one.
    pub(in crate::media) fn covering(
        size: FrameSize,
        left: f32,
        top: f32,
        width: f32,
        height: f32,
    ) -> Self {
        let even_floor = |at: f32, end: u32| (at.max(0.0) as usize).min(end as usize) & !1;
        let even_ceil =
            |at: f32, end: u32| ((at.max(0.0).ceil() as usize).min(end as usize) + 1) & !1;
        let (x, y) = (even_floor(left, size.width), even_floor(top, size.height));
        EvenRect {
            x,
            y,
            width: even_ceil(left + width, size.width).saturating_sub(x),
            height: even_ceil(top + height, size.height).saturating_sub(y),
        }
    }

    /// The whole picture.
    pub(in crate::media) fn whole(size: FrameSize) -> Self {
        EvenRect { x: 0, y: 0, width: size.width as usize, height: size.height as usize }
    }
}

/// The meaning of luma and chroma numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColourSpace {
    /// The matrix.
    pub matrix: ColourMatrix,
    /// Whether luma uses 0–255 instead of 16–235.
    pub full_range: bool,
}

/// How luma weighs red, green and blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColourMatrix {
    /// ITU-R BT.601, used for small pictures.
    Bt601,
    /// ITU-R BT.709, used for 720p and up.
    Bt709,
}

impl ColourMatrix {
    /// The weights of red and blue.
    fn weights(self) -> (f64, f64) {
        match self {
            ColourMatrix::Bt601 => (0.299, 0.114),
            ColourMatrix::Bt709 => (0.2126, 0.0722),
        }
    }
}

/// A picture as a luma plane and two chroma planes of half its width and height (yuv420p).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Yuv420 {
    /// The size; both sides are even.
    pub size: FrameSize,
    /// Luma, row by row without padding.
    pub y: Vec<u8>,
    /// Blue difference.
    pub u: Vec<u8>,
    /// Red difference.
    pub v: Vec<u8>,
}

impl Yuv420 {
    /// A black picture in limited range.
    pub fn black(size: FrameSize) -> Self {
        let pixels = size.width as usize * size.height as usize;
        Yuv420 { size, y: vec![16; pixels], u: vec![128; pixels / 4], v: vec![128; pixels / 4] }
    }

    /// Converts a part of an RGBA picture of the same size into this one, as BT.709 in limited
    /// range.
    ///
    /// The factors are those of BT.709 in 65,536ths, scaled to 219 and 224 steps.
    pub(in crate::media) fn take_rgba(&mut self, rgba: &[u8], rect: EvenRect) {
        let width = self.size.width as usize;
        let columns = rect.x..rect.x + rect.width;
        for row in (rect.y..rect.y + rect.height).step_by(2) {
            let upper = &rgba[(row * width + columns.start) * 4..(row * width + columns.end) * 4];
            let below = row + 1;
            let lower =
                &rgba[(below * width + columns.start) * 4..(below * width + columns.end) * 4];
            let (y_upper, y_lower) = self.y.split_at_mut(below * width);
            let y_upper = &mut y_upper[row * width + columns.start..row * width + columns.end];
            let y_lower = &mut y_lower[columns.clone()];
            let chroma = row / 2 * (width / 2) + columns.start / 2;
            let u_row = &mut self.u[chroma..chroma + rect.width / 2];
            let v_row = &mut self.v[chroma..chroma + rect.width / 2];
            take_two_rows([upper, lower], [y_upper, y_lower], [u_row, v_row]);
        }
    }

    /// The picture in RGB; chroma is taken from the nearest sample.
    pub fn to_rgb(&self, space: ColourSpace) -> RgbImage {
        let table = ConversionTable::new(space);
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        let mut pixels = vec![0; width * height * 3];
        for (row, line) in pixels.chunks_exact_mut(width * 3).enumerate() {
            let luma = &self.y[row * width..(row + 1) * width];
            let chroma = row / 2 * (width / 2);
            let u_row = &self.u[chroma..chroma + width / 2];
            let v_row = &self.v[chroma..chroma + width / 2];
            for column in 0..width {
                let (u, v) = (u_row[column / 2] as usize, v_row[column / 2] as usize);
                let y = table.luma[luma[column] as usize];
                line[column * 3] = clamp(y + table.v_to_red[v]);
                line[column * 3 + 1] = clamp(y + table.u_to_green[u] + table.v_to_green[v]);
                line[column * 3 + 2] = clamp(y + table.u_to_blue[u]);
            }
        }
        RgbImage::from_raw(self.size.width, self.size.height, pixels)
            .expect("the buffer was made for this size")
    }
}

/// Converts two rows of RGBA to two rows of luma and one row each of the chroma planes.
fn take_two_rows(rgba: [&[u8]; 2], luma: [&mut [u8]; 2], chroma: [&mut [u8]; 2]) {
    let [upper, lower] = rgba;
    let [y_upper, y_lower] = luma;
    let [u_row, v_row] = chroma;
    for pair in 0..u_row.len() {
        let at = pair * 8;
        let (a, b) = (&upper[at..at + 8], &lower[at..at + 8]);
        let mut sum = [0i32; 3];
        for (pixel, y) in [(&a[..3], &mut y_upper[pair * 2]), (&b[..3], &mut y_lower[pair * 2])] {
            *y = luma_of(pixel, &mut sum);
        }
        for (pixel, y) in
            [(&a[4..7], &mut y_upper[pair * 2 + 1]), (&b[4..7], &mut y_lower[pair * 2 + 1])]
        {
            *y = luma_of(pixel, &mut sum);
        }
        let [red, green, blue] = sum;
        // The sums are over four pixels, hence two more bits to shift out.
        u_row[pair] =
            ((-6_596 * red - 22_188 * green + 28_784 * blue + HALF_OF_CHROMA) >> 18) as u8;
        v_row[pair] = ((28_784 * red - 26_145 * green - 2_639 * blue + HALF_OF_CHROMA) >> 18) as u8;
    }
}

/// The chroma zero point (128) and the rounding half, in 262,144ths.
const HALF_OF_CHROMA: i32 = (128 << 18) + (1 << 17);

#[inline]
fn luma_of(pixel: &[u8], sum: &mut [i32; 3]) -> u8 {
    let (red, green, blue) = (pixel[0] as i32, pixel[1] as i32, pixel[2] as i32);
    *sum = [sum[0] + red, sum[1] + green, sum[2] + blue];
    ((11_966 * red + 40_254 * green + 4_064 * blue + (16 << 16) + (1 << 15)) >> 16) as u8
}

/// What each value of each plane adds to each colour, in 65,536ths.
struct ConversionTable {
    luma: [i32; 256],
    v_to_red: [i32; 256],
    u_to_green: [i32; 256],
    v_to_green: [i32; 256],
    u_to_blue: [i32; 256],
}

impl ConversionTable {
    fn new(space: ColourSpace) -> Self {
        let (red, blue) = space.matrix.weights();
        let green = 1.0 - red - blue;
        let (black, luma_steps, chroma_steps) =
            if space.full_range { (0.0, 255.0, 255.0) } else { (16.0, 219.0, 224.0) };
        let luma = |value: f64| (value - black) * 255.0 / luma_steps;
        let chroma =
            |factor: f64| move |value: f64| (value - 128.0) * 255.0 / chroma_steps * factor;
        ConversionTable {
            luma: fixed(|value| luma(value) + 0.5),
            v_to_red: fixed(chroma(2.0 * (1.0 - red))),
            u_to_green: fixed(chroma(-2.0 * blue * (1.0 - blue) / green)),
            v_to_green: fixed(chroma(-2.0 * red * (1.0 - red) / green)),
            u_to_blue: fixed(chroma(2.0 * (1.0 - blue))),
        }
    }
}

fn fixed(of: impl Fn(f64) -> f64) -> [i32; 256] {
    std::array::from_fn(|value| (of(value as f64) * 65_536.0).round() as i32)
}

#[inline]
fn clamp(value: i32) -> u8 {
    (value >> 16).clamp(0, 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: FrameSize = FrameSize { width: 4, height: 2 };
    const BT709: ColourSpace = ColourSpace { matrix: ColourMatrix::Bt709, full_range: false };

    fn picture_of(pixel: [u8; 3]) -> Yuv420 {
        let rgba = [pixel[0], pixel[1], pixel[2], 255].repeat(8);
        let mut yuv = Yuv420::black(SIZE);
        yuv.take_rgba(&rgba, EvenRect::whole(SIZE));
        yuv
    }

    #[test]
    fn known_colours_have_the_values_of_bt_709() {
        // ITU-R BT.709 in 8 bits: the 100 % colour bars.
        for (rgb, yuv) in [
            ([255, 255, 255], (235, 128, 128)),
            ([0, 0, 0], (16, 128, 128)),
            ([255, 0, 0], (63, 102, 240)),
            ([0, 255, 0], (173, 42, 26)),
            ([0, 0, 255], (32, 240, 118)),
        ] {
            let picture = picture_of(rgb);
            assert_eq!((picture.y[0], picture.u[0], picture.v[0]), yuv, "{rgb:?}");
        }
    }

    #[test]
    fn a_round_trip_loses_at_most_two_steps() {
        for red in (0..=255).step_by(51) {
            for green in (0..=255).step_by(51) {
                for blue in (0..=255).step_by(51) {
                    let back = picture_of([red, green, blue]).to_rgb(BT709);
                    let pixel = back.get_pixel(3, 1).0;
                    for (a, b) in [red, green, blue].into_iter().zip(pixel) {
                        assert!(a.abs_diff(b) <= 2, "{red} {green} {blue} came back as {pixel:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn converting_a_part_leaves_the_rest_unchanged() {
        let mut yuv = Yuv420::black(SIZE);
        let rect = EvenRect::covering(SIZE, 2.2, 0.0, 1.0, 2.0);
        assert_eq!(rect, EvenRect { x: 2, y: 0, width: 2, height: 2 });
        yuv.take_rgba(&[255; 32], rect);
        assert_eq!(yuv.y, [16, 16, 235, 235, 16, 16, 235, 235]);
    }

    #[test]
    fn full_range_and_bt_601_differ() {
        let grey = Yuv420 { y: vec![128; 8], ..Yuv420::black(SIZE) };
        let full = ColourSpace { full_range: true, ..BT709 };
        assert_eq!(grey.to_rgb(full).get_pixel(0, 0).0, [128; 3]);
        assert_eq!(grey.to_rgb(BT709).get_pixel(0, 0).0, [130; 3]);
        let blue = Yuv420 { u: vec![200; 2], ..grey };
        let bt601 = ColourSpace { matrix: ColourMatrix::Bt601, ..BT709 };
        assert_ne!(blue.to_rgb(bt601).get_pixel(0, 0), blue.to_rgb(BT709).get_pixel(0, 0));
    }
}
