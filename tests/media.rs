//! Media without external programs: the same bytes every time, our own videos read back, and files
//! with false contents.

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use image::{Rgb, RgbImage};
use kling_build::catalog::{FrameSize, SceneType};
use kling_build::media::animatic::{
    AnimaticImage, AnimaticPlace, AnimaticScene, AnimaticVoice, Fonts, render,
};
use kling_build::media::join::join;
use kling_build::media::{
    MediaError, decode_still, frame, poster_jpeg, probe_image, probe_video, probe_voice, to_png,
};
use kling_build::storyboard::FrameAt;
use proptest::prelude::*;
use tempfile::TempDir;

fn open(path: &Path) -> std::fs::File {
    std::fs::File::open(path).unwrap()
}

fn scene(scene_type: SceneType, width: u32, height: u32) -> AnimaticScene {
    let photo = RgbImage::from_fn(160, 90, |x, y| Rgb([x as u8, y as u8 * 2, 90]));
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
        prompt: Some("Regen über dem Hafen 🔥 قمر 日本".into()),
        narration: None,
        seed: Some(45_678),
        size: FrameSize { width, height },
        millis: 1_500,
        image,
        used_millis: None,
        end_image: AnimaticImage::None,
        shots: Vec::new(),
        voice: AnimaticVoice::None,
        camera: None,
    }
}

fn rendered(scene: &AnimaticScene) -> Vec<u8> {
    render(scene, &Fonts::builtin()).unwrap()
}

fn saved(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("video.mp4");
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

/// A small video that the hostile tests change.
static VIDEO: LazyLock<Vec<u8>> = LazyLock::new(|| rendered(&scene(SceneType::T2v, 160, 90)));

#[test]
fn equal_cards_give_equal_bytes_on_every_thread() {
    for scene_type in SceneType::ALL {
        let scene = scene(*scene_type, 320, 180);
        let first = rendered(&scene);
        std::thread::scope(|scope| {
            let threads = [scope.spawn(|| rendered(&scene)), scope.spawn(|| rendered(&scene))];
            for thread in threads {
                assert!(thread.join().unwrap() == first, "{scene_type}");
            }
        });
    }
}

#[test]
fn everything_on_a_card_is_visible() {
    let scene = scene(SceneType::I2v, 320, 180);
    let video = rendered(&scene);
    let others = [
        AnimaticScene { id: "closing".into(), ..scene.clone() },
        AnimaticScene { title: None, ..scene.clone() },
        AnimaticScene { model: "kling-2-6".into(), ..scene.clone() },
        AnimaticScene { prompt: Some("another".into()), ..scene.clone() },
        AnimaticScene { narration: Some("he says".into()), ..scene.clone() },
        AnimaticScene { seed: None, ..scene.clone() },
        AnimaticScene { millis: 1_501, ..scene.clone() },
        AnimaticScene { image: AnimaticImage::Missing("gone".into()), ..scene.clone() },
        AnimaticScene { scene_type: SceneType::Avatar, ..scene.clone() },
        AnimaticScene {
            scene_type: SceneType::Avatar,
            voice: AnimaticVoice::Silent("why".into()),
            ..scene.clone()
        },
    ];
    for other in others {
        assert!(rendered(&other) != video, "{other:?}");
    }
}

#[test]
fn a_probe_agrees_with_the_card() {
    for (scene_type, width, height, millis) in [
        (SceneType::T2v, 1280, 720, 5_000),
        (SceneType::T2v, 180, 320, 3_417),
        (SceneType::I2v, 320, 180, 10_000),
        (SceneType::Avatar, 202, 190, 40),
    ] {
        let scene = AnimaticScene { millis, ..scene(scene_type, width, height) };
        let facts = probe_video(&mut Cursor::new(rendered(&scene))).unwrap();
        assert_eq!((facts.size, facts.millis, facts.has_audio), (scene.size, millis, false));
        assert_eq!(facts.codec, "h264");
    }
}

#[test]
fn impossible_cards_are_refused() {
    let refused = |scene: AnimaticScene| render(&scene, &Fonts::builtin()).unwrap_err().to_string();
    insta::assert_snapshot!(refused(scene(SceneType::T2v, 321, 180)), @"a picture of 321x180 cannot be drawn: both sides must be even");
    insta::assert_snapshot!(refused(scene(SceneType::T2v, 3_840, 20)), @"a picture of 3840x20 cannot be drawn: sides go from 64x64 to 3840x2160");
    let scene = AnimaticScene { millis: 0, ..scene(SceneType::T2v, 320, 180) };
    insta::assert_snapshot!(refused(scene), @"a video of 0 ms cannot be drawn: it must take 1 ms to an hour");
}

#[test]
fn a_prompt_of_any_length_is_set() {
    for prompt in ["", " \n\t", "w", &"word ".repeat(1_000), &"一".repeat(5_000), "\u{0}\u{7}"] {
        let scene = AnimaticScene { prompt: Some(prompt.into()), ..scene(SceneType::I2v, 160, 90) };
        rendered(&scene);
    }
}

#[test]
fn frames_of_our_own_videos_match_the_drawing() {
    // White up to column 150 of 160. The panel is 210 pixels wide from column 12 on, so the edge
    // is at 209 in the beginning and, six hundredths nearer, at 214 in the end.
    let edge = RgbImage::from_fn(160, 90, |x, _| Rgb([if x < 150 { 255 } else { 0 }; 3]));
    let image = AnimaticImage::Picture(edge);
    let scene = AnimaticScene { millis: 3_000, image, ..scene(SceneType::I2v, 320, 180) };
    let (_folder, path) = saved(&rendered(&scene));
    let first = frame::extract(&mut open(&path), FrameAt::First).unwrap();
    let last = frame::extract(&mut open(&path), FrameAt::Last).unwrap();
    assert_eq!(first.dimensions(), (320, 180));
    let red = |image: &RgbImage, x| image.get_pixel(x, 70).0[0];
    assert!(red(&first, 205) > 220 && red(&first, 212) < 40, "{}", red(&first, 212));
    assert!(red(&last, 211) > 220 && red(&last, 218) < 40, "{}", red(&last, 211));
    assert_eq!(frame::extract(&mut open(&path), FrameAt::Millis(2_999)).unwrap(), last);
    assert_eq!(frame::extract(&mut open(&path), FrameAt::Millis(0)).unwrap(), first);
    let error = frame::extract(&mut open(&path), FrameAt::Millis(3_000)).unwrap_err();
    assert!(matches!(error, MediaError::NoSuchFrame { .. }), "{error}");
    assert_eq!(decode_still(&to_png(&last).unwrap()).unwrap(), last);
}

#[test]
fn a_poster_is_small_and_the_same_every_time() {
    let (_folder, path) = saved(&rendered(&scene(SceneType::T2v, 1280, 720)));
    let poster = poster_jpeg(&mut open(&path)).unwrap();
    let facts = probe_image(Cursor::new(&poster)).unwrap();
    assert_eq!(facts.size, (640, 360));
    assert!(poster.len() < 60_000, "{} bytes", poster.len());
    assert_eq!(poster_jpeg(&mut open(&path)).unwrap(), poster);
}

#[test]
fn a_cut_is_as_long_as_its_parts() {
    let folder = tempfile::tempdir().unwrap();
    let mut parts = Vec::new();
    for (name, millis) in [("a", 1_000), ("b", 1_417), ("c", 500)] {
        let path = folder.path().join(name);
        let scene = AnimaticScene { id: name.into(), millis, ..scene(SceneType::T2v, 160, 90) };
        std::fs::write(&path, rendered(&scene)).unwrap();
        parts.push(path);
    }
    let mut film = Vec::new();
    join(&parts, |path| std::fs::File::open(path), &mut film).unwrap();
    let facts = probe_video(&mut Cursor::new(&film)).unwrap();
    assert_eq!((facts.millis, facts.frames), (2_917, 8 + 12 + 4));
    let (_folder, path) = saved(&film);
    let last = |path| frame::extract(&mut open(path), FrameAt::Last).unwrap();
    assert_eq!(last(&path), last(&parts[2]));
}

#[test]
fn mismatched_parts_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    let (wide, tall) = (folder.path().join("wide.mp4"), folder.path().join("tall.mp4"));
    std::fs::write(&wide, &*VIDEO).unwrap();
    std::fs::write(&tall, rendered(&scene(SceneType::T2v, 90, 160))).unwrap();
    let refused = |parts: &[PathBuf]| {
        let message =
            join(parts, |path| std::fs::File::open(path), &mut Vec::new()).unwrap_err().to_string();
        message.replace(&format!("{}/", folder.path().display()), "")
    };
    insta::assert_snapshot!(
        refused(&[wide.clone(), tall]),
        @"`wide.mp4` and `tall.mp4` cannot be joined without encoding them again: their sizes are 160x90 and 90x160"
    );
    let broken = folder.path().join("page.mp4");
    std::fs::write(&broken, "<html></html>").unwrap();
    insta::assert_snapshot!(
        refused(&[wide, broken]),
        @"`page.mp4`: not an MP4 video: it looks like an HTML page"
    );
    insta::assert_snapshot!(refused(&[]), @"a cut of no videos is not supported here");
}

#[test]
fn a_download_that_stopped_early_is_an_error_wherever_it_stopped() {
    let video = &*VIDEO;
    for length in (0..video.len()).step_by(7).chain([video.len() - 1]) {
        let cut = &video[..length];
        assert!(probe_video(&mut Cursor::new(cut)).is_err(), "{length} of {} bytes", video.len());
    }
}

/// The start of a WAV file with ADPCM in it.
const WAV_HEAD: &[u8] = b"RIFF\0\0\0\0WAVEfmt \x14\0\0\0\x11\0\x02\0\x80\x3e\0\0\0\0\0\0\
    \x40\0\x04\0\x02\0\x39\0data\0\0\0\0";

/// Runs every reader on a file; any answer is fine as long as there is one.
fn read_in_every_way(bytes: &[u8]) {
    let _ = probe_video(&mut Cursor::new(bytes));
    let _ = probe_image(Cursor::new(bytes));
    let _ = decode_still(bytes);
    let (_folder, path) = saved(bytes);
    let _ = probe_voice(open(&path));
    let _ = AnimaticVoice::read(bytes);
    let _ = join(&[path.clone(), path], |path| std::fs::File::open(path), &mut std::io::sink());
}

#[test]
fn a_table_that_promises_billions_of_samples_is_refused_at_once() {
    // The sample sizes (`stsz`) become "4,294,967,295 samples of one byte each".
    let mut bytes = VIDEO.clone();
    let stsz = bytes.windows(4).position(|window| window == b"stsz").unwrap();
    bytes[stsz + 8..stsz + 16].copy_from_slice(&[0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff]);
    let started = std::time::Instant::now();
    assert!(probe_video(&mut Cursor::new(bytes)).is_err());
    assert!(started.elapsed().as_millis() < 500);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn changed_bytes_are_survived(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut bytes = VIDEO.clone();
        // Most changes hit the index, where they matter most.
        let index_end = bytes.windows(4).position(|window| window == b"mdat").unwrap();
        for (at, value) in changes {
            bytes[at.index(index_end)] = value;
        }
        read_in_every_way(&bytes);
    }

    #[test]
    fn changed_numbers_are_survived(at in any::<prop::sample::Index>(), value in prop::sample::select(vec![0u32, 1, 2, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff])) {
        let mut bytes = VIDEO.clone();
        let index_end = bytes.windows(4).position(|window| window == b"mdat").unwrap();
        let at = at.index(index_end - 4);
        bytes[at..at + 4].copy_from_slice(&value.to_be_bytes());
        read_in_every_way(&bytes);
    }

    #[test]
    fn any_bytes_are_survived(head in prop::sample::select(vec![&b""[..], b"\0\0\0\x18ftypisom", b"OggS", b"ID3\x04\0\0\0\0\0\0", b"RIFF\xff\xff\xff\xffWAVE", b"RF64\xff\xff\xff\xffWAVEds64", WAV_HEAD, b"OggS\0\x02\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\x01\x1e\x01vorbis\0\0\0\0\x01\x80\xbb\0\0", b"\xff\xfd\x84\xc0", b"\xff\xfb\x90\x64", b"\xff\xf1\x50\x80", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"RIFF\0\0\0\0WEBP"]), rest in prop::collection::vec(any::<u8>(), 0..2_000)) {
        read_in_every_way(&[head, &rest].concat());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn damaged_pictures_are_survived(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20)) {
        let mut bytes = VIDEO.clone();
        let data = bytes.windows(4).position(|window| window == b"mdat").unwrap() + 12;
        let length = bytes.len() - data;
        for (at, value) in changes {
            bytes[data + at.index(length)] = value;
        }
        let (_folder, path) = saved(&bytes);
        let _ = frame::extract(&mut open(&path), FrameAt::Last);
        let _ = poster_jpeg(&mut open(&path));
    }
}
