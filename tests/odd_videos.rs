//! Videos that are not what was requested, and videos that are lost: what was paid and plays is the
//! take, and nothing is paid again without the user's word.

mod harness;

use harness::{Project, Server};

const FILM: &str = "
version: 1
defaults: { model: kling-2-6 }
scenes:
  dawn: { type: t2v, prompt: the harbor at dawn }
  noon: { type: t2v, prompt: the harbor at noon }
";

#[test]
fn a_video_of_another_size_and_length_is_the_take_with_a_warning() {
    let (server, project) = (Server::new(&["odd-video:1"]), Project::new(FILM));
    let said = project.build(&server, &[]).ends_with(0).said();
    assert!(said.contains("was requested") || said.contains("were requested"), "{said}");
    assert_eq!(project.locked_scenes().len(), 2);
    let records = server.records();
    assert_eq!(records.tasks.len(), 2);
    assert!(records.tasks.iter().all(|task| task.downloads == 1), "each is downloaded once");
    // The warning is repeated, at no cost and without a request.
    let requests = server.requests();
    let said = project.build(&server, &[]).ends_with(0).said();
    assert!(said.contains("requested"), "{said}");
    assert_eq!(server.requests(), requests);
    // The film's author may call that a failure; the take stays.
    project.edit("version: 1", "version: 1\nquality: fail");
    let said = project.build(&server, &[]).ends_with(1).said();
    assert!(said.contains("quality: fail"), "{said}");
    project.edit("quality: fail", "quality: warn");
    assert_eq!(server.requests(), requests);
    // A clone's store is empty: the take is restored, not made again.
    std::fs::remove_dir_all(project.home.path().join("objects")).unwrap();
    project.build(&server, &[]).ends_with(0);
    assert_eq!(server.records().tasks.len(), 2);
}

#[test]
fn a_video_that_an_earlier_program_kept_without_using_it_becomes_the_take() {
    let (server, project) = (Server::new(&[]), Project::new(FILM));
    project.build(&server, &[]).ends_with(0);
    // As the program of before recorded a video of another size: an artifact of the key and no take.
    let ledger = rusqlite::Connection::open(project.home.path().join("ledger.db")).unwrap();
    ledger.execute("DELETE FROM takes", []).unwrap();
    std::fs::remove_file(project.path("storyboard.lock")).unwrap();
    std::fs::remove_dir_all(project.path("build")).unwrap();
    let requests = server.requests();
    project.build(&server, &[]).ends_with(0);
    assert_eq!(server.requests(), requests, "nothing is asked for, nothing is paid");
    assert_eq!(project.locked_scenes().len(), 2);
}

#[test]
fn a_lost_video_is_paid_again_only_after_a_person_has_said_so() {
    let film = FILM.replace("  noon: { type: t2v, prompt: the harbor at noon }\n", "");
    let (server, project) = (Server::new(&["dead-url:2-"]), Project::new(&film));
    project.build(&server, &[]).ends_with(0);
    let settle =
        |code: i32| project.run(&server, &["settle", "dawn", "--gone"]).ends_with(code).said();
    assert!(settle(2).contains("in the store"));
    std::fs::remove_dir_all(project.home.path().join("objects")).unwrap();
    std::fs::remove_dir_all(project.path("build")).unwrap();
    let said = project.build(&server, &[]).ends_with(1).said();
    assert!(said.contains("kling-build settle dawn --gone"), "{said}");
    assert_eq!(server.records().tasks.len(), 1);
    settle(0);
    assert!(settle(2).contains("no task"));
    project.build(&server, &[]);
    assert_eq!(server.records().tasks.len(), 2, "one more is paid, after the user's word");
}

#[cfg(unix)]
#[test]
fn ledger_and_home_belong_to_the_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (server, project) = (Server::new(&[]), Project::new(FILM));
    let home = project.home.path().join("new/home");
    let mut command = project.command(&server, &["storyboard.yaml", "--poll-interval", "0.05"]);
    assert!(command.env("KLING_BUILD_HOME", &home).output().unwrap().status.success());
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&home), mode(&home.join("ledger.db"))), (0o700, 0o600));
}

#[test]
fn a_whole_file_that_is_no_video_is_downloaded_once_a_build() {
    let film = FILM.replace("  noon: { type: t2v, prompt: the harbor at noon }\n", "");
    let (server, project) = (Server::new(&["download-noise:1-2"]), Project::new(&film));
    for downloads in [1, 2] {
        let said = project.build(&server, &[]).ends_with(1).said();
        assert!(said.contains("not usable") && said.contains("settle dawn --gone"), "{said}");
        assert!(!said.contains("downloaded again"), "{said}");
        let records = server.records();
        assert_eq!((records.tasks.len(), records.tasks[0].downloads), (1, downloads));
    }
    // The provider has repaired it.
    project.build(&server, &[]).ends_with(0);
    assert_eq!(server.records().tasks.len(), 1);

    let (server, project) = (Server::new(&["download-noise:*"]), Project::new(&film));
    project.build(&server, &[]).ends_with(1);
    project.run(&server, &["settle", "dawn", "--gone"]).ends_with(0);
    project.build(&server, &[]).ends_with(1);
    assert_eq!(server.records().tasks.len(), 2, "one more is paid, after the user's word");
}

/// Replaces a scene's stored video by one of another codec, as if the provider had sent that.
fn recode(project: &Project, scene: &str) {
    let old = harness::text(&project.scene(scene)["artifact"]);
    let object = |digest: &str| project.home.path().join("objects").join(&digest[..2]).join(digest);
    let mut bytes = std::fs::read(object(&old)).unwrap();
    let at = bytes.windows(4).position(|four| four == b"avc1").unwrap();
    // The first `avc1` is a brand of the file, the last one says how its pictures are encoded.
    let last = bytes.windows(4).rposition(|four| four == b"avc1").unwrap();
    assert!(at <= last);
    bytes[last..last + 4].copy_from_slice(b"vvc1");
    let new = kling_build::base::Digest::of(&bytes).to_string();
    std::fs::create_dir_all(object(&new).parent().unwrap()).unwrap();
    std::fs::write(object(&new), bytes).unwrap();
    let ledger = rusqlite::Connection::open(project.home.path().join("ledger.db")).unwrap();
    for table in ["takes", "artifacts"] {
        let sql = format!("UPDATE {table} SET digest = ?1 WHERE digest = ?2");
        assert_eq!(ledger.execute(&sql, [&new, &old]).unwrap(), 1, "{table}");
    }
    let lock = std::fs::read_to_string(project.path("storyboard.lock")).unwrap();
    project.write("storyboard.lock", lock.replace(&old, &new));
}

#[test]
fn a_plan_says_that_a_frame_cannot_be_decoded() {
    let film = FILM.replace("  noon: { type: t2v, prompt: the harbor at noon }\n", "");
    let (server, project) = (Server::new(&[]), Project::new(&film));
    project.build(&server, &[]).ends_with(0);
    recode(&project, "dawn");
    let chase = "  chase: { type: i2v, prompt: a boat chase, image: { scene: dawn } }\n";
    project.write("storyboard.yaml", film + chase);
    let said = project.run(&server, &["plan"]).ends_with(0).said();
    assert!(said.contains("takes a frame of `dawn`") && said.contains("not supported"), "{said}");
    project.run(&server, &["plan", "-W", "error=frame-not-decodable"]).ends_with(2);
    project.build(&server, &[]).ends_with(1);
    assert_eq!(server.records().tasks.len(), 1, "nothing is paid for it");
}
