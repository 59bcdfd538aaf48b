//! `init`: what a new user gets, and that no existing file is lost.

mod workspace;

use std::fs;

use workspace::Workspace;

#[test]
fn a_new_film_is_right_and_builds_in_preview() {
    let workspace = Workspace::new("");
    insta::assert_snapshot!(workspace.transcript(&["init", "my-film"]));
    let film = workspace.path("my-film");
    let written = fs::read_to_string(film.join("storyboard.yaml")).unwrap();
    let schema = fs::read_to_string(film.join("storyboard.schema.json")).unwrap();
    assert_eq!(schema, fs::read_to_string("schemas/storyboard.schema.json").unwrap());
    let first = written.lines().next().unwrap();
    assert_eq!(first, "# yaml-language-server: $schema=storyboard.schema.json");
    assert_eq!(fs::read_to_string(film.join(".gitignore")).unwrap(), "/build/\n");
    let checked = workspace.run(&["check", "my-film/storyboard.yaml", "-W", "error"]);
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    let built = workspace.run(&["my-film/storyboard.yaml", "--preview"]);
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    assert!(film.join("build/preview/cuts/film.mp4").exists());
    assert_eq!(fs::read_to_string(film.join("storyboard.yaml")).unwrap(), written);
}

#[test]
fn a_new_film_can_name_the_dialect() {
    let workspace = Workspace::new("");
    assert!(workspace.run(&["init", "--api", "jobs", "my-film"]).status.success());
    let written = fs::read_to_string(workspace.path("my-film/storyboard.yaml")).unwrap();
    assert!(written.contains("\nversion: 1\napi: jobs\n"), "{written}");
    let checked = workspace.run(&["check", "my-film/storyboard.yaml", "-W", "error"]);
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}

#[test]
fn nothing_is_overwritten() {
    let workspace = Workspace::new("mine");
    fs::write(workspace.path(".gitignore"), "*.mov\n").unwrap();
    let refused = workspace.transcript(&["init"]);
    assert!(!workspace.path("storyboard.schema.json").exists());
    fs::remove_file(workspace.path("storyboard.yaml")).unwrap();
    fs::write(workspace.path("storyboard.schema.json"), "mine").unwrap();
    let refused_schema = workspace.transcript(&["init", "."]);
    assert!(!workspace.path("storyboard.yaml").exists());
    fs::remove_file(workspace.path("storyboard.schema.json")).unwrap();
    let noted = workspace.transcript(&["init", "."]);
    assert_eq!(fs::read_to_string(workspace.path(".gitignore")).unwrap(), "*.mov\n");
    fs::write(workspace.path("file"), "mine").unwrap();
    let spaces = workspace.transcript(&["init", "a film's"]);
    let no_folder = workspace.transcript(&["init", "file/film"]);
    insta::assert_snapshot!([refused, refused_schema, noted, spaces, no_folder].join("\n"));
    assert_eq!(fs::read_to_string(workspace.path("file")).unwrap(), "mine");
}

#[cfg(unix)]
#[test]
fn dangling_link_is_not_followed() {
    let workspace = Workspace::new("");
    fs::create_dir(workspace.path("film")).unwrap();
    std::os::unix::fs::symlink("../elsewhere.yaml", workspace.path("film/storyboard.yaml"))
        .unwrap();
    assert_eq!(workspace.run(&["init", "film"]).status.code(), Some(2));
    assert!(!workspace.path("elsewhere.yaml").exists());
}
