//! Videos, voices and pictures as phones, recorders and editors write them.
//!
//! These tests need ffmpeg, and some ImageMagick; `KLING_BUILD_SKIP_FFMPEG=1` skips them.

mod harness;

use std::fs;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use harness::{Project, Server};
use kling_build::catalog::{FrameSize, SceneType};
use kling_build::media::animatic::{
    AnimaticImage, AnimaticPlace, AnimaticScene, AnimaticVoice, Fonts, render,
};
use kling_build::media::join::join;
use kling_build::media::{MediaError, decode_still, frame, poster_jpeg, probe_video, probe_voice};
use kling_build::storyboard::FrameAt;

/// Whether to run; panics if ffmpeg is missing and the tests are not skipped.
fn ffmpeg_is_here() -> bool {
    let found = Command::new("ffmpeg").arg("-version").output().is_ok_and(|o| o.status.success());
    if !found && std::env::var("KLING_BUILD_SKIP_FFMPEG").as_deref() != Ok("1") {
        panic!(
            "ffmpeg is not installed: install it, or set KLING_BUILD_SKIP_FFMPEG=1 to go without"
        );
    }
    found
}

/// Runs ffmpeg and returns what it wrote to stdout.
fn ffmpeg(arguments: &[&str]) -> Vec<u8> {
    let mut command = Command::new("ffmpeg");
    let output = command.args(["-v", "error", "-nostdin", "-y"]).args(arguments).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "ffmpeg {arguments:?}: {errors}");
    output.stdout
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn open(path: &Path) -> File {
    File::open(path).unwrap()
}

/// A clip of a moving test picture with a tone, with these options.
fn clip(folder: &Path, name: &str, seconds: u32, options: &[&str]) -> PathBuf {
    let path = folder.join(name);
    let source = format!("testsrc2=s=640x360:r=24:d={seconds}");
    let tone = "sine=frequency=440:sample_rate=48000";
    let mut arguments = vec!["-f", "lavfi", "-i", &source, "-f", "lavfi", "-i", tone, "-shortest"];
    arguments.extend(["-pix_fmt", "yuv420p"]);
    arguments.extend(options);
    arguments.push(text(&path));
    ffmpeg(&arguments);
    path
}

#[test]
fn the_sound_of_a_quicktime_movie_does_not_hide_its_picture() {
    if !ffmpeg_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, seconds, sound) in [
        ("aac.mov", 2, "aac"),
        ("alac.mov", 2, "alac"),
        ("pcm.mov", 2, "pcm_s16le"),
        ("24.mov", 2, "pcm_s24be"),
        // A sample for each of 1.4 million values.
        ("long.mov", 30, "pcm_s16le"),
        ("mp3.mov", 2, "libmp3lame"),
    ] {
        let video = clip(folder.path(), name, seconds, &["-c:v", "libx264", "-c:a", sound]);
        let facts = probe_video(&mut open(&video)).unwrap();
        assert_eq!((facts.millis, facts.has_audio), (u64::from(seconds) * 1_000, true), "{name}");
        frame::extract(&mut open(&video), FrameAt::Last).unwrap();
        poster_jpeg(&mut open(&video)).unwrap();
    }
    // The sound of the first kind is in a cut.
    let video = folder.path().join("aac.mov");
    let cut = folder.path().join("cut.mp4");
    join(&[video.clone(), video], |path| File::open(path), &mut File::create(&cut).unwrap())
        .unwrap();
    let samples = ffmpeg(&["-i", text(&cut), "-map", "0:a", "-f", "s16le", "-"]);
    let loud = samples.chunks(2).filter(|s| i16::from_le_bytes([s[0], s[1]]).abs() > 1_000).count();
    assert!(loud > 100_000, "{loud} loud samples");
}

#[test]
fn a_damaged_index_is_described_in_words() {
    if !ffmpeg_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let video = clip(folder.path(), "a.mov", 1, &["-c:v", "libx264", "-c:a", "aac"]);
    let whole = fs::read(&video).unwrap();
    let index = memchr::memmem::rfind(&whole, b"moov").unwrap();
    let mut damaged = 0;
    for at in (index + 4..whole.len()).step_by(3) {
        for value in [0, 0x7f, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] = value;
            if let Err(error) = probe_video(&mut std::io::Cursor::new(bytes)) {
                let words = error.to_string();
                assert!(!words.trim_end().ends_with(':'), "byte {at}: {words}");
                damaged += 1;
            }
        }
    }
    assert!(damaged > 100, "{damaged}");
}

/// What is in backquotes behind these words.
fn command_in(said: &str, words: &str) -> String {
    let at = said.find(words).unwrap_or_else(|| panic!("`{words}` in {said}"));
    let rest = said[at + words.len()..].split_once('`').unwrap().1;
    rest.split_once('`').unwrap().0.to_string()
}

/// Types a command in the project's folder.
fn type_in(project: &Project, command: &str) {
    let folder = project.path("storyboard.yaml").parent().unwrap().to_path_buf();
    let typed = format!("{command} < /dev/null");
    let output = Command::new("sh").args(["-c", &typed]).current_dir(folder).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command}: {errors}");
}

#[test]
fn videos_of_other_kinds_come_with_a_command_that_works() {
    if !ffmpeg_is_here() {
        return;
    }
    let film = "version: 1\napi: jobs\nscenes:\n  \
        a: { type: t2v, model: kling-3-0-omni, resolution: 720p, prompt: x, video: NAME }\n";
    let options: [(&str, &str, &[&str]); 4] = [
        ("a b.webm", "a WebM file", &["-c:v", "libvpx", "-c:a", "libopus"]),
        ("a.mkv", "a Matroska file", &["-c:v", "libx264", "-c:a", "aac"]),
        ("a.avi", "an AVI video", &["-c:v", "mpeg4", "-c:a", "pcm_s16le"]),
        ("a.gif", "a GIF image", &["-an", "-pix_fmt", "rgb8", "-s", "321x181"]),
    ];
    for (name, kind, options) in options {
        let project = Project::new(&film.replace("NAME", name));
        let folder = project.path("storyboard.yaml").parent().unwrap().to_path_buf();
        clip(&folder, name, 5, options);
        // A file of the name that comes to mind first is kept.
        let taken = Path::new(name).with_extension("mp4");
        fs::write(folder.join(&taken), "mine").unwrap();
        let said = project.run(&Server::new(&[]), &["check"]).ends_with(2).said();
        let words = format!("`{name}` is {kind}, which the API does not accept as a video");
        assert!(said.contains(&words), "{said}");
        type_in(&project, &command_in(&said, "convert it: "));
        assert_eq!(fs::read(folder.join(&taken)).unwrap(), b"mine");
        let made = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        let made = made.filter(|path| path.to_string_lossy().ends_with("-copy.mp4"));
        let made = made.last().unwrap();
        let millis = probe_video(&mut open(&made)).unwrap().millis;
        assert!((4_950..=5_100).contains(&millis), "{name}: {millis}");
    }
}

#[test]
fn a_local_file_that_cannot_be_adopted_is_not_called_a_download() {
    let film = "version: 1\nscenes:\n  a: { type: t2v, prompt: x, model: kling-2-5-turbo, \
        duration: 5, resolution: 720p, aspect_ratio: \"16:9\" }\n";
    let project = Project::new(film);
    project.write("a.mp4", "<html></html>");
    project.write("a.webm", b"\x1a\x45\xdf\xa3\x01\0\0\x42\x82\x84webm");
    let server = Server::new(&[]);
    let adopt = |name: &str| project.run(&server, &["adopt", "a", name]).ends_with(2).said();
    let said = adopt("a.mp4");
    assert!(said.contains("cannot be used as a video") && !said.contains("download"), "{said}");
    let said = adopt("a.webm");
    assert!(said.contains("a WebM file") && said.contains("convert it: `ffmpeg -i"), "{said}");
}

/// The numbers a, b, c and d of a display matrix.
type Linear = [i32; 4];

const TURNS: [(u32, Linear); 3] =
    [(90, [0, 1, -1, 0]), (180, [-1, 0, 0, -1]), (270, [0, -1, 1, 0])];

/// A copy of a clip of 640 × 360 pixels whose head says that it is to be turned.
fn turned(video: &Path, name: &str, [a, b, c, d]: Linear) -> PathBuf {
    let mut bytes = fs::read(video).unwrap();
    let head = memchr::memmem::find(&bytes, b"tkhd").unwrap();
    let x = if a < 0 { 640 } else { 0 } + if c < 0 { 360 } else { 0 };
    let y = if b < 0 { 640 } else { 0 } + if d < 0 { 360 } else { 0 };
    let one = 1 << 16;
    let matrix = [a * one, b * one, 0, c * one, d * one, 0, x * one, y * one, 1 << 30];
    let numbers: Vec<u8> = matrix.iter().flat_map(|number: &i32| number.to_be_bytes()).collect();
    bytes[head + 44..head + 80].copy_from_slice(&numbers);
    let path = video.with_file_name(name);
    fs::write(&path, bytes).unwrap();
    path
}

/// Peak signal to noise in dB; infinite for equal bytes.
fn psnr(a: &[u8], b: &[u8]) -> f64 {
    assert_eq!(a.len(), b.len());
    let square = |(a, b): (&u8, &u8)| (f64::from(*a) - f64::from(*b)).powi(2);
    let error: f64 = a.iter().zip(b).map(square).sum::<f64>() / a.len() as f64;
    10.0 * (255.0 * 255.0 / error).log10()
}

#[test]
fn a_video_is_seen_as_the_phone_was_held() {
    if !ffmpeg_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let plain = clip(folder.path(), "plain.mp4", 1, &["-c:v", "libx264", "-an"]);
    for (degrees, matrix) in TURNS {
        let video = turned(&plain, &format!("{degrees}.mp4"), matrix);
        let size = match degrees {
            180 => FrameSize { width: 640, height: 360 },
            _ => FrameSize { width: 360, height: 640 },
        };
        assert_eq!(probe_video(&mut open(&video)).unwrap().size, size, "{degrees}");
        let (ours, _) = frame::extract_yuv(&mut open(&video), FrameAt::Last).unwrap();
        assert_eq!(ours.size, size, "{degrees}");
        // ffmpeg turns what it decodes.
        let all = ffmpeg(&["-i", text(&video), "-f", "rawvideo", "-pix_fmt", "yuv420p", "-"]);
        let last = &all[all.len() - 640 * 360 * 3 / 2..];
        let quality = psnr(&[ours.y, ours.u, ours.v].concat(), last);
        assert!(quality > 45.0, "{degrees}: {quality:.1} dB");
        let poster = decode_still(&poster_jpeg(&mut open(&video)).unwrap()).unwrap();
        assert_eq!(poster.width() > poster.height(), degrees == 180);
    }
}

#[test]
fn a_cut_keeps_how_its_videos_are_turned() {
    if !ffmpeg_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let plain = clip(folder.path(), "plain.mp4", 1, &["-c:v", "libx264", "-c:a", "aac"]);
    let cut = folder.path().join("cut.mp4");
    let join =
        |parts: &[PathBuf]| join(parts, |path| File::open(path), &mut File::create(&cut).unwrap());
    for (degrees, matrix) in TURNS {
        let video = turned(&plain, &format!("{degrees}.mp4"), matrix);
        join(&[video.clone(), video.clone()]).unwrap();
        let (one, both) = (probe_video(&mut open(&video)), probe_video(&mut open(&cut)));
        assert_eq!(one.unwrap().size, both.unwrap().size);
        let first = |path: &Path| {
            ffmpeg(&[
                "-i",
                text(path),
                "-frames:v",
                "1",
                "-f",
                "rawvideo",
                "-pix_fmt",
                "rgb24",
                "-",
            ])
        };
        assert!(first(&video) == first(&cut), "{degrees}: another picture");
        let error = join(&[plain.clone(), video]).unwrap_err();
        let words = format!("their rotations are 0° and {degrees}°");
        assert!(error.to_string().ends_with(&words), "{error}");
    }
}

#[test]
fn a_mirrored_video_is_refused_with_what_makes_it_plain() {
    if !ffmpeg_is_here() {
        return;
    }
    let film = "version: 1\napi: jobs\nscenes:\n  \
        a: { type: t2v, model: kling-3-0-omni, resolution: 720p, prompt: x, video: mirror.mp4 }\n";
    let project = Project::new(film);
    let folder = project.path("storyboard.yaml").parent().unwrap().to_path_buf();
    let plain = clip(&folder, "plain.mp4", 5, &["-c:v", "libx264", "-an"]);
    let mirror = turned(&plain, "mirror.mp4", [-1, 0, 0, 1]);
    let error = frame::extract(&mut open(&mirror), FrameAt::Last).unwrap_err();
    assert!(matches!(error, MediaError::Unsupported(_)), "{error}");
    assert!(error.to_string().contains("mirrored or skewed"), "{error}");
    let said = project.run(&Server::new(&[]), &["check"]).ends_with(2).said();
    assert!(said.contains("a video that is mirrored or skewed"), "{said}");
    type_in(&project, &command_in(&said, "convert it: "));
    let made = folder.join("mirror-copy.mp4");
    let first = |path: &Path| {
        ffmpeg(&["-i", text(path), "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "gray", "-"])
    };
    let (flipped, plain) = (first(&made), first(&plain));
    let rows = plain.chunks(640).flat_map(|row| row.iter().rev().copied()).collect::<Vec<u8>>();
    assert!(psnr(&flipped, &rows) > 25.0);
    probe_video(&mut open(&made)).unwrap();
}

/// An avatar's animatic of 3 s with this voice.
fn speaking(folder: &Path, name: &str, voice: &[u8]) -> PathBuf {
    let path = folder.join(format!("{name}.mp4"));
    let scene = AnimaticScene {
        id: "opening".into(),
        title: None,
        place: AnimaticPlace::default(),
        scene_type: SceneType::Avatar,
        model: "kling-2-6".into(),
        prompt: None,
        narration: None,
        seed: None,
        size: FrameSize { width: 320, height: 180 },
        millis: 3_000,
        image: AnimaticImage::Picture(image::RgbImage::new(32, 18)),
        used_millis: None,
        end_image: AnimaticImage::None,
        shots: Vec::new(),
        voice: AnimaticVoice::read(voice).unwrap(),
        camera: None,
    };
    fs::write(&path, render(&scene, &Fonts::builtin()).unwrap()).unwrap();
    path
}

/// The sound of a file as 8,000 samples a second of one channel.
fn samples(path: &Path) -> Vec<f64> {
    let decoded = ["-map", "0:a", "-ac", "1", "-ar", "8000", "-f", "s16le", "-"];
    let bytes = ffmpeg(&[&["-i", text(path)][..], &decoded].concat());
    bytes.chunks(2).map(|s| f64::from(i16::from_le_bytes([s[0], s[1]]))).collect()
}

/// By how many samples the second sound is late, and how alike it is then.
fn lateness(a: &[f64], b: &[f64], most: isize) -> (isize, f64) {
    let alike = |late: isize| {
        let length = a.len().min(b.len()).saturating_sub(late.unsigned_abs());
        let a = &a[late.min(0).unsigned_abs()..][..length];
        let b = &b[late.max(0).unsigned_abs()..][..length];
        let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        product(a, b) / (product(a, a) * product(b, b)).sqrt()
    };
    let found = (-most..=most).map(|late| (late, alike(late)));
    found.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap()
}

/// Noise of 1.9 s, unlike itself at any other moment.
fn noise(folder: &Path, name: &str, options: &[&str]) -> PathBuf {
    let path = folder.join(name);
    let source = "anoisesrc=d=1.9:c=pink:r=44100:a=0.4:seed=7,lowpass=f=2500";
    ffmpeg(&[&["-f", "lavfi", "-i", source][..], options, &[text(&path)]].concat());
    path
}

#[test]
fn an_mp3_voice_begins_and_ends_with_its_sound_at_every_rate() {
    if !ffmpeg_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let original = samples(&noise(folder.path(), "original.wav", &[]));
    for rate in ["8000", "11025", "16000", "22050", "24000", "32000", "44100", "48000"] {
        let name = format!("{rate}.mp3");
        let options = ["-c:a", "libmp3lame", "-b:a", "64k", "-ar", rate];
        let voice = noise(folder.path(), &name, &options);
        let heard = samples(&speaking(folder.path(), &name, &fs::read(&voice).unwrap()));
        let (late, alike) = lateness(&original, &heard, 1_300);
        println!("{rate}: {late} samples late, {alike:.3} alike, {} long", heard.len());
        // 1 ms each.
        assert!(late.abs() <= 8, "{rate}: {late}");
        assert!(alike > 0.9, "{rate}: {alike:.3}");
        // A frame of AAC has 186 of these samples.
        assert!(heard.len() + 190 >= original.len(), "{rate}: {}", heard.len());
        let end =
            &heard[(original.len() - 1_600).min(heard.len())..heard.len().min(original.len())];
        let loud = end.iter().filter(|level| level.abs() > 300.0).count();
        assert!(loud > 300, "{rate}: its end is cut off, {loud}");
    }
}

#[test]
fn an_edit_list_says_when_a_voice_begins_and_what_of_it_is_played() {
    if !ffmpeg_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let original = samples(&noise(folder.path(), "original.wav", &[]));
    let plain = noise(folder.path(), "plain.m4a", &["-c:a", "aac", "-b:a", "96k"]);
    let remuxed = |name: &str, before: &[&str], behind: &[&str]| {
        let path = folder.path().join(name);
        let input = [before, &["-i", text(&plain), "-c", "copy"], behind, &[text(&path)]].concat();
        ffmpeg(&input);
        path
    };
    let fragments: &[&str] = &["-movflags", "frag_keyframe+empty_moov+default_base_moof"];
    let short_fragments: &[&str] = &["-movflags", "empty_moov", "-frag_duration", "300000"];
    for (name, before, behind, late) in [
        ("same.m4a", &[][..], &[][..], 0),
        ("delay.m4a", &["-itsoffset", "0.7"], &[], 5_600),
        ("fragments.m4a", &[], fragments, 0),
        ("short.m4a", &[], short_fragments, 0),
    ] {
        let path = remuxed(name, before, behind);
        let heard = samples(&speaking(folder.path(), name, &fs::read(&path).unwrap()));
        let (found, alike) = lateness(&original, &heard, 8_000);
        println!("{name}: {found} late, {alike:.3} alike, {} long", heard.len());
        // Where nothing skips the encoder's first frame, it is played: 23 ms.
        assert!((found - late).abs() <= 190, "{name}: {found}");
        assert!(alike > 0.9, "{name}: {alike:.3}");
    }
    // Without its first second.
    let path = remuxed("later.m4a", &["-ss", "1"], &[]);
    let heard = samples(&speaking(folder.path(), "later", &fs::read(&path).unwrap()));
    let (found, alike) = lateness(&original[8_000..], &heard, 400);
    assert!(found.abs() <= 190 && alike > 0.8, "{found}, {alike:.3}");
}

#[test]
fn what_previews_cannot_play_is_a_warning_everywhere() {
    if !ffmpeg_is_here() {
        return;
    }
    let film = "version: 1\nscenes:\n  \
        a: { type: avatar, image: face.png, voice: o.ogg }\n  \
        b: { type: avatar, image: face.png, voice: o.mp4 }\n  \
        c: { type: avatar, image: face.png, voice: a.mp4 }\n  \
        d: { type: still, image: face.png, duration: 1, resolution: 720p, \
        aspect_ratio: \"16:9\", voiceover: f.flac }\n  \
        e: { type: still, image: face.png, duration: 1, resolution: 720p, \
        aspect_ratio: \"16:9\", voiceover: o.ogg }\n";
    let project = Project::new(film);
    project.picture("face.png", 90);
    let folder = project.path("storyboard.yaml").parent().unwrap().to_path_buf();
    for (name, codec) in
        [("o.ogg", "libopus"), ("o.mp4", "libopus"), ("a.mp4", "ac3"), ("f.flac", "flac")]
    {
        noise(&folder, name, &["-c:a", codec]);
    }
    let server = Server::new(&[]);
    for arguments in [&["check"][..], &["plan"], &["--preview"]] {
        let said = project.run(&server, arguments).ends_with(0).said();
        for (name, kind) in [
            ("o.ogg", "Opus in Ogg"),
            ("o.mp4", "Opus in MP4"),
            ("a.mp4", "AC-3 in MP4"),
            ("f.flac", "a FLAC file"),
        ] {
            let words = format!("`{name}` is {kind}, which previews cannot play");
            assert!(said.contains(&words), "{arguments:?}: {words}\n{said}");
        }
        assert!(said.contains("convert it: `ffmpeg -i o.ogg -vn o.mp3`"), "{said}");
    }
    let said = project.run(&server, &["check", "-W", "error=voice-not-previewed"]).ends_with(2);
    assert!(said.said().contains("voice-not-previewed"), "{}", said.said());
}

#[test]
fn an_ogg_that_is_damaged_in_the_middle_is_called_damaged() {
    if !ffmpeg_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for codec in ["libvorbis", "libopus"] {
        let name = format!("{codec}.ogg");
        let pages = ["-page_duration", "200000"];
        let path = noise(folder.path(), &name, &[&["-c:a", codec][..], &pages].concat());
        let whole = fs::read(&path).unwrap();
        let probe = |bytes: &[u8]| probe_voice(std::io::Cursor::new(bytes.to_vec()));
        probe(&whole).unwrap();
        let mut damaged = whole.clone();
        damaged[whole.len() / 2] ^= 1;
        let error = probe(&damaged).unwrap_err().to_string();
        assert!(error.contains("damaged: the page at byte"), "{error}");
        let starts: Vec<usize> = memchr::memmem::find_iter(&whole, b"OggS").collect();
        let (from, to) = (starts[starts.len() - 4], starts[starts.len() - 3]);
        let without = [&whole[..from], &whole[to..]].concat();
        let error = probe(&without).unwrap_err().to_string();
        assert!(error.contains("damaged: pages are missing before byte"), "{error}");
    }
}

/// Whether ImageMagick is installed; without it these tests say nothing.
fn image_magick_is_here() -> bool {
    Command::new("convert").arg("-version").output().is_ok_and(|it| it.status.success())
}

#[test]
fn pictures_of_other_kinds_come_with_a_command_that_works() {
    if !ffmpeg_is_here() || !image_magick_is_here() {
        return;
    }
    let film = "version: 1\nscenes:\n  \
        a: { type: still, image: NAME, duration: 1, resolution: 720p, aspect_ratio: \"16:9\" }\n";
    let test = "gradient:red-blue -depth 8";
    let anim = "-f lavfi -i testsrc2=s=160x90:r=5:d=1";
    for (name, make, kind, advice) in [
        (
            "a.psd",
            format!("convert -size 160x90 {test} a.psd"),
            "a Photoshop document",
            "convert it: ",
        ),
        (
            "lying.tiff",
            format!("convert -size 90x160 {test} -orient RightTop lying.tiff"),
            "a TIFF image",
            "convert it: ",
        ),
        ("a.heic", format!("convert -size 160x90 {test} a.heic"), "a HEIC picture", "convert it: "),
        (
            "moving.webp",
            format!("ffmpeg -v error {anim} -c:v libwebp_anim -loop 0 moving.webp"),
            "a WEBP animation of 5 pictures",
            "take its first picture: ",
        ),
        (
            "moving.png",
            format!("ffmpeg -v error {anim} -f apng moving.png"),
            "a PNG animation of 5 pictures",
            "take its first picture: ",
        ),
    ] {
        let project = Project::new(&film.replace("NAME", name));
        type_in(&project, &make);
        let said = project.run(&Server::new(&[]), &["check"]).ends_with(2).said();
        assert!(said.contains(&format!("`{name}` is {kind}")), "{said}");
        assert!(!said.contains("fetch it again"), "{said}");
        let command = command_in(&said, advice);
        type_in(&project, &command);
        let made = command.rsplit(' ').next().unwrap();
        project.edit(name, made);
        project.run(&Server::new(&[]), &["check"]).ends_with(0);
        let picture = decode_still(&fs::read(project.path(made)).unwrap()).unwrap();
        assert_eq!(picture.dimensions(), (160, 90), "{command}");
    }
}
