//! Programs that convert pictures which no model accepts, and how they are called.

use crate::catalog::ImageFormat;

/// How ImageMagick is called. Version 7 knows both names, version 6 only `convert`, which is another
/// program on Windows.
const IMAGE_MAGICK: &str = if cfg!(windows) { "magick" } else { "convert" };

/// What makes a picture that is accepted of one that is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureConverter {
    /// ffmpeg.
    Ffmpeg,
    /// ImageMagick, which reads HEIC in tiles, turns it as it says, and reads page descriptions.
    Magick,
    /// ImageMagick, which turns what a note of the camera says is lying.
    MagickTurning,
    /// librsvg.
    RsvgConvert,
    /// Poppler.
    Pdftoppm,
    /// darktable, which develops raw images.
    Darktable,
    /// jpegtran of libjpeg, which loses nothing.
    Jpegtran,
    /// djpeg of libjpeg-turbo 3 and cjpeg, for more than 8 bits per colour.
    Djpeg,
    /// sips of macOS, for what Xcode makes of PNGs.
    Sips,
}

impl PictureConverter {
    /// The command that converts one file into another; both are quoted for a shell.
    pub fn command(self, from: &str, to: &str) -> String {
        match self {
            PictureConverter::Ffmpeg => format!("ffmpeg -i {from} -frames:v 1 {to}"),
            PictureConverter::Magick => format!("{IMAGE_MAGICK} {from} {to}"),
            PictureConverter::MagickTurning => format!("{IMAGE_MAGICK} {from} -auto-orient {to}"),
            PictureConverter::RsvgConvert => format!("rsvg-convert -w 1920 -o {to} {from}"),
            PictureConverter::Pdftoppm => format!("pdftoppm -png -singlefile -r 150 {from} > {to}"),
            PictureConverter::Darktable => format!("darktable-cli {from} {to}"),
            PictureConverter::Jpegtran => format!("jpegtran -copy all -outfile {to} {from}"),
            PictureConverter::Djpeg => format!("djpeg {from} | cjpeg -quality 95 > {to}"),
            PictureConverter::Sips => format!("sips -s format png {from} --out {to}"),
        }
    }

    /// What follows the name of the file to read in a command, to read the first of its pictures only.
    pub const fn page(self) -> Option<&'static str> {
        match self {
            PictureConverter::Magick | PictureConverter::MagickTurning => Some("[0]"),
            _ => None,
        }
    }

    /// What takes the first picture out of an animation.
    pub const fn of_animation(format: ImageFormat) -> PictureConverter {
        match format {
            // ffmpeg reads animated PNGs, and no animated WebP.
            ImageFormat::Png => PictureConverter::Ffmpeg,
            ImageFormat::Jpeg | ImageFormat::Webp => PictureConverter::Magick,
        }
    }

    /// The extension of what it makes, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            PictureConverter::Darktable | PictureConverter::Jpegtran | PictureConverter::Djpeg => {
                "jpg"
            }
            _ => "png",
        }
    }
}
