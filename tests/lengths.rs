//! `length`: the shortest clip that is long enough is bought, and cuts use that much of it.

mod harness;

use harness::{Project, Server};

const FILM: &str = "version: 1
defaults: { type: t2v, model: kling-2-6, resolution: 720p, duration: 5 }
profiles: { draft: { duration: 5 } }
scenes:
  a: { prompt: fog, length: 7 }
  b: { type: i2v, prompt: rain, image: { scene: a }, length: 4 s }
  c: { prompt: sun }
cuts: { film: { scenes: [a, b, c, a] } }
";

fn durations(server: &Server) -> Vec<String> {
    let tasks = server.records().tasks;
    let mut all: Vec<String> =
        tasks.iter().map(|task| task.request["duration"].to_string()).collect();
    all.sort();
    all
}

fn cut_seconds(project: &Project) -> f64 {
    project.manifest()["cuts"][0]["seconds"].as_f64().unwrap()
}

#[test]
fn the_shortest_clip_that_is_long_enough_is_bought_and_trimmed_in_the_cut() {
    let (server, project) = (Server::new(&[]), Project::new(FILM));
    let planned = project.run(&server, &["plan"]).ends_with(0).said();
    let note = "note: cuts use a part of what is paid for: `a` 10 s, 7 s used; `b` 5 s, 4 s used";
    assert!(planned.contains(note), "{planned}");
    project.build(&server, &["--yes"]).ends_with(0);
    assert_eq!(durations(&server), ["10", "5", "5"]);
    assert_eq!(project.manifest()["scenes"][0]["seconds"], 10.0, "the take is kept whole");
    assert_eq!(cut_seconds(&project), 7.0 + 4.0 + 5.0 + 7.0);
    assert_eq!(project.manifest()["cuts"][0]["clips"][3]["length"], 7.0);

    // Another length of a scene on which nothing follows costs nothing.
    project.edit("{ prompt: sun }", "{ prompt: sun, length: 2.5 }");
    project.build(&server, &[]).ends_with(0);
    assert_eq!(durations(&server).len(), 3);
    assert_eq!(cut_seconds(&project), 7.0 + 4.0 + 2.5 + 7.0);
    let again = project.build(&server, &[]).ends_with(0).said();
    assert!(again.contains("up to date"), "{again}");

    // What shows the last frame that is used shows another one now.
    project.edit("length: 7", "length: 8");
    let planned = project.run(&server, &["plan"]).ends_with(0).said();
    assert!(planned.contains("7.999") && planned.contains("1 to generate"), "{planned}");
}

#[test]
fn a_cut_may_use_less_of_a_scene() {
    let film = FILM.replace("c, a]", "{ scene: c, length: 1.5 }, { scene: a, length: 9 s }]");
    let (server, project) = (Server::new(&[]), Project::new(&film));
    let planned = project.run(&server, &["plan"]).ends_with(0).said();
    assert!(planned.contains("`a` 10 s, 9 s used"), "{planned}");
    assert!(planned.contains("`c` 5 s, 1.5 s used"), "{planned}");
    project.build(&server, &["--yes"]).ends_with(0);
    let manifest = project.manifest();
    let clips = manifest["cuts"][0]["clips"].as_array().unwrap();
    let seen: Vec<[f64; 2]> = clips
        .iter()
        .map(|clip| ["starts", "seconds"].map(|field| clip[field].as_f64().unwrap()))
        .collect();
    assert_eq!(seen, [[0.0, 7.0], [7.0, 4.0], [11.0, 1.5], [12.5, 9.0]]);

    // Another length in the cut makes the cut again and pays for nothing.
    project.edit("length: 1.5", "length: 2");
    project.build(&server, &[]).ends_with(0);
    assert_eq!((durations(&server).len(), cut_seconds(&project)), (3, 7.0 + 4.0 + 2.0 + 9.0));
}

#[test]
fn a_profile_that_makes_clips_shorter_uses_them_whole() {
    let (server, project) = (Server::new(&[]), Project::new(FILM));
    project.build(&server, &["--profile", "draft", "--yes"]).ends_with(0);
    assert_eq!(durations(&server), ["5", "5", "5"]);
    let manifest = harness::json(&project.path("build/draft/manifest.json"));
    assert_eq!(manifest["cuts"][0]["seconds"], 5.0 + 4.0 + 5.0 + 5.0);
}

#[test]
fn what_expand_prints_is_the_same_film() {
    let film = FILM.replace("c, a]", "{ scene: c, length: 1.5 }, { scene: a, length: 7 }]");
    let (server, project) = (Server::new(&[]), Project::new(&film));
    let printed = project.run(&server, &["expand"]).ends_with(0).said();
    let lines = |text: &str| -> Vec<String> {
        let line = |line: &str| line.split(" #").next().unwrap().trim_end().to_string();
        text.lines().filter(|line| !line.starts_with('#')).map(line).collect()
    };
    assert!(lines(&printed).contains(&"    length: 7".to_string()), "{printed}");
    let cut = "    scenes: [a, b, { scene: c, length: 1.5 }, a]".to_string();
    assert!(lines(&printed).contains(&cut), "{printed}");
    project.write("storyboard.yaml", &printed);
    let again = project.run(&server, &["expand"]).ends_with(0).said();
    assert_eq!(lines(&again), lines(&printed));
}
