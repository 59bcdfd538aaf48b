//! The real program, killed with `SIGKILL` at random moments, then left to finish: nothing is paid
//! twice, nothing paid is lost, and the film is the same as that of an undisturbed build.
//! The seed is printed first; `KILL_SEED=…` replays the moments and `KILLS=…` says how many.
#![cfg(unix)]

mod film;
mod moment;
mod pairs;
mod proof;
#[path = "../harness/mod.rs"]
mod harness;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use harness::{Project, Server};
use kling_build::base::Credits;
use kling_build::catalog::Dialect;
use kling_build::sim::SimOptions;
use moment::{Moment, Running};
use proof::{assert_none_lost, assert_paid_once, assert_same_film, settle_doubts};

/// How many builds are killed by default (`KILLS`).
const KILLS: usize = 100;
/// The most kills during one film; then it is left to finish, and another begins.
const KILLS_OF_FILM_MAX: usize = 10;

/// A number from the environment.
fn given(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a number"))
}

/// Reproducible random numbers.
fn chance(of: &str) -> fastrand::Rng {
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos().into();
    let seed = given("KILL_SEED").unwrap_or_else(now);
    println!("{of}: KILL_SEED={seed}");
    fastrand::Rng::with_seed(seed)
}

/// A simulator whose tasks end soon and whose balance never runs out.
fn server() -> Server {
    Server::with(SimOptions {
        latency: Duration::from_millis(400),
        credits: Credits::whole(1_000_000),
        ..SimOptions::default()
    })
}

/// Builds until the film is complete, settling doubts.
fn finish(project: &Project, home: &Project, server: &Server, before: usize) {
    settle_doubts(home, server, before);
    let code = Running::start(project, server, home).wait();
    assert_eq!(code, 0, "a build that nobody disturbs ends well");
}

#[test]
fn kills_change_nothing() {
    kills(Dialect::Kling);
}

#[test]
fn kills_change_nothing_in_the_unified_api() {
    kills(Dialect::Jobs);
}

fn kills(api: Dialect) {
    let mut chance = chance("kills");
    let server = server();
    // Undisturbed first; the simulator keeps the videos, which are the same for the same requests.
    let calm = film::project(film::SCENES, api);
    finish(&calm, &calm, &server, 0);
    let wanted = given("KILLS").map_or(KILLS, |kills| kills as usize);
    let (mut kills, mut films, mut doubts) = (0, 0, 0);
    while kills < wanted {
        let before = server.records().tasks.len();
        let project = film::project(film::SCENES, api);
        films += 1;
        for _ in 0..KILLS_OF_FILM_MAX.min(wanted - kills) {
            let moment = Moment::draw(&mut chance);
            if !Running::start(&project, &server, &project).kill_at(moment) {
                break;
            }
            kills += 1;
            let tasks = server.records().tasks.len() - before;
            println!("film {films}, kill {kills} at {moment:?}: {tasks} tasks");
            if chance.bool() {
                doubts += settle_doubts(&project, &server, before);
            }
        }
        doubts += project.doubts().len();
        finish(&project, &project, &server, before);
        let tasks = server.records().tasks.split_off(before);
        assert_paid_once(&tasks, film::SCENES);
        assert_none_lost(&tasks, &project);
        assert_same_film(&project, &calm);
    }
    println!("{kills} kills of {films} films left {doubts} doubts");
    let records = server.records();
    assert!(records.running_max <= 10, "{} tasks at once", records.running_max);
    assert_eq!(records.violations, Vec::<String>::new());
}
