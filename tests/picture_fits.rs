//! `fit`: pictures are brought to the shape of their scene before they are sent or shown.

mod harness;

use std::fs;
use std::io::{Cursor, Read as _, Write as _};
use std::net::TcpStream;

use harness::{Project, Server};
use image::{Rgb, RgbImage};
use kling_build::media::frame;
use kling_build::storyboard::FrameAt;
use serde_json::Value;

/// A square picture: green between a red part above and a blue one below, a quarter each.
fn square(project: &Project, name: &str) {
    let colour = |y: u32| match y {
        0..160 => [200, 20, 20],
        160..480 => [20, 200, 20],
        _ => [20, 20, 200],
    };
    let picture = RgbImage::from_fn(640, 640, |_, y| Rgb(colour(y)));
    picture.save(project.path(name)).unwrap();
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

/// The picture that a task was sent with.
fn sent(server: &Server, task: usize) -> RgbImage {
    let request = server.records().tasks[task].request.clone();
    let url = request["imageUrl"].as_str().expect("the address of the picture").to_string();
    image::load_from_memory(&served(&url)).unwrap().into_rgb8()
}

/// The brightest of red, green and blue, or black.
fn colour(pixel: &Rgb<u8>) -> &'static str {
    let [red, green, blue] = pixel.0;
    match red.max(green).max(blue) {
        0..40 => "black",
        most if most == red => "red",
        most if most == green => "green",
        _ => "blue",
    }
}

fn action_and_reason(project: &Project, server: &Server) -> (String, String) {
    let plan = project.run(server, &["plan", "--json"]).ends_with(0);
    let plan: Value = serde_json::from_slice(&plan.0.stdout).unwrap();
    let take = &plan["takes"][0];
    let said = project.run(server, &["plan"]).ends_with(0).said();
    (take["action"].as_str().unwrap().to_string(), said)
}

const FILM: &str = "version: 1
scenes:
  a: { type: i2v, image: a.png, prompt: It moves slowly, aspect_ratio: '16:9', resolution: 720p }
";

#[test]
fn what_is_sent_has_the_shape_of_the_scene_and_the_fit_is_part_of_the_recipe() {
    let project = Project::new(FILM);
    square(&project, "a.png");
    let server = Server::new(&[]);
    let said = project.run(&server, &["check"]).ends_with(0).said();
    assert!(said.contains("640×640") && said.contains("`fit: crop` or `fit: pad`"), "{said}");
    project.build(&server, &[]).ends_with(0);
    assert_eq!(sent(&server, 0).dimensions(), (640, 640));

    // What was the default before is the same take when it is written.
    project.edit("image: a.png", "image: a.png, fit: keep");
    assert_eq!(action_and_reason(&project, &server).0, "reuse");
    assert!(project.run(&server, &["check"]).ends_with(0).said().contains("640×640"));

    project.edit("fit: keep", "fit: crop");
    let (action, said) = action_and_reason(&project, &server);
    assert_eq!(action, "generate");
    assert!(said.contains("image fit: keep → crop to 16:9"), "{said}");
    assert!(!said.contains("640×640"), "the warning is gone: {said}");
    let requests = project.run(&server, &["plan", "--requests"]).ends_with(0).said();
    assert!(requests.contains("<upload of a.png, cropped to 16:9>"), "{requests}");
    project.build(&server, &["--yes"]).ends_with(0);
    let cropped = sent(&server, 1);
    assert_eq!(cropped.dimensions(), (640, 360));
    assert_eq!(colour(cropped.get_pixel(320, 5)), "red");
    assert_eq!(colour(cropped.get_pixel(320, 180)), "green");
    assert_eq!(colour(cropped.get_pixel(320, 355)), "blue");

    // The form of one picture overrides the scene's, and is the same take as a scene that says so.
    project.edit("image: a.png, fit: crop", "image: { file: a.png, fit: pad }, fit: crop");
    let said = action_and_reason(&project, &server).1;
    assert!(said.contains("image fit: crop to 16:9 → pad to 16:9"), "{said}");
    project.build(&server, &["--yes"]).ends_with(0);
    let padded = sent(&server, 2);
    assert_eq!(padded.dimensions(), (1_138, 640));
    assert_eq!(colour(padded.get_pixel(100, 320)), "black");
    assert_eq!(colour(padded.get_pixel(569, 320)), "green");
    assert_eq!(colour(padded.get_pixel(1_100, 320)), "black");
    project.edit("{ file: a.png, fit: pad }, fit: crop", "a.png, fit: pad");
    assert_eq!(action_and_reason(&project, &server).0, "reuse");

    // A picture that has the shape is sent as it is.
    project.picture("a.png", 90);
    project.build(&server, &["--yes"]).ends_with(0);
    let url = server.records().tasks[3].request["imageUrl"].as_str().unwrap().to_string();
    assert_eq!(served(&url), fs::read(project.path("a.png")).unwrap());
    assert_eq!(server.records().violations, Vec::<String>::new());
}

#[test]
fn a_frame_of_another_scene_is_fitted_too() {
    let film = "version: 1
defaults: { resolution: 720p }
scenes:
  a: { type: still, image: a.png, aspect_ratio: '16:9', fit: pad, duration: 1 }
  b: { type: i2v, image: { scene: a, fit: crop }, prompt: It moves, aspect_ratio: '9:16' }
";
    let project = Project::new(film);
    square(&project, "a.png");
    let server = Server::new(&[]);
    let said = project.run(&server, &["plan"]).ends_with(0).said();
    assert!(!said.contains("cropped or get bars"), "{said}");
    project.build(&server, &[]).ends_with(0);
    let still = fs::read(project.path("build/scenes/a.mp4")).unwrap();
    let still = frame::extract(&mut Cursor::new(still), FrameAt::First).unwrap();
    assert_eq!(colour(still.get_pixel(40, 360)), "black", "what is drawn here is fitted");
    assert_eq!(colour(still.get_pixel(640, 360)), "green");
    let frame = sent(&server, 0);
    assert_eq!(frame.dimensions(), (405, 720));
    assert_eq!(colour(frame.get_pixel(200, 360)), "green");
    project.edit("a, fit: crop", "a");
    let said = project.run(&server, &["plan"]).ends_with(0).said();
    assert!(said.contains("image fit: crop to 9:16 → keep"), "{said}");
}

#[test]
fn a_preview_shows_what_would_be_sent() {
    let mut shown = Vec::new();
    for fit in ["keep", "crop", "pad"] {
        let project = Project::new(&FILM.replace("a.png", &format!("a.png, fit: {fit}")));
        square(&project, "a.png");
        let server = Server::new(&[]);
        project.build(&server, &["--preview"]).ends_with(0);
        let video = fs::read(project.path("build/preview/scenes/a.mp4")).unwrap();
        let picture = frame::extract(&mut Cursor::new(&video), FrameAt::First).unwrap();
        let greens = picture.pixels().filter(|pixel| colour(pixel) == "green").count();
        shown.push((video, greens));
    }
    // A panel is filled by its picture, so that one that is kept looks as if it were cropped; with
    // bars beside it, there is less of it.
    assert!(shown[2].1 * 3 < shown[1].1 * 2, "{} and {}", shown[2].1, shown[1].1);
    assert!(shown[1].0 != shown[2].0 && shown[0].0 != shown[2].0);
}

#[test]
fn a_fitted_picture_is_judged_by_the_shape_that_is_sent() {
    let film = "version: 1
api: jobs
scenes:
  a: { type: i2v, model: kling-3-0-omni, image: a.png, prompt: It moves slowly, fit: crop }
";
    let project = Project::new(film);
    let server = Server::new(&[]);
    let picture = |width: u32, height: u32| {
        RgbImage::new(width, height).save(project.path("a.png")).unwrap();
    };
    // Tall enough as it is, but not what is left of it.
    picture(400, 900);
    let said = project.run(&server, &["check"]).ends_with(2).said();
    assert!(said.contains("`a.png` cropped to 16:9 has 400×225 pixels"), "{said}");
    assert!(said.contains("at least 300 on each side"), "{said}");
    // Too wide for the model as it is, but not what is left of it.
    picture(2_000, 500);
    project.run(&server, &["check"]).ends_with(0);
    project.edit("fit: crop", "fit: keep");
    let said = project.run(&server, &["check"]).ends_with(2).said();
    assert!(said.contains("a shape of 4.00"), "{said}");
}

#[test]
fn copies_are_reached_under_the_public_address_of_the_film() {
    let film = FILM.replace("a.png", "a.png, fit: crop");
    let film = film.replace("version: 1", "version: 1\nhosting: { base_url: 'https://e.com/f' }");
    let project = Project::new(&film);
    square(&project, "a.png");
    let server = Server::new(&[]);
    let elsewhere = tempfile::tempdir().unwrap();
    let out = elsewhere.path().to_str().unwrap();
    let said = project.build(&server, &["-o", out]).ends_with(2).said();
    assert!(said.contains("`hosting.base_url` does not reach"), "{said}");
    project.build(&server, &[]).ends_with(0);
    let url = server.records().tasks[0].request["imageUrl"].as_str().unwrap().to_string();
    let path = url.strip_prefix("https://e.com/f/").unwrap();
    assert!(path.starts_with("build/frames/") && path.ends_with("-crop-16x9.jpg"), "{path}");
    assert_eq!(image::image_dimensions(project.path(path)).unwrap(), (640, 360));
}
