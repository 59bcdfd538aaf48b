//! `check` of a film with many pictures and voices: the first time, when each is decoded once, and
//! afterwards; in the same run as decoding each picture once and doing nothing else.
//!
//! `OTHER=path/to/kling-build` also measures another build of the program.

mod measured;

use std::ffi::OsString;
use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};
use measured::measured;

const SCENES: usize = 1_000;
const PICTURES: usize = 500;
const VOICES: usize = 50;
/// How many pictures differ in their pixels; the others differ in what follows their end.
const DIFFERENT: usize = 10;
/// How often each command is run once everything is known; the median counts.
const RUNS: usize = 5;

fn main() {
    let folder = tempfile::tempdir().expect("a folder for the project");
    let bytes = write_project(folder.path());
    println!("{SCENES} scenes, {PICTURES} pictures of {:.1} MB each, {VOICES} voices", bytes / 1e6);
    println!("{:<44} {:>10} {:>10}", "", "median", "peak MB");
    row("decode each picture once, on all processors", || (decode_all(folder.path()), 0), 1);
    let own = OsString::from(env!("CARGO_BIN_EXE_kling-build"));
    let other = std::env::var_os("OTHER");
    for (name, program) in [("this program", Some(own)), ("the other program", other)] {
        let Some(program) = program else { continue };
        let home = tempfile::tempdir().expect("a folder for the store");
        let run = || check(&program, folder.path(), home.path());
        row(&format!("{name}: check, the first time"), run, 1);
        row(&format!("{name}: check, nothing changed"), run, RUNS);
    }
}

fn row(what: &str, run: impl Fn() -> (Duration, u64), runs: usize) {
    let mut all: Vec<(Duration, u64)> = (0..runs).map(|_| run()).collect();
    all.sort();
    let peak = all.iter().map(|run| run.1).max().unwrap_or(0) as f64 / 1_048_576.0;
    println!("{what:<44} {:>8.2} s {peak:>10.1}", all[runs / 2].0.as_secs_f64());
}

/// Writes the film and its files, an hour old, and returns the mean length of a picture in bytes.
fn write_project(folder: &Path) -> f64 {
    let aged = |name: &str, bytes: &[u8]| {
        fs::write(folder.join(name), bytes).expect("the file can be written");
        let file = fs::File::options().append(true).open(folder.join(name));
        let hour = Duration::from_secs(3_600);
        let aged = file.and_then(|file| file.set_modified(SystemTime::now() - hour));
        aged.expect("the time of a file can be set");
    };
    let pictures: Vec<Vec<u8>> = (0..DIFFERENT as u32).map(picture).collect();
    for number in 0..PICTURES {
        let mut bytes = pictures[number % DIFFERENT].clone();
        bytes.extend(number.to_le_bytes());
        aged(&format!("{number}.jpg"), &bytes);
    }
    for number in 0..VOICES {
        aged(&format!("{number}.wav"), &voice(number as u8));
    }
    let mut film = "version: 1\nscenes:\n".to_string();
    for scene in 0..SCENES {
        let (picture, voice) = (scene % PICTURES, scene % VOICES);
        film += &match scene % 10 {
            9 => format!(
                "  s{scene}: {{ type: avatar, image: {picture}.jpg, voice: {voice}.wav }}\n"
            ),
            _ => {
                format!("  s{scene}: {{ type: i2v, image: {picture}.jpg, prompt: Shot {scene} }}\n")
            }
        };
    }
    aged("storyboard.yaml", film.as_bytes());
    pictures.iter().map(Vec::len).sum::<usize>() as f64 / DIFFERENT as f64
}

/// A picture of 12 million pixels with the detail of a photograph.
fn picture(number: u32) -> Vec<u8> {
    let mut state = number + 1;
    let picture = RgbImage::from_fn(4_000, 3_000, |x, y| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = (state >> 28) as u8;
        let wave = ((x * x / 9_000 + y * number / 7) % 200) as u8;
        Rgb([wave + noise, wave / 2 + noise, (y / 16) as u8 + noise])
    });
    let mut bytes = Cursor::new(Vec::new());
    picture.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, 88)).expect("a picture");
    bytes.into_inner()
}

/// Five seconds of a tone in 44.1 kHz and 16 bits.
fn voice(number: u8) -> Vec<u8> {
    let samples = 5 * 44_100u32;
    let mut wav = b"RIFF".to_vec();
    wav.extend((36 + samples * 2).to_le_bytes());
    wav.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0\x44\xac\0\0\x88\x58\x01\0\x02\0\x10\0data");
    wav.extend((samples * 2).to_le_bytes());
    let tone = |at: u32| (at.wrapping_mul(100 + u32::from(number)) as i16) / 4;
    wav.extend((0..samples).flat_map(|at| tone(at).to_le_bytes()));
    wav
}

/// The time that decoding every picture takes, as every viewer does it.
fn decode_all(folder: &Path) -> Duration {
    let begun = Instant::now();
    let next = AtomicUsize::new(0);
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= PICTURES {
                return;
            }
            image::open(folder.join(format!("{number}.jpg"))).expect("a picture");
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    begun.elapsed()
}

/// The time and the peak memory in bytes of one `check`.
fn check(program: &OsString, folder: &Path, home: &Path) -> (Duration, u64) {
    let mut command = Command::new(program);
    measured(command.arg("check").current_dir(folder).env("KLING_BUILD_HOME", home))
}
