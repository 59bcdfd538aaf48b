//! Programs that convert pictures which no model accepts, and how they are called.

/// What makes a picture that is accepted of one that is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureConverter {
    /// ffmpeg.
    Ffmpeg,
    /// ImageMagick, which reads HEIC in tiles and page descriptions.
    Magick,
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
            PictureConverter::Magick => format!("magick {from} {to}"),
            PictureConverter::RsvgConvert => format!("rsvg-convert -w 1920 -o {to} {from}"),
            PictureConverter::Pdftoppm => format!("pdftoppm -png -singlefile -r 150 {from} > {to}"),
            PictureConverter::Darktable => format!("darktable-cli {from} {to}"),
            PictureConverter::Jpegtran => format!("jpegtran -copy all -outfile {to} {from}"),
            PictureConverter::Djpeg => format!("djpeg {from} | cjpeg -quality 95 > {to}"),
            PictureConverter::Sips => format!("sips -s format png {from} --out {to}"),
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
