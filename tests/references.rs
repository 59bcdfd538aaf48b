//! References, elements and videos as inputs: of files, and of other scenes' takes.

mod harness;

use std::fs;
use std::process::Command;

use harness::{Project, Server, text};
use serde_json::Value;

/// A clip, one that transforms its video, one whose figure moves as in that, and one that refers to
/// frames and videos of all of them.
const CHAIN: &str = "\
version: 1
api: jobs
defaults: { resolution: 720p }
scenes:
  pier: { type: t2v, model: kling-3-0-omni, duration: 3, prompt: a pier, seed: 11111 }
  winter: { type: t2v, model: kling-3-0-omni, prompt: the same in winter, video: { scene: pier } }
  dance: { type: i2v, model: kling-2-6, image: { scene: pier, frame: first }, video: { scene: winter } }
  memory:
    type: t2v
    model: kling-3-0-omni
    prompt: \"@boat and @mia on the pier\"
    duration: 4
    references: [assets/mia.png, { scene: pier, frame: last }]
    elements:
      - { name: mia, description: a girl, images: [assets/mia.png, assets/coat.png] }
      - { name: boat, description: a boat, video: { scene: dance } }
  echo:
    type: t2v
    model: kling-3-0-omni
    prompt: an echo
    duration: 3
    references: [{ video: { scene: pier } }, assets/mia.png]
";

fn project(film: &str) -> Project {
    let project = Project::new(film);
    project.picture("assets/mia.png", 100);
    project.picture("assets/coat.png", 200);
    project
}

fn document(project: &Project, server: &Server, arguments: &[&str]) -> Value {
    let ran = project.run(server, arguments);
    serde_json::from_slice(&ran.0.stdout).unwrap_or_else(|_| panic!("{}", ran.said()))
}

/// The scenes of a plan with what is done about each and why.
fn plan(project: &Project, server: &Server) -> Vec<String> {
    let plan = document(project, server, &["plan", "--json"]);
    let line = |take: &Value| {
        let reasons = take["reasons"].as_array().unwrap().iter();
        let reasons: Vec<String> = reasons.map(|reason| text(&reason["text"])).collect();
        let (scene, action) = (text(&take["scene"]), text(&take["action"]));
        format!("{scene} {action} {}: {}", take["credits_max"], reasons.join(", "))
    };
    plan["takes"].as_array().unwrap().iter().map(line).collect()
}

#[test]
fn takes_of_scenes_are_inputs_of_others() {
    let (server, project) = (Server::new(&[]), project(CHAIN));
    insta::assert_snapshot!(plan(&project, &server).join("\n"));
    let graph = project.run(&server, &["graph"]);
    let graph = String::from_utf8(graph.ends_with(0).0.stdout).unwrap();
    assert!(graph.contains("video") && graph.contains("first"), "{graph}");
    project.build(&server, &["--yes"]).ends_with(0);
    assert_eq!(server.records().violations, Vec::<String>::new());
    assert_eq!(server.records().tasks.len(), 5);
    let artifact = |scene: &str| text(&project.locked(scene)["artifact"]);
    let lock = fs::read_to_string(project.path("storyboard.lock")).unwrap();
    let used = |scene: &str| lock.matches(&format!("\"{}\"", artifact(scene))).count();
    // Its own take, and each scene that uses it.
    assert_eq!((used("pier"), used("winter"), used("dance")), (1 + 4, 1 + 1, 1 + 1), "{lock}");
    project.build(&server, &["--yes"]).ends_with(0);
    assert_eq!(server.records().tasks.len(), 5);
    // What is built is what the same film says in another clone.
    let expanded = project.run(&server, &["expand"]);
    let expanded = String::from_utf8(expanded.ends_with(0).0.stdout).unwrap();
    project.write("expanded.yaml", &expanded);
    let copy = fs::read(project.path("storyboard.lock")).unwrap();
    project.write("expanded.lock", copy);
    let again = document(&project, &server, &["plan", "expanded.yaml", "--json"]);
    assert_eq!(again["totals"]["credits_max"].as_f64(), Some(0.0), "{again:#}\n{expanded}");
    // Everything that uses a changed take is stale.
    project.edit("prompt: a pier,", "prompt: a long pier,");
    insta::assert_snapshot!("stale", plan(&project, &server).join("\n"));
}

#[test]
fn another_take_says_which_scenes_use_the_one_before() {
    let (server, project) = (Server::new(&[]), project(CHAIN));
    project.build(&server, &["--yes"]).ends_with(0);
    project.video("other.mp4", 3);
    project.run(&server, &["adopt", "pier", "other.mp4"]).ends_with(0);
    project.run(&server, &["pick", "pier", "1"]).ends_with(0);
    let said = project.run(&server, &["pick", "pier", "2"]).ends_with(0).said();
    for scene in ["winter", "dance", "memory", "echo"] {
        assert!(said.contains(scene), "{said}");
    }
    let made = server.records().tasks.len();
    project.run(&server, &["pick", "pier", "1"]).ends_with(0);
    project.build(&server, &["--yes"]).ends_with(0);
    assert_eq!(server.records().tasks.len(), made, "the first take and all of it are still there");
}

#[test]
fn previews_show_the_video_that_is_transformed() {
    let (server, project) = (Server::new(&[]), project(CHAIN));
    project.video("assets/dance.mp4", 4);
    project.edit("video: { scene: pier }", "video: assets/dance.mp4");
    project.build(&server, &["--preview"]).ends_with(0);
    assert_eq!(server.records().submits, 0);
    let seconds = |scene: &str| {
        let path = project.path(&format!("build/preview/scenes/{scene}.mp4"));
        let probe = Command::new("ffprobe")
            .args(["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0"])
            .arg(path)
            .output()
            .expect("ffprobe is installed");
        String::from_utf8(probe.stdout).unwrap().trim().parse::<f64>().unwrap().round()
    };
    assert_eq!((seconds("pier"), seconds("winter"), seconds("dance")), (3.0, 4.0, 4.0));
}

#[test]
fn the_price_follows_the_length_of_the_video() {
    let film = "version: 1\napi: jobs\nscenes:\n  \
        a: { type: t2v, model: kling-3-0-omni, prompt: snow, resolution: 720p, video: a.mp4 }\n  \
        b: { type: i2v, model: kling-3-0, image: assets/mia.png, resolution: 720p, video: a.mp4 }\n  \
        c: { type: t2v, model: kling-3-0-omni, prompt: snow, resolution: 720p, duration: 3, \
             references: [assets/mia.png, a.mp4] }\n  \
        d: { type: t2v, model: kling-3-0-omni, prompt: rain, resolution: 720p, \
             video: \"https://example.org/a.mp4\" }\n";
    let (server, project) = (Server::new(&[]), project(film));
    project.video("a.mp4", 7);
    let plan = document(&project, &server, &["plan", "--json"]);
    let credits = |at: usize| plan["takes"][at]["credits_max"].as_f64().unwrap();
    // 7 s, 7 s, the longer one of 3 s and 7 s, and the longest that the model accepts.
    let all = [credits(0), credits(1), credits(2), credits(3)];
    assert_eq!(all, [7.0 * 20.0, 7.0 * 20.0, 7.0 * 20.0, 16.0 * 20.0], "{plan:#}");
    let said = project.run(&server, &["plan"]).said();
    assert!(said.contains("the length of the video of `d`"), "{said}");
}

#[test]
fn files_that_the_api_would_refuse_are_refused_before_anything_is_sent() {
    let film = "version: 1\napi: jobs\nscenes:\n  \
        long: { type: i2v, model: kling-2-6, image: assets/mia.png, video: long.mp4, \
                character_orientation: image }\n  \
        short: { type: t2v, model: kling-3-0-omni, prompt: snow, video: short.mp4 }\n  \
        sound: { type: t2v, model: kling-3-0-omni, prompt: snow, video: { file: assets/mia.png } }\n  \
        wide: { type: t2v, model: kling-3-0-omni, prompt: snow, references: [wide.png] }\n  \
        small: { type: t2v, model: kling-3-0-omni, prompt: snow, video: small.mov }\n  \
        slow: { type: t2v, model: kling-3-0-omni, prompt: snow, video: slow.mp4 }\n  \
        voice: { type: t2v, model: kling-3-0-omni, prompt: \"@mia\", elements: [{ name: mia, \
                 description: a girl, images: [assets/mia.png, assets/coat.png], voice: v.wav }] }\n";
    let (server, project) = (Server::new(&[]), project(film));
    project.video("long.mp4", 12);
    project.video("short.mp4", 2);
    let ffmpeg = |input: &str, output: &str| {
        let made = Command::new("ffmpeg")
            .args(["-v", "error", "-y", "-f", "lavfi", "-i", input])
            .args(["-pix_fmt", "yuv420p"])
            .arg(project.path(output))
            .status();
        assert!(made.expect("ffmpeg is installed").success());
    };
    ffmpeg("testsrc=size=640x360:rate=24:duration=4", "small.mov");
    ffmpeg("testsrc=size=1280x720:rate=12:duration=4", "slow.mp4");
    let wide = image::RgbImage::from_pixel(1_600, 400, image::Rgb([9, 90, 120]));
    wide.save(project.path("wide.png")).unwrap();
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-f", "lavfi", "-i", "sine=duration=2"])
        .arg(project.path("v.wav"))
        .status();
    assert!(made.unwrap().success());
    let said = project.run(&server, &["check"]).ends_with(2).said();
    insta::assert_snapshot!(said);
}

#[test]
fn takes_that_will_not_fit_are_refused_before_anything_is_sent() {
    let film = "version: 1\napi: jobs\ndefaults: { prompt: fog }\nscenes:\n  \
        long: { type: t2v, model: kling-3-0, duration: 12 }\n  \
        dance: { type: i2v, model: kling-2-6, image: assets/mia.png, video: { scene: long }, \
                 character_orientation: image }\n  \
        whole: { type: i2v, model: kling-2-6, image: assets/mia.png, video: { scene: long } }\n";
    let (server, project) = (Server::new(&[]), project(film));
    let said = project.build(&server, &["--yes"]).ends_with(2).said();
    let what = "scene `dance` takes the video of `long`, which is 12.00 s long";
    assert!(said.contains(what) && said.contains("3 to 10 s"), "{said}");
    assert!(!said.contains("`whole`"), "{said}");
    assert_eq!(server.records().submits, 0);
}

#[test]
fn a_plan_says_which_item_of_a_list_changed() {
    let (server, project) = (Server::new(&[]), project(CHAIN));
    project.build(&server, &["--yes"]).ends_with(0);
    project.picture("assets/coat.png", 10);
    project.edit("references: [assets/mia.png, ", "references: [");
    project.edit("description: a boat", "description: a ship");
    let said = plan(&project, &server).into_iter().find(|line| line.starts_with("memory"));
    insta::assert_snapshot!(said.unwrap());
}

#[test]
fn an_adopted_quicktime_file_is_uploaded_as_one() {
    let (server, project) = (Server::new(&[]), project(CHAIN));
    project.video("other.mov", 3);
    project.run(&server, &["adopt", "pier", "other.mov"]).ends_with(0);
    project.build(&server, &["winter", "--yes"]).ends_with(0);
    let request = server.records().tasks[0].request.to_string();
    assert!(request.contains(".mov\""), "{request}");
}

#[test]
fn a_quicktime_file_is_uploaded_as_one() {
    let film = "version: 1\napi: jobs\nscenes:\n  \
        a: { type: t2v, model: kling-3-0-omni, prompt: snow, video: a.mov }\n";
    let (server, project) = (Server::new(&[]), project(film));
    project.video("a.mov", 4);
    project.build(&server, &["--yes"]).ends_with(0);
    let request = server.records().tasks[0].request.to_string();
    assert!(request.contains(".mov\""), "{request}");
}
