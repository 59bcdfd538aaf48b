//! Files that cannot be used are found before anything is paid or drawn, and named.

mod harness;

use std::io::Cursor;

use harness::{Project, Server};
use image::{GrayImage, ImageFormat};

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
    project.write("voices/my take.flac", b"fLaC\0\0\0\x22");
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
