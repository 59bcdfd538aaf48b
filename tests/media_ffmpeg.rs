//! Our pictures, frames, lengths and cuts compared with ffmpeg, an independent decoder.
//!
//! Only these tests need ffmpeg. Without it they fail, unless `KLING_BUILD_SKIP_FFMPEG=1` skips
//! them.

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Command;

use kling_build::catalog::{FrameSize, SceneType, VoiceFormat};
use kling_build::media::animatic::{
    AnimaticImage, AnimaticPlace, AnimaticScene, AnimaticVoice, Fonts, render,
};
use kling_build::media::join::{JoinClip, join, join_animatics};
use kling_build::media::{MediaError, frame, poster_jpeg, probe_video, probe_voice};
use kling_build::storyboard::FrameAt;

fn open(path: &Path) -> std::fs::File {
    std::fs::File::open(path).unwrap()
}

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

fn ffprobe(path: &Path, entries: &str) -> String {
    let arguments = ["-v", "error", "-of", "csv=p=0", "-show_entries", entries];
    let output = Command::new("ffprobe").args(arguments).arg(path).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_string()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A clip of a moving test picture with a tone, encoded by libx264 with these options.
fn clip(folder: &Path, name: &str, source: &str, options: &[&str]) -> PathBuf {
    let path = folder.join(name);
    let tone = "sine=frequency=440:sample_rate=44100";
    let mut arguments = vec!["-f", "lavfi", "-i", source, "-f", "lavfi", "-i", tone, "-shortest"];
    arguments.extend(["-c:v", "libx264", "-pix_fmt", "yuv420p", "-profile:v", "high"]);
    arguments.extend(["-c:a", "aac", "-movflags", "+faststart"]);
    arguments.extend(options);
    arguments.push(text(&path));
    ffmpeg(&arguments);
    path
}

/// The planes of the last picture as decoded by ffmpeg.
fn last_planes(video: &Path, size: FrameSize) -> Vec<u8> {
    let all = ffmpeg(&["-i", text(video), "-f", "rawvideo", "-pix_fmt", "yuv420p", "-"]);
    let length = (size.width * size.height * 3 / 2) as usize;
    all[all.len() - length..].to_vec()
}

/// Peak signal to noise in dB; infinite for equal bytes.
fn psnr(a: &[u8], b: &[u8]) -> f64 {
    assert_eq!(a.len(), b.len());
    let square = |(a, b): (&u8, &u8)| (f64::from(*a) - f64::from(*b)).powi(2);
    let error: f64 = a.iter().zip(b).map(square).sum::<f64>() / a.len() as f64;
    10.0 * (255.0 * 255.0 / error).log10()
}

/// The difficult files: name, source, libx264 options.
const HARD: [(&str, &str, &[&str]); 9] = [
    ("b-frames.mp4", "testsrc2=s=640x360:r=24:d=2", &["-preset", "medium", "-bf", "3"]),
    (
        "b-pyramid.mp4",
        "testsrc2=s=640x360:r=30:d=2",
        &["-preset", "veryslow", "-x264-params", "b-pyramid=strict:bframes=8:ref=8"],
    ),
    (
        "weighted.mp4",
        "testsrc2=s=640x360:r=24:d=2,fade=t=out:st=0.5:d=1.5",
        &["-x264-params", "weightp=2:weightb=1:bframes=3"],
    ),
    (
        "open-gop.mp4",
        "testsrc2=s=640x360:r=24:d=3",
        &["-x264-params", "open-gop=1:keyint=24:bframes=3:scenecut=0"],
    ),
    (
        "8x8dct-jvt.mp4",
        "mandelbrot=s=640x360:r=24,trim=duration=2",
        &["-x264-params", "8x8dct=1:cqm=jvt"],
    ),
    ("slices.mp4", "testsrc2=s=640x360:r=24:d=2", &["-x264-params", "slices=4:bframes=2"]),
    ("grain.mp4", "testsrc2=s=640x360:r=24:d=2,noise=alls=20:allf=t", &["-tune", "grain"]),
    ("vertical-1080.mp4", "testsrc2=s=1080x1920:r=24:d=1", &["-preset", "medium"]),
    ("wide-1080.mp4", "testsrc2=s=1920x1080:r=30:d=1", &["-preset", "medium", "-bf", "3"]),
];

#[test]
fn last_frame_matches_ffmpeg() {
    if !ffmpeg_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, source, options) in HARD {
        let video = clip(folder.path(), name, source, options);
        let (ours, _) = frame::extract_yuv(&mut open(&video), FrameAt::Last).unwrap();
        let ours_in_a_row = [ours.y, ours.u, ours.v].concat();
        let quality = psnr(&ours_in_a_row, &last_planes(&video, ours.size));
        println!("{name}: {quality:.1} dB");
        assert!(quality > 45.0, "{name}: {quality:.1} dB");
    }
}

#[test]
fn every_frame_matches_ffmpeg() {
    if !ffmpeg_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let options = ["-x264-params", "b-pyramid=strict:bframes=8:keyint=20"];
    let video = clip(folder.path(), "a.mp4", "testsrc2=s=320x180:r=24:d=2", &options);
    let all = ffmpeg(&["-i", text(&video), "-f", "rawvideo", "-pix_fmt", "yuv420p", "-"]);
    for (number, theirs) in all.chunks(320 * 180 * 3 / 2).enumerate() {
        let at = if number == 0 {
            FrameAt::First
        } else {
            FrameAt::Millis((number as u64 * 1_000).div_ceil(24))
        };
        let (ours, _) = frame::extract_yuv(&mut open(&video), at).unwrap();
        let quality = psnr(&[ours.y, ours.u, ours.v].concat(), theirs);
        assert!(quality > 45.0, "frame {number}: {quality:.1} dB");
    }
}

#[test]
fn colours_match_ffmpeg() {
    if !ffmpeg_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, matrix, range) in
        [("709", "bt709", "tv"), ("601", "smpte170m", "tv"), ("full", "bt709", "pc")]
    {
        let convert = format!(
            "color=c=0x3060c0:s=320x180:r=24:d=0.5,format=gbrp,scale=out_color_matrix={matrix}:out_range={range},format=yuv420p"
        );
        let options = ["-colorspace", matrix, "-color_range", range, "-crf", "1"];
        let video = clip(folder.path(), &format!("{name}.mp4"), &convert, &options);
        let pixel = frame::extract(&mut open(&video), FrameAt::Last).unwrap().get_pixel(160, 90).0;
        for (ours, asked) in pixel.into_iter().zip([0x30, 0x60, 0xc0]) {
            assert!(ours.abs_diff(asked) <= 3, "{name}: {pixel:02x?}");
        }
    }
}

fn scene(scene_type: SceneType, size: FrameSize, image: AnimaticImage) -> AnimaticScene {
    AnimaticScene {
        id: "opening".into(),
        title: Some("Aurora One".into()),
        place: AnimaticPlace::default(),
        scene_type,
        model: "kling-2-6".into(),
        prompt: Some("a lighthouse in the rain, slow dolly-in".into()),
        narration: None,
        seed: Some(45_678),
        size,
        millis: 2_000,
        image,
        used_millis: None,
        end_image: AnimaticImage::None,
        shots: Vec::new(),
        voice: AnimaticVoice::None,
        camera: None,
    }
}

#[test]
fn animatic_has_the_declared_properties() {
    if !ffmpeg_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let photo =
        image::RgbImage::from_fn(320, 180, |x, y| image::Rgb([x as u8, y as u8, (x + y) as u8]));
    for (scene_type, width, height, image) in [
        (SceneType::T2v, 1920, 1080, AnimaticImage::None),
        (SceneType::I2v, 720, 1280, AnimaticImage::Picture(photo.clone())),
        (SceneType::Avatar, 720, 720, AnimaticImage::Picture(photo)),
    ] {
        let size = FrameSize { width, height };
        let video = folder.path().join(format!("{scene_type}.mp4"));
        let bytes = render(&scene(scene_type, size, image), &Fonts::builtin()).unwrap();
        let place = |name: &[u8]| bytes.windows(4).position(|window| window == name).unwrap();
        assert!(place(b"moov") < place(b"mdat"), "the index stands in front");
        std::fs::write(&video, &bytes).unwrap();
        let entries = "stream=codec_name,width,height,pix_fmt,color_range,color_space,duration";
        let expected = format!("h264,{width},{height},yuv420p,tv,bt709,2.000000");
        assert_eq!(ffprobe(&video, entries), expected);
        // Every picture decodes without an error, and the first and last are not blank.
        let all = ffmpeg(&["-i", text(&video), "-fps_mode", "passthrough", "-f", "rawvideo", "-"]);
        let picture = (width * height * 3 / 2) as usize;
        for planes in [&all[..picture], &all[all.len() - picture..]] {
            let luma = &planes[..(width * height) as usize];
            let bright = luma.iter().filter(|luma| **luma > 150).count();
            assert!(bright > luma.len() / 500, "{scene_type}: {bright} bright pixels");
        }
        let (ours, _) = frame::extract_yuv(&mut open(&video), FrameAt::Last).unwrap();
        let quality = psnr(&[ours.y, ours.u, ours.v].concat(), &all[all.len() - picture..]);
        assert!(quality.is_infinite(), "{scene_type}: {quality:.1} dB");
        let poster = image::load_from_memory(&poster_jpeg(&mut open(&video)).unwrap()).unwrap();
        assert_eq!(poster.width().max(poster.height()), 640);
    }
}

#[test]
fn lengths_match_ffprobe() {
    if !ffmpeg_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&str, VoiceFormat, &[&str], f64); 9] = [
        ("cbr.mp3", VoiceFormat::Mp3, &["-c:a", "libmp3lame", "-b:a", "64k"], 0.06),
        ("vbr.mp3", VoiceFormat::Mp3, &["-c:a", "libmp3lame", "-q:a", "6"], 0.06),
        (
            "no-tag.mp3",
            VoiceFormat::Mp3,
            &["-c:a", "libmp3lame", "-q:a", "4", "-write_xing", "0", "-id3v2_version", "0"],
            0.12,
        ),
        ("pcm.wav", VoiceFormat::Wav, &["-c:a", "pcm_s16le"], 0.001),
        ("float.wav", VoiceFormat::Wav, &["-c:a", "pcm_f32le", "-ac", "2"], 0.001),
        ("raw.aac", VoiceFormat::Aac, &["-c:a", "aac"], 0.06),
        ("voice.m4a", VoiceFormat::Mp4, &["-c:a", "aac"], 0.03),
        ("vorbis.ogg", VoiceFormat::Ogg, &["-c:a", "libvorbis"], 0.03),
        ("opus.ogg", VoiceFormat::Ogg, &["-c:a", "libopus"], 0.03),
    ];
    for (name, format, options, tolerance) in cases {
        let path = folder.path().join(name);
        let source = "anoisesrc=d=3.417:c=pink:r=44100:a=0.4,volume='0.2+0.8*sin(t*3)':eval=frame";
        let mut arguments = vec!["-f", "lavfi", "-i", source];
        arguments.extend(options);
        arguments.push(text(&path));
        ffmpeg(&arguments);
        let facts = probe_voice(open(&path)).unwrap();
        assert_eq!(facts.format, format, "{name}");
        let off = (facts.seconds - 3.417).abs();
        println!("{name}: {:.4} s, ffprobe {}", facts.seconds, ffprobe(&path, "format=duration"));
        assert!(off <= tolerance, "{name}: {} s", facts.seconds);
    }
}

/// How long ffmpeg plays the sound of a file, in seconds.
fn decoded_seconds(path: &Path) -> f64 {
    let decoded = ["-map", "0:a", "-ac", "1", "-ar", "8000", "-f", "s16le", "-"];
    ffmpeg(&[&["-i", text(path)][..], &decoded].concat()).len() as f64 / 16_000.0
}

/// The first place of a word in a file.
fn place_of(bytes: &[u8], word: &[u8]) -> usize {
    bytes.windows(word.len()).position(|window| window == word).unwrap()
}

#[test]
fn a_length_is_never_below_what_is_played() {
    if !ffmpeg_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let one = |name: &str, options: &[&str]| voice(folder.path(), name, 6.0, options);
    let mp3 = |name: &str, options: &[&str]| {
        one(name, &[&["-c:a", "libmp3lame", "-b:a", "64k"][..], options].concat())
    };
    let plain = mp3("plain.mp3", &["-id3v2_version", "0", "-write_id3v2", "0"]);
    let slow = mp3("slow.mp3", &["-ar", "24000"]);
    let stereo = mp3("stereo.mp3", &["-ac", "2", "-b:a", "128k"]);
    let vbr = mp3("vbr.mp3", &["-q:a", "4"]);
    let unnoted = mp3("unnoted.mp3", &["-q:a", "4", "-write_xing", "0"]);
    let mut lying = plain.clone();
    let note = place_of(&lying, b"Info");
    lying[note + 8..note + 12].copy_from_slice(&40u32.to_be_bytes());
    let picture: Vec<u8> = (0..300_000u64).map(|at| ((at * at) >> 7) as u8 | 0xe0).collect();
    let id3 = [&b"ID3\x04\0\0\0\x12\x27\x60"[..], &picture].concat();
    // An APE tag: 4,096 bytes of a cover, then its footer.
    let mut ape = picture[..4_096].to_vec();
    ape.extend(b"APETAGEX\xd0\x07\0\0\x20\x10\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    let wav = one("plain.wav", &["-c:a", "pcm_s16le", "-ar", "16000"]);
    let data = place_of(&wav, b"data");
    let sized = |size: u32| {
        let mut wav = wav.clone();
        wav[data + 4..data + 8].copy_from_slice(&size.to_le_bytes());
        wav
    };
    let large = one("large.wav", &["-c:a", "pcm_s16le", "-rf64", "always"]);
    let (aac, aac_slow) =
        (one("a.aac", &["-c:a", "aac"]), one("b.aac", &["-c:a", "aac", "-ar", "22050"]));
    let fragments = |flags: &str| {
        let options = ["-c:a", "aac", "-movflags", flags, "-frag_duration", "500000"];
        one("fragments.m4a", &options)
    };
    one("whole.m4a", &["-c:a", "aac"]);
    one("whole.ogg", &["-c:a", "libvorbis"]);
    one("whole.opus", &["-c:a", "libopus"]);
    let copied = |name: &str, before: &[&str]| {
        let extension = name.rsplit_once('.').unwrap().1;
        let whole = folder.path().join(format!("whole.{extension}"));
        let path = folder.path().join(name);
        ffmpeg(&[before, &["-i", text(&whole), "-c", "copy", text(&path)]].concat());
        std::fs::read(path).unwrap()
    };
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("rates.mp3", [&plain[..], &slow].concat()),
        ("channels.mp3", [&plain[..], &stereo].concat()),
        ("same.mp3", [&plain[..], &plain].concat()),
        ("vbr-twice.mp3", [&vbr[..], &vbr].concat()),
        ("unnoted-twice.mp3", [&unnoted[..], &unnoted].concat()),
        ("lying.mp3", lying),
        ("picture.mp3", [&id3[..], &plain].concat()),
        ("picture-within.mp3", [&plain[..], &id3, &plain].concat()),
        ("zeros.mp3", [&[0; 512][..], &plain].concat()),
        ("tail.mp3", plain[..plain.len() - 100].to_vec()),
        ("before-zeros.mp3", [&plain[..], &[0; 5_000]].concat()),
        ("before-a-picture.mp3", [&plain[..], &ape].concat()),
        ("layer2.mp3", one("layer2.mp2", &["-c:a", "mp2"])),
        ("zero.wav", sized(0)),
        ("endless.wav", sized(u32::MAX)),
        ("piped.wav", sized(0x7fff_f000)),
        ("less.wav", sized(32_000)),
        ("bw64.wav", [b"BW64", &large[4..]].concat()),
        ("rf64.wav", large),
        ("ima.wav", one("ima.wav", &["-c:a", "adpcm_ima_wav"])),
        ("mp3.wav", one("mp3.wav", &["-c:a", "libmp3lame"])),
        ("gsm.wav", one("gsm.wav", &["-c:a", "libgsm_ms", "-ar", "8000"])),
        ("rates.aac", [aac, aac_slow].concat()),
        ("fragments.m4a", fragments("frag_keyframe+empty_moov")),
        ("part-in-the-index.m4a", fragments("frag_keyframe")),
        ("dash.m4a", fragments("dash+global_sidx")),
        ("start-cut.m4a", copied("start-cut.m4a", &["-ss", "2"])),
        ("late.m4a", copied("late.m4a", &["-itsoffset", "1.5"])),
        ("start-cut.ogg", copied("start-cut.ogg", &["-ss", "2.3"])),
        ("start-cut.opus", copied("start-cut.opus", &["-ss", "2.3"])),
        ("part.ogg", copied("part.ogg", &["-ss", "1.7", "-t", "1.4"])),
        ("part.opus", copied("part.opus", &["-ss", "1.7", "-t", "1.4"])),
        ("slow.m4a", one("slow.m4a", &["-c:a", "aac", "-ar", "8000"])),
        ("opus.mp4", one("opus.mp4", &["-c:a", "libopus"])),
        ("mp3.mp4", one("mp3.mp4", &["-c:a", "libmp3lame", "-ar", "48000"])),
        ("mp3-part.mp4", one("mp3-part.mp4", &["-c:a", "libmp3lame", "-t", "5.001"])),
        ("alac.m4a", one("alac.m4a", &["-c:a", "alac"])),
        ("sound-in-a-video.mp4", one("v.mp4", &["-f", "lavfi", "-i", "testsrc=s=64x64:d=2"])),
    ];
    for (name, bytes) in cases {
        let path = folder.path().join(name);
        std::fs::write(&path, &bytes).unwrap();
        let played = decoded_seconds(&path);
        let facts = probe_voice(Cursor::new(bytes)).unwrap_or_else(|e| panic!("{name}: {e}"));
        println!("{name}: {:.4} s, played {played:.4} s", facts.seconds);
        // A late track is silent first, up to its priming, which ffmpeg does not write.
        let silent = if name == "late.m4a" { 1.476 } else { 0.0 };
        // Padding may be counted that ffmpeg leaves out: 50 ms for each part, 78 ms at 22 kHz.
        let more = facts.seconds - played - silent;
        assert!((-0.0015..0.13).contains(&more), "{name}: {} s, played {played} s", facts.seconds);
    }
}

#[test]
fn recordings_of_other_kinds_are_named() {
    if !ffmpeg_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, options, kind) in [
        ("a.flac", &[][..], "a FLAC file"),
        ("a.aiff", &[], "an AIFF file"),
        ("a.au", &[], "an AU file"),
        ("a.caf", &["-c:a", "pcm_s16le"], "a CAF file"),
        ("a.w64", &[], "a Wave64 file"),
        ("a.wma", &["-c:a", "wmav2"], "a WMA or WMV file (ASF)"),
        ("a.mka", &["-c:a", "libvorbis"], "a Matroska file"),
        ("a.webm", &["-c:a", "libopus"], "a WebM file"),
        ("a.mov", &["-c:a", "aac"], "a QuickTime movie"),
        ("a.ac3", &[], "an AC-3 file"),
        ("a.ts", &["-c:a", "aac"], "an MPEG transport stream"),
        ("a.avi", &["-c:a", "mp2"], "an AVI video"),
        ("a.flv", &["-c:a", "aac"], "a Flash video"),
        ("a.tta", &[], "a TTA file"),
        ("a.wv", &[], "a WavPack file"),
        ("flac.ogg", &["-c:a", "flac"], "FLAC in an Ogg file"),
        ("speex.ogg", &["-c:a", "libspeex"], "Speex in an Ogg file"),
        ("ac3.wav", &["-c:a", "ac3"], "AC-3 inside a WAV file"),
    ] {
        let error = probe_voice(Cursor::new(voice(folder.path(), name, 1.0, options))).unwrap_err();
        let MediaError::OtherRecording(found) = &error else { panic!("{name}: {error}") };
        assert_eq!(found, kind, "{name}");
    }
    // ffmpeg itself reads these back as a fraction of a second.
    for (codec, kind) in
        [("aac", "AAC inside a WAV file"), ("libvorbis", "Vorbis inside a WAV file")]
    {
        let bytes = voice(folder.path(), "other.wav", 1.0, &["-c:a", codec]);
        let error = probe_voice(Cursor::new(bytes)).unwrap_err();
        let MediaError::UnconvertibleRecording(found) = &error else { panic!("{codec}: {error}") };
        assert_eq!(found, kind, "{codec}");
    }
}

/// One line per decoded picture: its length and its digest, without its number.
fn picture_digests(input: &[&str]) -> Vec<String> {
    let mut arguments = input.to_vec();
    arguments.extend(["-map", "0:v", "-fps_mode", "passthrough", "-f", "framemd5", "-"]);
    let text = String::from_utf8(ffmpeg(&arguments)).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.rsplit(',').next().unwrap().trim().to_string()).collect()
}

fn joined(folder: &Path, parts: &[PathBuf]) -> PathBuf {
    let path = folder.join("joined.mp4");
    join(parts, |path| std::fs::File::open(path), &mut std::fs::File::create(&path).unwrap())
        .unwrap();
    path
}

#[test]
fn recordings_written_one_behind_the_other_are_measured_together() {
    if !ffmpeg_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let opus = voice(folder.path(), "one.ogg", 6.0, &["-c:a", "libopus"]);
    let vorbis = voice(folder.path(), "two.ogg", 2.5, &["-c:a", "libvorbis"]);
    let seconds = |bytes: Vec<u8>| probe_voice(Cursor::new(bytes)).unwrap().seconds;
    let whole = |parts: &[&[u8]]| seconds(parts.concat());
    assert!((whole(&[&opus]) - 6.0).abs() < 0.03);
    // The same stream number twice, and another format behind it.
    assert!((whole(&[&opus, &opus]) - 12.0).abs() < 0.06, "{}", whole(&[&opus, &opus]));
    assert!((whole(&[&opus, &vorbis, &opus]) - 14.5).abs() < 0.09);
    // Bytes between and behind them do not count.
    assert!((whole(&[&opus, b"junk", &opus, b"more junk"]) - 12.0).abs() < 0.06);
    // The second file is half a download.
    let half = [&opus[..], &opus[..opus.len() / 2]].concat();
    let error = probe_voice(Cursor::new(half)).unwrap_err();
    assert!(matches!(error, MediaError::Incomplete(_)), "{error}");
}

#[test]
fn half_a_recording_is_told_from_a_short_one() {
    if !ffmpeg_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, options) in [
        ("plain.mp3", &["-c:a", "libmp3lame"][..]),
        ("unnoted.mp3", &["-c:a", "libmp3lame", "-q:a", "4", "-write_xing", "0"]),
        ("layer2.mp2", &["-c:a", "mp2"]),
        ("a.m4a", &["-c:a", "aac"]),
        ("fast.m4a", &["-c:a", "aac", "-movflags", "+faststart"]),
        ("fragments.m4a", &["-c:a", "aac", "-movflags", "frag_keyframe+empty_moov"]),
        ("dash.m4a", &["-c:a", "aac", "-movflags", "dash", "-frag_duration", "500000"]),
        ("a.aac", &["-c:a", "aac"]),
        ("a.ogg", &["-c:a", "libvorbis"]),
        ("b.ogg", &["-c:a", "libopus"]),
        ("a.wav", &["-c:a", "pcm_s16le"]),
        ("mp3.wav", &["-c:a", "libmp3lame"]),
        ("large.wav", &["-c:a", "pcm_s16le", "-rf64", "always"]),
        ("a.flac", &["-c:a", "flac"]),
    ] {
        let whole = voice(folder.path(), name, 6.0, options);
        for percent in [7, 25, 50, 90] {
            // Half of a frame, wherever it is, is not taken for the few bytes that say nothing.
            let near = (whole.len() * percent / 100..).take(40).step_by(13);
            let found = near.map(|length| probe_voice(Cursor::new(&whole[..length])));
            let is_half = |error: &MediaError| {
                matches!(error, MediaError::Incomplete(_) | MediaError::Truncated { .. })
            };
            let missed = found.filter(|it| !it.as_ref().is_err_and(is_half)).count();
            assert!(missed <= 1, "{name}, {percent} %");
        }
        let half = &whole[..whole.len() / 2 + 20];
        let error = probe_voice(Cursor::new(half)).unwrap_err();
        assert!(error.to_string().contains(" of "), "{name}: {error}");
    }
    // What was written to a pipe has no sizes, and a part that was cut out is whole.
    let piped = ffmpeg(&["-f", "lavfi", "-i", "sine=d=2", "-f", "wav", "-"]);
    assert_eq!(probe_voice(Cursor::new(piped)).unwrap().seconds, 2.0);
}

#[test]
fn cut_matches_ffmpeg() {
    if !ffmpeg_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let settings: [&[&str]; 3] = [
        &["-x264-params", "bframes=3:ref=4"],
        &["-x264-params", "bframes=0:8x8dct=0"],
        &["-preset", "veryslow", "-x264-params", "open-gop=1:keyint=20:bframes=5"],
    ];
    let parts: Vec<PathBuf> = (1..)
        .zip(settings)
        .map(|(number, options)| {
            let source = format!("testsrc2=s=320x180:r=24:d=2,rotate=0.{number}");
            clip(folder.path(), &format!("{number}.mp4"), &source, options)
        })
        .collect();
    let film = joined(folder.path(), &parts);
    let list = folder.path().join("list.txt");
    let lines: String = parts.iter().map(|part| format!("file '{}'\n", text(part))).collect();
    std::fs::write(&list, lines).unwrap();
    let ours = picture_digests(&["-i", text(&film)]);
    let theirs = picture_digests(&["-f", "concat", "-safe", "0", "-i", text(&list)]);
    assert_eq!(ours.len(), 144);
    assert_eq!(ours, theirs);
    let facts = probe_video(&mut std::fs::File::open(&film).unwrap()).unwrap();
    assert_eq!((facts.millis, facts.frames, facts.has_audio), (6_000, 144, true));
    assert_eq!(ffprobe(&film, "stream=start_time"), "0.000000\n0.000000");
    let bytes = std::fs::read(&film).unwrap();
    let again = joined(folder.path(), &parts);
    assert_eq!(std::fs::read(again).unwrap(), bytes, "the same parts give the same bytes");
}

#[test]
fn sound_stays_in_step_over_a_silent_part() {
    if !ffmpeg_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let silent = folder.path().join("silent.mp4");
    let source = "testsrc2=s=320x180:r=24:d=2";
    let encode = ["-c:v", "libx264", "-pix_fmt", "yuv420p"];
    ffmpeg(&[&["-f", "lavfi", "-i", source][..], &encode, &[text(&silent)]].concat());
    for channels in ["1", "2"] {
        let options = ["-ac", channels];
        let loud = clip(folder.path(), &format!("loud{channels}.mp4"), source, &options);
        let parts = [silent.clone(), loud.clone(), silent.clone(), loud];
        let film = joined(folder.path(), &parts);
        let decoded = ["-map", "0:a", "-ac", "1", "-ar", "8000", "-f", "s16le", "-"];
        let samples = ffmpeg(&[&["-i", text(&film)][..], &decoded].concat());
        let loudness = |from: f64, to: f64| {
            let part = &samples[(from * 8_000.0) as usize * 2..(to * 8_000.0) as usize * 2];
            let levels = part.chunks(2).map(|s| i16::from_le_bytes([s[0], s[1]]).unsigned_abs());
            levels.max().unwrap()
        };
        assert_eq!(loudness(0.0, 1.95), 0, "{channels} channels");
        assert!(loudness(2.05, 3.95) > 2_000, "{channels} channels");
        assert!(loudness(4.06, 5.95) < 8, "{channels} channels");
        assert!(loudness(6.05, 7.9) > 2_000, "{channels} channels");
        assert!((samples.len() as f64 / 16_000.0 - 8.0).abs() < 0.03, "{channels} channels");
    }
}

#[test]
fn a_clip_that_is_not_used_whole_ends_where_its_pictures_do() {
    if !ffmpeg_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    // Pictures that refer to each other in both directions, as encoders make them.
    for bframes in ["-bf 0", "-bf 2", "-bf 8 -x264-params b-pyramid=normal:b-adapt=0"] {
        let path = folder.path().join("moving.mp4");
        let source = "testsrc2=size=160x90:rate=24:duration=4";
        let tone = "sine=frequency=440:sample_rate=44100:duration=4";
        let input = ["-y", "-f", "lavfi", "-i", source, "-f", "lavfi", "-i", tone];
        let options: Vec<&str> = bframes.split(' ').collect();
        let codecs = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac"];
        ffmpeg(&[&input[..], &codecs, &options, &[text(&path)]].concat());
        let trimmed = JoinClip { path: path.clone(), millis: Some(2_500) };
        let film = folder.path().join("film.mp4");
        let mut out = std::fs::File::create(&film).unwrap();
        let parts = [trimmed, path.clone().into()];
        join(&parts, |path| std::fs::File::open(path), &mut out).unwrap();
        let whole = picture_digests(&["-i", text(&path)]);
        let joined = picture_digests(&["-i", text(&film)]);
        let used = joined.len() - whole.len();
        assert!((60..60 + 10).contains(&used), "{bframes}: {used} pictures are used");
        assert_eq!(joined[..used], whole[..used], "{bframes}");
        assert_eq!(joined[used..], whole, "{bframes}");
        let seconds = |stream: &str| -> f64 {
            let entries = ["-select_streams", stream, "-show_entries", "stream=duration"];
            let said = Command::new("ffprobe")
                .args(["-v", "error", "-of", "csv=p=0"])
                .args(entries)
                .arg(&film)
                .output()
                .unwrap();
            String::from_utf8(said.stdout).unwrap().trim().parse().unwrap()
        };
        let (picture, sound) = (seconds("v"), seconds("a"));
        assert!((picture - (used + whole.len()) as f64 / 24.0).abs() < 0.01, "{picture}");
        assert!((picture - sound).abs() < 0.05, "{bframes}: {picture} and {sound}");
    }
}

#[test]
fn a_joined_video_is_counted_in_its_own_frames() {
    if !ffmpeg_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let clip = |name: &str, rate: &str, seconds: &str, options: &[&str]| {
        let source = format!("testsrc2=size=160x90:rate={rate}:duration={seconds}");
        clip(folder.path(), name, &source, options)
    };
    let film = folder.path().join("film.mp4");
    let join = |parts: &[JoinClip]| {
        let mut out = std::fs::File::create(&film).unwrap();
        let video = join(parts, |path| std::fs::File::open(path), &mut out).unwrap();
        let frames: Vec<(u64, u64)> =
            video.clips.iter().map(|clip| (clip.frames, clip.source_frames)).collect();
        let pictures = picture_digests(&["-i", text(&film)]).len() as u64;
        (video.rate.to_string(), frames, pictures)
    };
    let coarse = ["-video_track_timescale", "1000"];
    for (rate, options) in [
        ("24", &[][..]),
        ("25", &["-bf", "3"]),
        ("30000/1001", &[]),
        ("24000/1001", &coarse),
        ("30", &coarse),
        ("60", &[]),
        ("16", &[]),
    ] {
        let whole = clip("whole.mp4", rate, "3", options);
        let used = JoinClip { path: whole.clone(), millis: Some(1_250) };
        let (found, frames, pictures) = join(&[used, whole.into()]);
        assert_eq!(found, rate);
        assert_eq!(frames[0].0 + frames[1].0, pictures, "{rate}: {frames:?}");
        assert_eq!((frames[1].0, frames[0].1), (frames[1].1, frames[1].1), "{rate}");
        assert!(frames[0].0 < frames[0].1, "{rate}: the rest is a handle");
    }
    // Of several rates the one of most of the film counts, and the sum is that of the times.
    let cinema = clip("cinema.mp4", "24", "2", &[]);
    let television = clip("television.mp4", "30", "3.5", &[]);
    let (found, frames, _) = join(&[cinema.into(), television.into()]);
    assert_eq!((found.as_str(), frames), ("30", vec![(60, 60), (105, 105)]));
}

#[test]
fn animatics_join_with_one_another() {
    if !ffmpeg_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let size = FrameSize { width: 320, height: 180 };
    let parts: Vec<PathBuf> = ["a", "b", "a"]
        .into_iter()
        .map(|name| {
            let path = folder.path().join(format!("{name}.mp4"));
            let scene = AnimaticScene {
                id: name.into(),
                ..scene(SceneType::T2v, size, AnimaticImage::None)
            };
            std::fs::write(&path, render(&scene, &Fonts::builtin()).unwrap()).unwrap();
            path
        })
        .collect();
    let film = joined(folder.path(), &parts);
    assert_eq!(ffprobe(&film, "stream=duration"), "6.000000");
    let pictures = picture_digests(&["-i", text(&film)]);
    assert_eq!(pictures.len(), 48);
    assert_eq!(pictures[..16], pictures[32..], "the first part comes again as the third");
}

/// A voice that is a loud tone from start to end, encoded with these options.
fn voice(folder: &Path, name: &str, seconds: f64, options: &[&str]) -> Vec<u8> {
    let path = folder.join(name);
    let tone = format!("sine=frequency=440:sample_rate=44100:duration={seconds},volume=8");
    let input = ["-f", "lavfi", "-i", tone.as_str()];
    ffmpeg(&[&input[..], options, &[text(&path)]].concat());
    std::fs::read(path).unwrap()
}

/// An avatar's animatic of 2 s with this voice.
fn speaking(folder: &Path, name: &str, voice: Vec<u8>) -> PathBuf {
    let path = folder.join(format!("{name}.mp4"));
    let size = FrameSize { width: 320, height: 180 };
    let image = AnimaticImage::Picture(image::RgbImage::from_pixel(32, 18, image::Rgb([90; 3])));
    let voice = AnimaticVoice::read(&voice).unwrap();
    let scene = AnimaticScene { voice, ..scene(SceneType::Avatar, size, image) };
    std::fs::write(&path, render(&scene, &Fonts::builtin()).unwrap()).unwrap();
    path
}

/// The loudest sample of each tenth of a second.
fn loudness(video: &Path) -> Vec<u16> {
    let decoded = ["-map", "0:a", "-ac", "1", "-ar", "8000", "-f", "s16le", "-"];
    let samples = ffmpeg(&[&["-i", text(video)][..], &decoded].concat());
    let level = |tenth: &[u8]| {
        let levels = tenth.chunks(2).map(|s| i16::from_le_bytes([s[0], s[1]]).unsigned_abs());
        levels.max().unwrap()
    };
    samples.chunks(1_600).map(level).collect()
}

#[test]
fn voice_ends_with_the_picture() {
    if !ffmpeg_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&str, &str, &[&str]); 6] = [
        // What says how much of it is padding is encoded again, without that.
        ("cbr.mp3", "aac", &["-c:a", "libmp3lame", "-b:a", "64k"]),
        ("vbr-stereo.mp3", "aac", &["-c:a", "libmp3lame", "-q:a", "6", "-ac", "2"]),
        ("low.mp3", "aac", &["-c:a", "libmp3lame", "-ar", "22050"]),
        ("lowest.mp3", "mp3", &["-c:a", "libmp3lame", "-ar", "11025", "-write_xing", "0"]),
        ("raw.aac", "aac", &["-c:a", "aac"]),
        ("voice.m4a", "aac", &["-c:a", "aac", "-ac", "2"]),
    ];
    for (name, codec, options) in cases {
        for (seconds, heard) in [(3.3, 20), (1.2, 12)] {
            let video = speaking(folder.path(), name, voice(folder.path(), name, seconds, options));
            let streams = ffprobe(&video, "stream=codec_name,duration");
            let durations: Vec<&str> = streams.lines().collect();
            assert_eq!(durations[0], "h264,2.000000", "{name}");
            let sound = durations[1].strip_prefix(&format!("{codec},")).unwrap();
            let sound: f64 = sound.parse().unwrap();
            let expected = f64::min(seconds, 2.0);
            // An encoder pads to whole frames and adds one more: 52 ms each at the lowest rate.
            assert!(sound <= 2.0 && (sound - expected).abs() < 0.12, "{name}: {sound} s");
            let facts = probe_video(&mut std::fs::File::open(&video).unwrap()).unwrap();
            assert_eq!((facts.millis, facts.has_audio), (2_000, true), "{name}");
            let loudness = loudness(&video);
            for (tenth, level) in loudness.iter().enumerate().take(heard - 1).skip(1) {
                assert!(*level > 5_000, "{name} at {tenth} tenths: {level}");
            }
        }
    }
}

#[test]
fn a_voice_that_cannot_be_decoded_is_left_out_with_its_name() {
    if !ffmpeg_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, options, format) in [
        ("opus.ogg", &["-c:a", "libopus"][..], "Opus in Ogg"),
        ("ac3.mp4", &["-c:a", "ac3"], "AC-3 in MP4"),
        ("opus.mp4", &["-c:a", "libopus"], "Opus in MP4"),
    ] {
        let bytes = voice(folder.path(), name, 1.0, options);
        let words = format!("voice: {format}, not played in previews");
        assert_eq!(AnimaticVoice::read(&bytes).unwrap(), AnimaticVoice::Silent(words));
        let video = speaking(folder.path(), name, bytes);
        assert_eq!(ffprobe(&video, "stream=codec_name"), "h264");
    }
}

/// The sound of a file as 8,000 samples a second of one channel.
fn samples(path: &Path) -> Vec<f64> {
    let decoded = ["-map", "0:a", "-ac", "1", "-ar", "8000", "-f", "s16le", "-"];
    let bytes = ffmpeg(&[&["-i", text(path)][..], &decoded].concat());
    bytes.chunks(2).map(|s| f64::from(i16::from_le_bytes([s[0], s[1]]))).collect()
}

/// How alike two sounds are if the second one is so many samples late: 1 if they are the same.
fn correlation(a: &[f64], b: &[f64], late: isize) -> f64 {
    let length = a.len().min(b.len()) - 2 * late.unsigned_abs();
    let a = &a[late.min(0).unsigned_abs()..][..length];
    let b = &b[late.max(0).unsigned_abs()..][..length];
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    product(a, b) / (product(a, a) * product(b, b)).sqrt()
}

#[test]
fn a_decoded_voice_is_the_recording_and_not_late() {
    if !ffmpeg_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&str, &[&str]); 14] = [
        ("16.wav", &["-c:a", "pcm_s16le"]),
        ("24-stereo.wav", &["-c:a", "pcm_s24le", "-ac", "2"]),
        ("float.wav", &["-c:a", "pcm_f32le", "-ar", "48000"]),
        ("low.wav", &["-c:a", "pcm_u8", "-ar", "11025"]),
        ("high.wav", &["-c:a", "pcm_s32le", "-ar", "96000"]),
        ("six.wav", &["-c:a", "pcm_s16le", "-ac", "6"]),
        ("mulaw.wav", &["-c:a", "pcm_mulaw", "-ar", "16000"]),
        ("alaw.wav", &["-c:a", "pcm_alaw", "-ar", "16000"]),
        ("ima.wav", &["-c:a", "adpcm_ima_wav"]),
        ("ms.wav", &["-c:a", "adpcm_ms"]),
        ("vorbis.ogg", &["-c:a", "libvorbis", "-q:a", "6"]),
        ("alac.m4a", &["-c:a", "alac"]),
        ("flac.mp4", &["-c:a", "flac", "-strict", "-2"]),
        ("layer2.mp3", &["-c:a", "mp2", "-b:a", "192k", "-f", "mp2"]),
    ];
    for (name, options) in cases {
        let path = folder.path().join(name);
        let source = "anoisesrc=d=1.9:c=pink:r=44100:a=0.4:seed=7,lowpass=f=2500";
        let input = ["-f", "lavfi", "-i", source];
        ffmpeg(&[&input[..], options, &[text(&path)]].concat());
        let video = speaking(folder.path(), name, std::fs::read(&path).unwrap());
        assert!(ffprobe(&video, "stream=codec_name").contains("aac"), "{name}");
        let (original, heard) = (samples(&path), samples(&video));
        let off = heard.len().abs_diff(original.len());
        assert!(off < 500, "{name}: {} samples for {}", heard.len(), original.len());
        let places = (-40..=40).map(|late| (correlation(&original, &heard, late), late));
        let (alike, best) = places.max_by(|a, b| a.0.total_cmp(&b.0)).unwrap();
        println!("{name}: {alike:.3} at {best}");
        // An eighth of a millisecond each.
        assert!(best.abs() <= 4, "{name}: {best}");
        assert!(alike > 0.93, "{name}: {alike:.3}");
    }
}

#[test]
fn recordings_of_several_kinds_in_one_file_are_heard_to_their_end() {
    if !ffmpeg_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let one = |name: &str, options: &[&str]| voice(folder.path(), name, 0.9, options);
    let mp3 = ["-c:a", "libmp3lame", "-b:a", "64k", "-ar"];
    let fast = one("fast.mp3", &[&mp3[..], &["44100"]].concat());
    let slow = one("slow.mp3", &[&mp3[..], &["24000"]].concat());
    let stereo = one("stereo.mp3", &[&mp3[..], &["44100", "-ac", "2"]].concat());
    let vorbis = one("one.ogg", &["-c:a", "libvorbis"]);
    let adts = |rate: &str| one("one.aac", &["-c:a", "aac", "-ar", rate]);
    for (name, parts) in [
        ("rates", [fast.clone(), slow]),
        ("channels", [fast, stereo]),
        ("links", [vorbis.clone(), vorbis]),
        ("adts", [adts("44100"), adts("22050")]),
    ] {
        let video = speaking(folder.path(), name, parts.concat());
        let loudness = loudness(&video);
        assert!(loudness.len() >= 18, "{name}: {loudness:?}");
        let loud = loudness.iter().filter(|level| **level > 5_000).count();
        assert!(loud >= 17, "{name}: {loudness:?}");
    }
}

#[test]
fn voices_stay_in_step_in_a_cut_of_animatics() {
    if !ffmpeg_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let silent = folder.path().join("silent.mp4");
    let size = FrameSize { width: 320, height: 180 };
    let quiet = scene(SceneType::T2v, size, AnimaticImage::None);
    std::fs::write(&silent, render(&quiet, &Fonts::builtin()).unwrap()).unwrap();
    let cases: [(&str, &[&str]); 8] = [
        ("pcm.wav", &["-c:a", "pcm_s16le"]),
        ("low.wav", &["-c:a", "pcm_s16le", "-ar", "16000", "-ac", "2"]),
        ("vorbis.ogg", &["-c:a", "libvorbis"]),
        ("mono.mp3", &["-c:a", "libmp3lame", "-b:a", "64k"]),
        ("stereo.mp3", &["-c:a", "libmp3lame", "-q:a", "4", "-ac", "2"]),
        ("low.mp3", &["-c:a", "libmp3lame", "-ar", "22050"]),
        ("raw.aac", &["-c:a", "aac"]),
        ("voice.m4a", &["-c:a", "aac", "-ac", "2"]),
    ];
    for (name, options) in cases {
        let long = speaking(folder.path(), "long", voice(folder.path(), name, 3.0, options));
        let short = speaking(folder.path(), "short", voice(folder.path(), name, 1.0, options));
        let film = joined(folder.path(), &[silent.clone(), long, silent.clone(), short]);
        assert_eq!(ffprobe(&film, "stream=duration").lines().next(), Some("8.000000"), "{name}");
        for (tenth, level) in loudness(&film).into_iter().enumerate() {
            match tenth {
                // Silence ends at a whole frame: up to half of one too early.
                0..=18 | 41..=58 => assert!(level < 100, "{name} at {tenth} tenths: {level}"),
                21..=38 | 61..=68 => assert!(level > 5_000, "{name} at {tenth} tenths: {level}"),
                72..=79 => assert!(level < 100, "{name} at {tenth} tenths: {level}"),
                _ => {}
            }
        }
    }
}

#[test]
fn animatics_with_voices_of_several_kinds_are_joined_with_their_sound() {
    if !ffmpeg_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let silent = folder.path().join("silent.mp4");
    let size = FrameSize { width: 320, height: 180 };
    let quiet = scene(SceneType::T2v, size, AnimaticImage::None);
    std::fs::write(&silent, render(&quiet, &Fonts::builtin()).unwrap()).unwrap();
    let voiced = |name: &str, seconds: f64, options: &[&str]| {
        speaking(folder.path(), name, voice(folder.path(), name, seconds, options))
    };
    let parts = [
        voiced("one.mp3", 3.0, &["-c:a", "libmp3lame", "-ac", "2"]),
        silent.clone(),
        voiced("two.wav", 1.0, &["-c:a", "pcm_s16le", "-ar", "16000"]),
        voiced("three.m4a", 3.0, &["-c:a", "aac", "-ar", "48000"]),
    ];
    let open = |path: &Path| std::fs::File::open(path);
    let error = join(&parts, open, &mut Vec::new()).unwrap_err();
    assert!(matches!(error, MediaError::Unlike { what: "their sounds are", .. }), "{error}");
    let film = folder.path().join("film.mp4");
    join_animatics(&parts, open, &mut std::fs::File::create(&film).unwrap()).unwrap();
    assert_eq!(ffprobe(&film, "stream=codec_name,channels"), "h264\naac,1");
    let loudness = loudness(&film);
    assert!((79..=81).contains(&loudness.len()), "{} tenths", loudness.len());
    for (tenth, level) in loudness.into_iter().enumerate() {
        match tenth {
            21..=39 | 51..=59 => assert!(level < 100, "{tenth} tenths: {level}"),
            1..=18 | 41..=48 | 61..=78 => assert!(level > 5_000, "{tenth} tenths: {level}"),
            _ => {}
        }
    }
    // Sounds of one kind are copied as ever.
    let same = [parts[0].clone(), silent, parts[0].clone()];
    let (mut plain, mut animatics) = (Vec::new(), Vec::new());
    join(&same, open, &mut plain).unwrap();
    join_animatics(&same, open, &mut animatics).unwrap();
    assert!(plain == animatics);
}

#[test]
fn undecodable_video_is_reported() {
    if !ffmpeg_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hevc.mp4");
    let source = "testsrc2=s=320x180:r=24:d=0.5";
    ffmpeg(&["-f", "lavfi", "-i", source, "-c:v", "libx265", "-tag:v", "hvc1", text(&path)]);
    let facts = probe_video(&mut std::fs::File::open(&path).unwrap()).unwrap();
    assert_eq!(facts.codec, "hevc");
    let error = frame::extract(&mut open(&path), FrameAt::Last).unwrap_err();
    assert_eq!(error.to_string(), "taking a frame out of HEVC video is not supported here");
    let h264 = clip(folder.path(), "h264.mp4", source, &[]);
    let error = join(&[h264, path], |path| std::fs::File::open(path), &mut Vec::new()).unwrap_err();
    assert!(matches!(error, MediaError::Unlike { what: "their codecs are", .. }), "{error}");
}

#[test]
fn the_kind_of_an_undecodable_video_is_named() {
    if !ffmpeg_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let source = "testsrc2=s=320x192:r=24:d=0.5";
    for (number, (options, kind)) in [
        (&["-flags", "+ildct+ilme"][..], "interlaced H.264"),
        (&["-pix_fmt", "yuv420p10le", "-profile:v", "high10"], "10-bit H.264"),
        (&["-pix_fmt", "yuv422p", "-profile:v", "high422"], "4:2:2 H.264"),
        (&["-pix_fmt", "yuv422p10le", "-profile:v", "high422"], "10-bit 4:2:2 H.264"),
        (&["-pix_fmt", "yuv444p", "-profile:v", "high444"], "4:4:4 H.264"),
        (&["-pix_fmt", "gray"], "greyscale H.264"),
        (&["-qp", "0", "-profile:v", "high444"], "lossless H.264"),
        (&["-c:v", "libaom-av1", "-cpu-used", "8", "-profile:v", "0"], "AV1"),
        (&["-c:v", "libvpx-vp9", "-profile:v", "0"], "VP9"),
        (&["-c:v", "mpeg4", "-profile:v", "0"], "MPEG-4"),
    ]
    .into_iter()
    .enumerate()
    {
        let path = clip(folder.path(), &format!("{number}.mp4"), source, options);
        let expected = format!("taking a frame out of {kind} video is not supported here");
        let error = frame::extract(&mut open(&path), FrameAt::Last).unwrap_err();
        assert_eq!(error.to_string(), expected);
        // The index alone says so: a plan need not wait for the decoder.
        let error = frame::check(&mut open(&path), FrameAt::Last).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}
