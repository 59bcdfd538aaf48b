//! Two builds at once, of which one is killed: the other never waits for the dead one.

use crate::film::{self, SCENES_OF_SHORT};
use crate::harness::{Project, Server};
use crate::moment::{Moment, Running};
use crate::proof::{assert_none_lost, assert_paid_once, assert_same_film};
use crate::{chance, finish, server};
use kling_build::catalog::Dialect;

/// How often one build of each pair is killed.
const ROUNDS: usize = 4;
/// The exit code of a build that leaves a doubt to a person.
const DECISION: i32 = 3;

/// Runs `first` and `second` at once on the store of `first`, kills the first one at a moment, lets
/// the second one end, and then finishes both.
fn one_of_two_is_killed(server: &Server, first: &Project, second: &Project, moment: Moment) {
    let before = server.records().tasks.len();
    let dying = Running::start(first, server, first);
    let living = Running::start(second, server, first);
    let was_going = dying.kill_at(moment);
    println!("killed at {moment:?}: {was_going}");
    let code = living.wait();
    // What the dead build was doing is a doubt at most, never a claim that stays.
    let doubts = first.doubts().len();
    let expected = if doubts > 0 { DECISION } else { 0 };
    assert_eq!(code, expected, "{doubts} doubts");
    for project in [first, second] {
        finish(project, first, server, before);
    }
    let tasks = server.records().tasks.split_off(before);
    assert_paid_once(&tasks, SCENES_OF_SHORT);
    assert_none_lost(&tasks, first);
    assert_same_film(first, second);
}

#[test]
fn second_build_continues_when_the_first_dies() {
    let (mut chance, server) = (chance("one storyboard"), server());
    for _ in 0..ROUNDS {
        let project = film::project(SCENES_OF_SHORT, Dialect::Kling);
        one_of_two_is_killed(&server, &project, &project, Moment::draw(&mut chance));
    }
}

#[test]
fn two_clones_share_tasks_even_when_one_dies() {
    let (mut chance, server) = (chance("two clones"), server());
    for _ in 0..ROUNDS {
        let (first, second) = (
            film::project(SCENES_OF_SHORT, Dialect::Kling),
            film::project(SCENES_OF_SHORT, Dialect::Kling),
        );
        one_of_two_is_killed(&server, &first, &second, Moment::draw(&mut chance));
    }
}
