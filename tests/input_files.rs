//! Files that cannot be used are found before anything is paid or drawn, and named.

mod harness;

use std::fs;
use std::io::{Cursor, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, SystemTime};

use harness::{Project, Server};
use image::{DynamicImage, GrayImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

/// A silent WAV: 8,000 samples a second, 8 bits each.
fn silence(seconds: u32) -> Vec<u8> {
    let length = seconds * 8_000;
    let mut wav = b"RIFF".to_vec();
    wav.extend((36 + length).to_le_bytes());
    wav.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    wav.extend(8_000u32.to_le_bytes());
    wav.extend(8_000u32.to_le_bytes());
    wav.extend(b"\x01\0\x08\0data");
    wav.extend(length.to_le_bytes());
    wav.resize(wav.len() + length as usize, 128);
    wav
}

fn check(project: &Project) -> String {
    project.run(&Server::new(&[]), &["check"]).ends_with(2).said()
}

#[test]
fn a_voice_that_is_longer_than_the_api_allows_is_refused_with_its_length() {
    let film = "version: 1\nscenes:\n  \
        short: { type: avatar, image: face.png, voice: short.wav }\n  \
        long: { type: avatar, image: face.png, voice: long.wav }\n";
    let project = Project::new(film);
    project.picture("face.png", 90);
    project.write("short.wav", silence(10));
    project.write("long.wav", silence(12));
    let said = check(&project);
    assert!(said.contains("`long.wav` is 12.0 s long"), "{said}");
    assert!(said.contains("at most 10 s") && !said.contains("short.wav` is"), "{said}");
}

#[test]
fn a_recording_that_has_to_be_converted_is_named_with_the_command_that_does_it() {
    let film = "version: 1\ndefaults: { type: avatar, image: face.png }\nscenes:\n  \
        flac: { voice: voices/my take.flac }\n  \
        free: { voice: free.mp3 }\n  \
        page: { voice: page.mp3 }\n  \
        ac3: { voice: ac3.wav }\n";
    let project = Project::new(film);
    project.picture("face.png", 90);
    // A header that states no length.
    project.write("voices/my take.flac", [&b"fLaC\0\0\0\x22"[..], &[0; 40]].concat());
    project.write("free.mp3", [0xff, 0xfb, 0x00, 0xc0].repeat(40));
    project.write("page.mp3", "<!DOCTYPE html><html>not found</html>");
    let mut wav = silence(1);
    wav[20..22].copy_from_slice(&0x2000u16.to_le_bytes());
    project.write("ac3.wav", wav);
    let said = check(&project);
    for expected in [
        "`voices/my take.flac` is a FLAC file, which the API does not accept as a voice",
        "convert it: `ffmpeg -i 'voices/my take.flac' -vn 'voices/my take.mp3'`",
        "`free.mp3` is MP3 with a free bit rate, which",
        "`ffmpeg -i free.mp3 -vn free.wav`",
        "`ac3.wav` is AC-3 inside a WAV file, which",
        "`page.mp3` is not a voice recording: it looks like an HTML page",
    ] {
        assert!(said.contains(expected), "{expected}\n{said}");
    }
    assert_eq!(said.matches("convert it").count(), 3, "{said}");
}

#[test]
fn what_a_still_would_lose_is_told() {
    let film = "version: 1\nscenes:\n  \
        logo: { type: still, image: logo.png, duration: 2 }\n  \
        tall: { type: still, image: tall.png, duration: 2 }\n  \
        barred: { type: still, image: tall.png, duration: 2, fit: pad }\n  \
        square: { type: card, text: The end, aspect_ratio: '1:1' }\n";
    let project = Project::new(film);
    let png = |picture: DynamicImage| {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    };
    let ink = |x: u32| if x < 100 { 255 } else { 0 };
    let logo = RgbaImage::from_fn(320, 180, |x, _| Rgba([0, 0, 0, ink(x)]));
    project.write("logo.png", png(logo.into()));
    project.write("tall.png", png(RgbImage::new(300, 400).into()));
    let said = project.run(&Server::new(&[]), &["check"]).ends_with(0).said();
    for expected in [
        "warning: `logo.png` is transparent in places",
        "warning: `tall.png` has 300×400 pixels, and scene `tall` is 16:9",
        "what does not fit is cut off",
        "write `fit: pad` to show all of it",
    ] {
        assert!(said.contains(expected), "{expected}\n{said}");
    }
    assert_eq!(said.matches("warning:").count(), 2, "{said}");
}

#[test]
fn a_wav_whose_sizes_were_never_written_is_measured_by_its_bytes() {
    let film = "version: 1\nscenes:\n  \
        long: { type: avatar, image: face.png, voice: long.wav }\n";
    let project = Project::new(film);
    project.picture("face.png", 90);
    let mut wav = silence(12);
    wav[4..8].fill(0);
    wav[40..44].fill(0);
    project.write("long.wav", wav);
    let said = check(&project);
    assert!(said.contains("`long.wav` is 12.0 s long"), "{said}");
}

/// An MP3 of so many frames, 26 ms each.
fn mp3(frames: usize) -> Vec<u8> {
    let mut frame = vec![0; 208];
    frame[..4].copy_from_slice(&[0xff, 0xfb, 0x50, 0xc0]);
    frame.repeat(frames)
}

#[test]
fn half_downloaded_voices_are_found_before_anything_is_made() {
    let film = "version: 1\nscenes:\n  a: { type: avatar, image: face.png, voice: NAME }\n";
    let wav = silence(4);
    // ADTS of 32 bytes a frame, 44.1 kHz.
    let frame = [&[0xff, 0xf1, 0x50, 0x80, 0x04, 0x1f, 0xfc][..], &[1; 25]].concat();
    for (name, half, words) in [
        ("a.wav", &wav[..20_000], "it holds 20000 of 32044 bytes"),
        ("a.mp3", &mp3(200)[..20_900], "it holds 20900 of at least 21008 bytes"),
        ("a.aac", &frame.repeat(90)[..1_616], "it holds 1616 of at least 1632 bytes"),
    ] {
        let project = Project::new(&film.replace("NAME", name));
        project.picture("face.png", 90);
        project.write(name, half);
        let said = check(&project);
        let words = format!("`{name}` is incomplete, as after half a download: {words}");
        assert!(said.contains(&words) && said.contains("fetch it again, or keep"), "{said}");
        let server = Server::new(&[]);
        for arguments in [&[][..], &["--preview"]] {
            let said = project.build(&server, arguments).ends_with(2).said();
            assert!(said.contains(&words) && server.requests() == 0, "{said}");
        }
    }
    // Of a header alone, nothing can be kept.
    let project = Project::new(&film.replace("NAME", "a.wav"));
    project.picture("face.png", 90);
    project.write("a.wav", &wav[..44]);
    let said = check(&project);
    assert!(said.contains("it holds 44 of 32044 bytes"), "{said}");
    assert!(said.contains("fetch it again") && !said.contains("keep what is there"), "{said}");
}

#[test]
fn the_padding_of_an_encoder_does_not_make_a_voice_too_long() {
    let film = "version: 1\nscenes:\n  a: { type: avatar, image: face.png, voice: a.mp3 }\n";
    let project = Project::new(film);
    project.picture("face.png", 90);
    // 383 frames are 10.005 s, 387 are 10.109 s.
    project.write("a.mp3", mp3(383));
    project.run(&Server::new(&[]), &["check"]).ends_with(0);
    project.write("a.mp3", mp3(387));
    let said = check(&project);
    assert!(said.contains("`a.mp3` is 10.1 s long"), "{said}");
    let film = film.replace("a.mp3", "a.wav");
    project.write("storyboard.yaml", film);
    let mut wav = silence(10);
    wav[40..44].fill(0);
    wav.extend([128; 100]);
    project.write("a.wav", wav);
    let said = check(&project);
    assert!(said.contains("`a.wav` is 10.012 s long"), "{said}");
}

#[test]
fn a_preview_that_cannot_be_written_says_where_else_to() {
    let project = Project::new("version: 1\nscenes:\n  a: { type: t2v, prompt: fog }\n");
    project.write("build", "a file of the user's");
    let said = project.build(&Server::new(&[]), &["--preview"]).ends_with(1).said();
    assert!(said.contains("give another folder with `-o`"), "{said}");
    assert!(!said.contains("KLING_BUILD_HOME"), "{said}");
}

#[test]
fn a_picture_with_more_pixels_than_can_be_drawn_is_refused() {
    let film = "version: 1\nscenes:\n  \
        a: { type: i2v, image: huge.png, prompt: It moves slowly }\n";
    let project = Project::new(film);
    let mut png = Cursor::new(Vec::new());
    GrayImage::new(10_100, 10_000).write_to(&mut png, ImageFormat::Png).unwrap();
    project.write("huge.png", png.into_inner());
    let said = check(&project);
    assert!(said.contains("`huge.png` has 10100×10000 pixels"), "{said}");
    assert!(said.contains("at most 100 million pixels"), "{said}");
}

/// The bytes at an address of this machine.
fn served(url: &str) -> Vec<u8> {
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "GET /{path} HTTP/1.0\r\nHost: {host}\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let head = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
    answer.split_off(head + 4)
}

/// A picture with some noise in it.
fn noise(format: ImageFormat) -> Vec<u8> {
    let pixel = |x: u32, y: u32| Rgb([((x * 7) ^ (y * 13)) as u8, (x * y) as u8, (x + y) as u8]);
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::from_fn(640, 360, pixel).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

#[test]
fn half_downloaded_pictures_are_found_before_anything_is_made() {
    let kinds =
        [("jpg", ImageFormat::Jpeg), ("png", ImageFormat::Png), ("webp", ImageFormat::WebP)];
    for (extension, format) in kinds {
        let film = format!(
            "version: 1\nscenes:\n  a: {{ type: i2v, image: half.{extension}, prompt: It moves }}\n"
        );
        let project = Project::new(&film);
        let whole = noise(format);
        project.write(&format!("half.{extension}"), &whole[..whole.len() / 2]);
        let said = check(&project);
        let name = extension.to_uppercase();
        let words =
            format!("`half.{extension}` is a {name} picture that cannot be used: it is cut");
        assert!(said.contains(&words), "{said}");
        let server = Server::new(&[]);
        let said = project.build(&server, &[]).ends_with(2).said();
        assert!(said.contains(&words) && server.requests() == 0, "{said}");
        let said = project.build(&server, &["--preview"]).ends_with(2).said();
        assert!(said.contains(&words) && !said.contains("paid"), "{said}");
        project.write(&format!("half.{extension}"), &whole);
        project.build(&server, &["--preview"]).ends_with(0);
    }
}

#[test]
fn a_picture_that_has_to_be_converted_is_named_with_the_command_that_does_it() {
    let jpeg = noise(ImageFormat::Jpeg);
    let frame = jpeg.windows(2).position(|bytes| bytes == b"\xff\xc0").unwrap();
    let with = |offset: usize, value: u8| {
        let mut jpeg = jpeg.clone();
        jpeg[frame + offset] = value;
        jpeg
    };
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";
    for (name, bytes, kind, command) in [
        ("a b.gif", b"GIF89a".to_vec(), "a GIF image", "ffmpeg -i 'a b.gif' -frames:v 1 'a b.png'"),
        ("a.heic", heic.to_vec(), "a HEIC picture", "convert 'a.heic[0]' a.png"),
        ("a.svg", b"<svg/>".to_vec(), "an SVG drawing", "rsvg-convert -w 1920 -o a.png a.svg"),
        (
            "a.tif",
            b"II\x2a\0\x08\0\0\0".to_vec(),
            "a TIFF image",
            "convert 'a.tif[0]' -auto-orient a.png",
        ),
        (
            "a.jpg",
            with(1, 0xc9),
            "an arithmetic-coded JPEG",
            "jpegtran -copy all -outfile a-copy.jpg a.jpg",
        ),
        ("b.jpg", with(4, 12), "a JPEG of 12 bits per colour", "djpeg b.jpg"),
        ("c.jpg", with(1, 0xc3), "a lossless JPEG", "ffmpeg -i c.jpg -frames:v 1 c.png"),
        (
            "icon.png",
            b"\x89PNG\r\n\x1a\n\0\0\0\x04CgBI\x50\0\x20\x02".to_vec(),
            "a PNG in Apple's own form (CgBI)",
            "sips -s format png icon.png --out icon-copy.png",
        ),
    ] {
        let film = format!(
            "version: 1\nscenes:\n  a: {{ type: i2v, image: {name}, prompt: It moves slowly }}\n"
        );
        let project = Project::new(&film);
        project.write(name, bytes);
        let said = check(&project);
        let what = format!("`{name}` is {kind}, which the API does not accept as a picture");
        assert!(said.contains(&what) && said.contains(command), "{said}");
    }
}

#[test]
fn a_picture_that_has_not_changed_is_not_read_again() {
    let film = "version: 1\nscenes:\n  a: { type: i2v, image: a.png, prompt: It moves }\n";
    let project = Project::new(film);
    let old = SystemTime::now() - Duration::from_secs(3_600);
    let aged = |bytes: &[u8]| {
        fs::write(project.path("a.png"), bytes).unwrap();
        let file = fs::File::options().append(true).open(project.path("a.png")).unwrap();
        file.set_modified(old).unwrap();
    };
    let server = Server::new(&[]);
    let whole = noise(ImageFormat::Png);
    aged(&whole);
    project.run(&server, &["check"]).ends_with(0);
    // Nobody does that by accident: other bytes of the same length, under the same time.
    aged(&vec![0; whole.len()]);
    project.run(&server, &["check"]).ends_with(0);
    fs::write(project.path("a.png"), vec![0; whole.len()]).unwrap();
    project.run(&server, &["check"]).ends_with(2);
}

#[test]
fn what_the_api_refuses_does_not_matter_where_nothing_is_made() {
    let film = "version: 1\nscenes:\n  \
        a: { type: t2v, prompt: fog }\n  \
        long: { type: avatar, image: face.png, voice: long.wav }\n";
    let project = Project::new(film);
    project.picture("face.png", 90);
    project.write("long.wav", silence(12));
    project.video("face.mp4", 12);
    let server = Server::new(&[]);
    for command in [&["plan"][..], &["check"], &["storyboard.yaml"]] {
        let said = project.run(&server, command).ends_with(2).said();
        assert!(said.contains("`long.wav` is 12.0 s long"), "{said}");
    }
    // The rest of the film can be built, and the scene's video may come from elsewhere.
    project.build(&server, &["a"]).ends_with(0);
    project.run(&server, &["adopt", "long", "face.mp4"]).ends_with(0);
    project.build(&server, &[]).ends_with(0);
    assert_eq!(server.records().tasks.len(), 1);
}

#[test]
fn a_picture_that_the_camera_turned_is_uploaded_as_it_is_shown() {
    let film = "version: 1\nscenes:\n  \
        a: { type: i2v, image: phone.jpg, prompt: It moves, aspect_ratio: '9:16' }\n";
    let project = Project::new(film);
    let jpeg = noise(ImageFormat::Jpeg);
    // Its camera says "rotate by 90 degrees": it is 360 wide and 640 high.
    let mut exif = b"\xff\xe1\x00\x22Exif\0\0MM\0\x2a\0\0\0\x08".to_vec();
    exif.extend(b"\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0");
    project.write("phone.jpg", [&jpeg[..2], &exif, &jpeg[2..]].concat());
    let said = project.run(&Server::new(&[]), &["check"]).ends_with(0).said();
    assert!(said.contains("no errors\n"), "no other shape is spoken of: {said}");
    let server = Server::new(&[]);
    project.build(&server, &[]).ends_with(0);
    let request = server.records().tasks[0].request.to_string();
    let url = request.split('"').find(|text| text.starts_with("http") && text.ends_with(".jpg"));
    let sent = image::load_from_memory(&served(url.expect("the address of the picture"))).unwrap();
    assert_eq!((sent.width(), sent.height()), (360, 640));
}

/// The WAV of [`silence`] with another number for how its sound is encoded.
fn wav_of(codec: u16) -> Vec<u8> {
    let mut wav = silence(2);
    wav[20..22].copy_from_slice(&codec.to_le_bytes());
    wav
}

#[test]
fn no_conversion_is_suggested_that_would_lose_the_voice() {
    let film = "version: 1\nscenes:\n  a: { type: avatar, image: face.png, voice: a.wav }\n";
    let project = Project::new(film);
    project.picture("face.png", 90);
    // AAC as ffmpeg writes it into WAV, Vorbis, and for comparison DTS, which it reads.
    for (codec, words) in [
        (0x00ff, "`a.wav` is AAC inside a WAV file"),
        (0x1602, "`a.wav` is AAC inside a WAV file"),
        (0x6771, "`a.wav` is Vorbis inside a WAV file"),
        (0x566f, "`a.wav` is Vorbis inside a WAV file"),
    ] {
        project.write("a.wav", wav_of(codec));
        let said = check(&project);
        assert!(said.contains(words) && said.contains("export it anew"), "{said}");
        assert!(!said.contains("ffmpeg -i"), "{said}");
    }
    project.write("a.wav", wav_of(0x2001));
    let said = check(&project);
    assert!(said.contains("`a.wav` is DTS inside a WAV file"), "{said}");
    assert!(said.contains("ffmpeg -i a.wav -vn a.mp3"), "{said}");
}

#[test]
fn a_cut_of_a_film_and_a_square_portrait_is_told_before_anything_is_paid() {
    let film = "version: 1\ndefaults: { resolution: 720p }\nscenes:\n  \
        a: { type: t2v, prompt: fog }\n  \
        host: { type: avatar, image: face.png, voice: a.wav }\n\
        cuts:\n  film: { scenes: [a, host] }\n";
    let project = Project::new(film);
    RgbImage::new(800, 800).save(project.path("face.png")).unwrap();
    project.write("a.wav", silence(2));
    let server = Server::new(&[]);
    let said = project.run(&server, &["check"]).ends_with(0).said();
    assert!(said.contains("cut `film` joins `a` (1280x720) and `host`"), "{said}");
    assert!(said.contains("will be 720x720"), "{said}");
    project.picture("face.png", 90);
    let said = project.run(&server, &["check"]).ends_with(0).said();
    assert!(!said.contains("cut `film`"), "{said}");
}

#[test]
fn the_project_is_the_git_tree_and_what_is_outside_it_needs_leave() {
    let project = Project::new("");
    fs::create_dir_all(project.path("repo/.git")).unwrap();
    let film = |image: &str| {
        let text = format!(
            "version: 1\nscenes:\n  a: {{ type: i2v, image: {image}, prompt: It moves }}\n"
        );
        project.write("repo/films/one/storyboard.yaml", text);
    };
    project.picture("repo/brand/logo.png", 90);
    project.picture("logo.png", 90);
    let server = Server::new(&[]);
    let run = |arguments: &[&str]| {
        project.run(&server, &[&["check", "repo/films/one/storyboard.yaml"], arguments].concat())
    };
    film("../../brand/logo.png");
    run(&[]).ends_with(0);
    for above in ["../../../logo.png", "../../../../logo.png"] {
        film(above);
        let said = run(&[]).ends_with(2).said();
        assert!(said.contains("is outside the project"), "{said}");
        assert!(said.contains("--allow-outside"), "{said}");
    }
    film("../../../logo.png");
    run(&["--allow-outside"]).ends_with(0);
    // A link may lead anywhere in the project, and out of it with leave.
    #[cfg(unix)]
    for (target, code) in [("../../brand", 0), ("../../..", 2)] {
        let link = project.path("repo/films/one/assets");
        let _ = fs::remove_file(&link);
        std::os::unix::fs::symlink(target, link).unwrap();
        film("assets/logo.png");
        run(&[]).ends_with(code);
        run(&["--allow-outside"]).ends_with(0);
    }
}

#[test]
fn a_name_with_accents_is_the_same_however_it_is_stored() {
    let (composed, decomposed) = ("\u{e9}t\u{e9}", "e\u{301}te\u{301}");
    let film = |name: &str| {
        format!(
            "version: 1\nscenes:\n  a: {{ type: i2v, image: {name}/{name}.png, prompt: It moves }}\n"
        )
    };
    let project = Project::new(&film(composed));
    project.picture(&format!("{decomposed}/{decomposed}.png"), 90);
    let server = Server::new(&[]);
    project.run(&server, &["check"]).ends_with(0);
    project.build(&server, &["--preview"]).ends_with(0);
    project.build(&server, &[]).ends_with(0);
    // The other way to write it is the same take.
    project.write("storyboard.yaml", film(decomposed));
    project.build(&server, &[]).ends_with(0);
    assert_eq!(server.records().tasks.len(), 1);

    project.picture(&format!("{decomposed}/{composed}.png"), 20);
    if fs::read_dir(project.path(decomposed)).unwrap().count() == 2 {
        let said = check(&project);
        let words = "is the name of two files, `e\\u{301}te\\u{301}.png` and `\\u{e9}t\\u{e9}.png`";
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn a_long_and_thin_picture_is_drawn_without_much_memory() {
    let film = "version: 1\ndefaults: { resolution: 720p, duration: 1 }\nscenes:\n  \
        a: { type: still, image: wide.png }\n  b: { type: still, image: tall.png }\n";
    let project = Project::new(film);
    for (name, width, height) in [("wide.png", 60_000, 3), ("tall.png", 3, 60_000)] {
        let mut png = Cursor::new(Vec::new());
        GrayImage::new(width, height).write_to(&mut png, ImageFormat::Png).unwrap();
        project.write(name, png.into_inner());
    }
    project.build(&Server::new(&[]), &["--preview"]).ends_with(0);
}
