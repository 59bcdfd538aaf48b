//! Summaries of builds with every kind of ending.

use std::time::Duration;

use super::ending::EndingText;
use super::event::{BuildEvent, BuildOutcome};
use super::summary::{Summary, UnfinishedTake};
use crate::base::{Credits, Digest, Fault, FaultClass, FilmCommands, Place, Source, Span, TaskId};
use crate::engine::{End, FailureKind, Halt};
use crate::plan::ProviderFamily;
use crate::report::fixture::id;
use crate::store::DamageKind;

fn summary(scenes: usize, unfinished: Vec<UnfinishedTake>) -> Summary {
    Summary {
        api: crate::catalog::Dialect::Kling,
        more_takes: 0,
        commands: FilmCommands::new("storyboard.yaml", []),
        provider: ProviderFamily::Kling,
        scenes,
        made: scenes - unfinished.len(),
        unfinished,
        failed_cuts: Vec::new(),
        damaged: Vec::new(),
        unlike: Vec::new(),
        halt: None,
        halt_fault: None,
        committed: Credits::whole(100),
        elapsed: Duration::from_secs(391),
        gallery: Some("build/index.html".into()),
    }
}

fn left(scene: &str, end: End) -> UnfinishedTake {
    let credits_max = Credits::whole(50);
    let scene = id(scene);
    UnfinishedTake { scene, take: None, end, blocked_by: None, place: None, credits_max }
}

fn refused(scene: &str, class: FaultClass, code: i64) -> UnfinishedTake {
    let fault = Fault::new(class, "").with_code(code);
    let text = "\n".repeat(21) + "    prompt: x";
    let source = Source::new("storyboard.yaml", text);
    let place = Some(Place::new(&source, Span::new(33, 34)));
    UnfinishedTake { place, ..left(scene, End::Failed(FailureKind::Refused(fault))) }
}

fn blocked(scene: &str, by: &str) -> UnfinishedTake {
    UnfinishedTake { blocked_by: Some(id(by)), ..left(scene, End::Blocked { by: 0 }) }
}

#[test]
fn looks_as_the_style_guide_says() {
    let summary = summary(4, vec![refused("chase", FaultClass::InvalidPrompt, 1001)]);
    assert_eq!(
        summary.print(false),
        "built 3 of 4 scenes in 6m 31s · 100 credits spent · 1 refused\n  \
           refused  chase   invalid prompt (1001)   storyboard.yaml:22:13\n\
         gallery: build/index.html\n\
         next: change that prompt and run again; finished scenes are kept\n"
    );
    assert_eq!(summary.outcome(), BuildOutcome::Failed);
}

#[test]
fn nothing_to_do_takes_one_line() {
    let mut summary = summary(12, Vec::new());
    summary.made = 0;
    assert_eq!(summary.print(true), "up to date: 12 scenes, nothing to pay\n");
    summary.scenes = 1;
    assert_eq!(summary.print(false), "up to date: 1 scene, nothing to pay\n");
    assert_eq!(summary.outcome().exit_code(), 0);
}

#[test]
fn everything_done_has_no_next_step() {
    let lines = |provider| Summary { provider, ..summary(4, Vec::new()) }.print(false);
    assert_eq!(
        lines(ProviderFamily::Kling),
        "built 4 scenes in 6m 31s · 100 credits spent\ngallery: build/index.html\n"
    );
    assert!(
        lines(ProviderFamily::Preview)
            .starts_with("previewed 4 scenes in 6m 31s · nothing to pay\n")
    );
    assert!(
        lines(ProviderFamily::KlingRehearsal)
            .starts_with("rehearsed 4 scenes in 6m 31s · 100 simulated credits\n")
    );
}

/// Each way to end, with its exit code and its next step.
#[test]
fn every_ending_has_its_next_step() {
    let task = || TaskId::new("kling_8f31d0");
    let fault = |class| Fault::new(class, "made up").with_code(500);
    let mut text = String::new();
    for (title, unfinished, halt) in [
        (
            "in doubt",
            vec![left("chase", End::InDoubt { sent_at: None, detail: "connection reset".into() })],
            None,
        ),
        (
            "several in doubt",
            ["chase", "end", "title"]
                .map(|scene| left(scene, End::InDoubt { sent_at: None, detail: String::new() }))
                .to_vec(),
            None,
        ),
        (
            "left running",
            vec![left(
                "chase",
                End::LeftRunning { task: task(), why: "not finished after 30 minutes".into() },
            )],
            None,
        ),
        (
            "interrupted",
            vec![
                left(
                    "chase",
                    End::LeftRunning { task: task(), why: "the build was stopped".into() },
                ),
                left("end", End::NotStarted(Halt::Interrupted)),
            ],
            Some(Halt::Interrupted),
        ),
        (
            "insufficient credits",
            vec![
                left("chase", End::NotStarted(Halt::InsufficientCredits)),
                left("end", End::NotStarted(Halt::InsufficientCredits)),
            ],
            Some(Halt::InsufficientCredits),
        ),
        (
            "unauthorized",
            vec![left("chase", End::NotStarted(Halt::Unauthorized))],
            Some(Halt::Unauthorized),
        ),
        ("over budget", vec![left("chase", End::NotStarted(Halt::OverBudget))], None),
        (
            "failed at the provider",
            vec![
                left("chase", End::Failed(FailureKind::AtProvider(fault(FaultClass::Transient)))),
                blocked("end", "chase"),
            ],
            None,
        ),
        (
            "failed before",
            vec![left("chase", End::Failed(FailureKind::Before(fault(FaultClass::InvalidImage))))],
            None,
        ),
        (
            "not downloaded",
            vec![left(
                "chase",
                End::Failed(FailureKind::Download {
                    task: task(),
                    fault: fault(FaultClass::NotFound),
                }),
            )],
            None,
        ),
        (
            "not sent",
            vec![left("chase", End::Failed(FailureKind::Unsent(fault(FaultClass::Local))))],
            None,
        ),
        (
            "two refusals, fail fast",
            vec![
                refused("chase", FaultClass::InvalidImage, 1002),
                refused("end", FaultClass::InvalidPrompt, 1001),
                left("later", End::NotStarted(Halt::FailFast)),
            ],
            Some(Halt::FailFast),
        ),
        ("only blocked", vec![blocked("end", "chase")], None),
        (
            "answers that nobody understands",
            vec![
                left("chase", End::InDoubt { sent_at: None, detail: "HTTP 404".into() }),
                left("end", End::InDoubt { sent_at: None, detail: "HTTP 404".into() }),
                left("later", End::NotStarted(Halt::Doubts)),
            ],
            Some(Halt::Doubts),
        ),
        (
            "wrong address",
            vec![
                refused("chase", FaultClass::NotFound, 404),
                left("end", End::NotStarted(Halt::WrongAddress)),
            ],
            Some(Halt::WrongAddress),
        ),
        ("busy", vec![left("chase", End::NotStarted(Halt::Busy))], Some(Halt::Busy)),
        (
            "not reached",
            vec![left("chase", End::NotStarted(Halt::Unreached))],
            Some(Halt::Unreached),
        ),
        (
            "made elsewhere",
            vec![left("chase", End::Elsewhere { by: "process 7, scene chase".into() })],
            None,
        ),
    ] {
        let poor = halt == Some(Halt::InsufficientCredits);
        let said = Fault::new(FaultClass::InsufficientCredits, "your balance is \u{7}12 credits");
        let halt_fault = poor.then_some(said);
        let summary = Summary { halt, halt_fault, ..summary(4, unfinished) };
        let code = summary.outcome().exit_code();
        text.push_str(&format!("# {title}: exit {code}\n{}\n", summary.print(false)));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_preview_is_never_followed_by_a_command_that_pays() {
    let fault = || Fault::new(FaultClass::Local, "the disk is full");
    for end in [
        End::Failed(FailureKind::Unsent(fault())),
        End::Failed(FailureKind::AtProvider(fault())),
        End::NotStarted(Halt::Interrupted),
    ] {
        let text =
            Summary { provider: ProviderFamily::Preview, ..summary(2, vec![left("end", end)]) }
                .print(false);
        let commands = text.matches("`kling-build storyboard.yaml").count();
        assert_eq!(commands, text.matches("`kling-build storyboard.yaml --preview").count());
        assert_eq!(commands, 1, "{text}");
    }
}

#[test]
fn a_failed_cut_fails_the_build() {
    let mut summary = summary(4, Vec::new());
    let stays = DamageKind::Stays("damaged, and not movable: read-only file system".into());
    summary.damaged = vec![("dusk".parse().unwrap(), stays)];
    let said = summary.print(false);
    assert!(!said.contains("quarantine") && said.contains("not movable"), "{said}");
    assert!(said.contains("next: make the store readable and writable"), "{said}");
    let (found, to) = (Digest::of(b"x"), "quarantine/file".into());
    let moved = DamageKind::Moved { found, bytes: 1, to };
    summary.damaged = vec![("dusk".parse().unwrap(), moved)];
    assert_eq!(summary.outcome(), BuildOutcome::Failed);
    let said = summary.print(false);
    assert!(said.contains("quarantine") && said.contains("next: run"), "{said}");
    summary.damaged.clear();
    summary.failed_cuts = vec![("whole".parse().unwrap(), "dawn is 720p, harbor 1080p".into())];
    insta::assert_snapshot!(summary.print(false));
    assert_eq!(summary.outcome(), BuildOutcome::Failed);
}

#[test]
fn excess_rows_are_counted_instead_of_printed() {
    let unfinished = (0..9_999).map(|at| blocked(&format!("s{at}"), "first"));
    let first = refused("first", FaultClass::InvalidPrompt, 1001);
    let text = summary(10_000, unfinished.chain([first]).collect()).print(false);
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].ends_with("· 1 refused · 9,999 blocked"), "{}", lines[0]);
    assert!(lines[1].starts_with("  refused  first"), "what matters comes first: {}", lines[1]);
    assert_eq!(lines[21], "  … and 9,980 more; `kling-build status` lists them");
}

#[test]
fn the_last_event_counts_every_take_once() {
    let unfinished = vec![
        refused("a", FaultClass::InvalidPrompt, 1001),
        blocked("b", "a"),
        left("c", End::InDoubt { sent_at: None, detail: String::new() }),
        left("d", End::NotStarted(Halt::OverBudget)),
    ];
    for take in &unfinished {
        assert!(!EndingText::of(&take.end, &|_| id("a")).why.is_empty());
    }
    let event = summary(9, unfinished).event();
    let BuildEvent::BuildFinished { done, failed, in_doubt, blocked, not_started, .. } = event
    else {
        panic!("{event:?}")
    };
    assert_eq!([done, failed, in_doubt, blocked, not_started], [5, 1, 1, 1, 1]);
}
