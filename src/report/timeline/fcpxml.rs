//! FCPXML: the timeline for Final Cut Pro and DaVinci Resolve, in version 1.10 of Apple's document
//! type (<https://developer.apple.com/documentation/professional-video-applications/document-type-definition>).
//!
//! Times are rational seconds on frame boundaries. A `src` is "an absolute file URL … or a relative
//! URL based on the location of the FCPXML document itself" (Apple, Final Cut Pro X XML Format,
//! "Resources"); it is relative here, for the reasons at the head of this folder. Where a program
//! does not follow it, it asks for the folder.

use std::collections::HashMap;

use super::clips::{Timeline, TimelineClip};
use super::xml::escaped;
use crate::base::{FrameRate, SceneId};
use crate::catalog::FrameSize;

/// A video format: a size and a rate.
type Format = (FrameSize, FrameRate);

/// The text of an `.fcpxml` file.
pub fn fcpxml(timeline: &Timeline<'_>) -> String {
    let resources = Resources::of(timeline);
    let name = escaped(timeline.cut.name.as_str());
    let event = timeline.title.map_or_else(|| name.clone(), escaped);
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE fcpxml>\n<fcpxml version=\"1.10\">\n  \
         <resources>\n",
    );
    for (number, format) in resources.formats.iter().enumerate() {
        xml.push_str(&format_element(number, format));
    }
    for (number, clip) in resources.assets.iter().enumerate() {
        let format = resources.format_id(timeline, clip);
        xml.push_str(&asset_element(number, clip, &format, timeline.rate));
    }
    xml.push_str(&format!(
        "  </resources>\n  <library>\n    <event name=\"{event}\">\n      <project name=\"{name}\">\n        \
         <sequence format=\"f1\" duration=\"{}\" tcStart=\"0s\" tcFormat=\"NDF\" \
         audioLayout=\"stereo\" audioRate=\"48k\">\n          <spine>\n",
        time(timeline.frames(), timeline.rate)
    ));
    for clip in &timeline.clips {
        let format = resources.format_id(timeline, clip);
        xml.push_str(&clip_element(clip, &resources.asset_id(clip), &format, timeline.rate));
    }
    xml.push_str(
        "          </spine>\n        </sequence>\n      </project>\n    </event>\n  </library>\n\
         </fcpxml>\n",
    );
    xml
}

/// What clips refer to: each format once, the cut's first, and each scene once.
struct Resources<'t> {
    formats: Vec<Format>,
    assets: Vec<&'t TimelineClip<'t>>,
    numbers: HashMap<&'t SceneId, usize>,
}

impl<'t> Resources<'t> {
    fn of(timeline: &'t Timeline<'t>) -> Resources<'t> {
        let mut formats = vec![(timeline.size, timeline.rate)];
        let (mut assets, mut numbers) = (Vec::new(), HashMap::new());
        for clip in &timeline.clips {
            numbers.entry(&clip.scene.scene).or_insert_with(|| {
                assets.push(clip);
                assets.len() - 1
            });
            let format = format_of(timeline, clip);
            if !formats.contains(&format) {
                formats.push(format);
            }
        }
        Resources { formats, assets, numbers }
    }

    fn format_id(&self, timeline: &Timeline<'_>, clip: &TimelineClip<'_>) -> String {
        let format = format_of(timeline, clip);
        let number = self.formats.iter().position(|known| *known == format);
        format!("f{}", number.map_or(1, |number| number + 1))
    }

    fn asset_id(&self, clip: &TimelineClip<'_>) -> String {
        format!("a{}", self.numbers[&clip.scene.scene] + 1)
    }
}

fn format_of(timeline: &Timeline<'_>, clip: &TimelineClip<'_>) -> Format {
    (timeline.size, clip.rate)
}

fn format_element(number: usize, (size, rate): &Format) -> String {
    let name = format_name(*size, *rate).map_or(String::new(), |name| format!(" name=\"{name}\""));
    let (frames, seconds) = (rate.frames(), rate.seconds());
    // Final Cut Pro writes whole rates in hundredths.
    let (ticks, clock) = match seconds {
        1 => (100, u64::from(frames) * 100),
        _ => (seconds, u64::from(frames)),
    };
    format!(
        "    <format id=\"f{}\"{name} frameDuration=\"{ticks}/{clock}s\" width=\"{}\" height=\"{}\"/>\n",
        number + 1,
        size.width,
        size.height
    )
}

/// Final Cut Pro's own name of a format. Other sizes and rates are described by their values alone.
fn format_name(size: FrameSize, rate: FrameRate) -> Option<String> {
    let lines = match (size.width, size.height) {
        (1_280, 720) => "720p",
        (1_920, 1_080) => "1080p",
        (3_840, 2_160) => "3840x2160p",
        _ => return None,
    };
    let rate = match (rate.frames(), rate.seconds()) {
        (frames @ (24 | 25 | 30 | 50 | 60), 1) => frames.to_string(),
        (24_000, 1_001) => "2398".into(),
        (30_000, 1_001) => "2997".into(),
        (60_000, 1_001) => "5994".into(),
        _ => return None,
    };
    Some(format!("FFVideoFormat{lines}{rate}"))
}

fn asset_element(number: usize, clip: &TimelineClip<'_>, format: &str, rate: FrameRate) -> String {
    let sound = clip.sound.map_or(String::new(), |sound| {
        let (channels, samples) = (sound.channels, sound.rate);
        format!(
            " hasAudio=\"1\" audioSources=\"1\" audioChannels=\"{channels}\" audioRate=\"{samples}\""
        )
    });
    format!(
        "    <asset id=\"a{}\" name=\"{}\" start=\"0s\" duration=\"{}\" hasVideo=\"1\" \
         format=\"{format}\" videoSources=\"1\"{sound}>\n      \
         <media-rep kind=\"original-media\" src=\"{}\"/>\n    </asset>\n",
        number + 1,
        escaped(clip.scene.scene.as_str()),
        time(clip.source_frames, rate),
        escaped(&clip.url()),
    )
}

fn clip_element(clip: &TimelineClip<'_>, asset: &str, format: &str, rate: FrameRate) -> String {
    let name = escaped(clip.scene.scene.as_str());
    let start = time(clip.used.start, rate);
    let prompt = clip.scene.prompt.as_deref().unwrap_or_default();
    let note = match prompt {
        "" => String::new(),
        prompt => format!("              <note>{}</note>\n", escaped(prompt)),
    };
    let facts = match prompt {
        "" => clip.facts(),
        prompt => format!("{prompt}\n{}", clip.facts()),
    };
    format!(
        "            <asset-clip ref=\"{asset}\" offset=\"{}\" name=\"{name}\" start=\"{start}\" \
         duration=\"{}\" format=\"{format}\" tcFormat=\"NDF\">\n{note}              \
         <marker start=\"{start}\" duration=\"{}\" value=\"{name} take {}\" note=\"{}\"/>\n            \
         </asset-clip>\n",
        time(clip.starts, rate),
        time(clip.frames(), rate),
        time(1, rate),
        clip.scene.take,
        escaped(&facts),
    )
}

/// So many frames as rational seconds in lowest terms, such as `5s` or `41/8s`.
fn time(frames: u64, rate: FrameRate) -> String {
    let (ticks, clock) = (frames * u64::from(rate.seconds()), u64::from(rate.frames()));
    let divisor = gcd(ticks, clock);
    match (ticks / divisor, clock / divisor) {
        (seconds, 1) => format!("{seconds}s"),
        (ticks, clock) => format!("{ticks}/{clock}s"),
    }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::super::clips::tests::film;
    use super::*;

    #[test]
    fn a_timeline_has_formats_assets_and_clips() {
        let (film, others) = film();
        insta::assert_snapshot!(fcpxml(&Timeline::of(&film.cuts[0], &film, &others).unwrap()));
    }

    #[test]
    fn formats_have_names_where_the_program_knows_them() {
        let name = |width, height, rate: &str| {
            format_name(FrameSize { width, height }, rate.parse().unwrap())
        };
        assert_eq!(name(1_920, 1_080, "24").unwrap(), "FFVideoFormat1080p24");
        assert_eq!(name(1_280, 720, "30000/1001").unwrap(), "FFVideoFormat720p2997");
        assert_eq!(name(1_080, 1_920, "24"), None);
        assert_eq!(name(1_920, 1_080, "16"), None);
    }

    #[test]
    fn times_are_whole_frames() {
        let ntsc = FrameRate::new(30_000, 1_001).unwrap();
        assert_eq!(time(120, FrameRate::CINEMA), "5s");
        assert_eq!(time(123, FrameRate::CINEMA), "41/8s");
        assert_eq!((time(150, ntsc), time(0, ntsc)), ("1001/200s".into(), "0s".into()));
    }
}
