//! `init`: what a new user gets, and that nobody loses a file to it.

mod desk;

use std::fs;

use desk::Desk;

#[test]
fn a_new_film_is_right_and_builds_in_preview() {
    let desk = Desk::new("");
    insta::assert_snapshot!(desk.told(&["init", "my-film"]));
    let film = desk.path("my-film");
    let written = fs::read_to_string(film.join("storyboard.yaml")).unwrap();
    let schema = fs::read_to_string(film.join("storyboard.schema.json")).unwrap();
    assert_eq!(schema, fs::read_to_string("schemas/storyboard.schema.json").unwrap());
    let first = written.lines().next().unwrap();
    assert_eq!(first, "# yaml-language-server: $schema=storyboard.schema.json");
    assert_eq!(fs::read_to_string(film.join(".gitignore")).unwrap(), "/build/\n");
    let checked = desk.run(&["check", "my-film/storyboard.yaml", "-W", "error"]);
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    let built = desk.run(&["my-film/storyboard.yaml", "--preview"]);
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    assert!(film.join("build/preview/cuts/film.mp4").exists());
    assert_eq!(fs::read_to_string(film.join("storyboard.yaml")).unwrap(), written);
}

#[test]
fn nothing_is_overwritten() {
    let desk = Desk::new("mine");
    fs::write(desk.path(".gitignore"), "*.mov\n").unwrap();
    let refused = desk.told(&["init"]);
    assert!(!desk.path("storyboard.schema.json").exists());
    fs::remove_file(desk.path("storyboard.yaml")).unwrap();
    fs::write(desk.path("storyboard.schema.json"), "mine").unwrap();
    let refused_schema = desk.told(&["init", "."]);
    assert!(!desk.path("storyboard.yaml").exists());
    fs::remove_file(desk.path("storyboard.schema.json")).unwrap();
    let noted = desk.told(&["init", "."]);
    assert_eq!(fs::read_to_string(desk.path(".gitignore")).unwrap(), "*.mov\n");
    fs::write(desk.path("file"), "mine").unwrap();
    let spaces = desk.told(&["init", "a film's"]);
    let no_folder = desk.told(&["init", "file/film"]);
    insta::assert_snapshot!([refused, refused_schema, noted, spaces, no_folder].join("\n"));
    assert_eq!(fs::read_to_string(desk.path("file")).unwrap(), "mine");
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_not_followed() {
    let desk = Desk::new("");
    fs::create_dir(desk.path("film")).unwrap();
    std::os::unix::fs::symlink("../elsewhere.yaml", desk.path("film/storyboard.yaml")).unwrap();
    assert_eq!(desk.run(&["init", "film"]).status.code(), Some(2));
    assert!(!desk.path("elsewhere.yaml").exists());
}
