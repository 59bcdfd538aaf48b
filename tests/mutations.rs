//! Mutation tests for the simulation: deliberate bugs, put into a copy of the program one at a
//! time. The simulation must catch each one.
//!
//! `cargo test --release --test mutations -- --ignored --nocapture` builds and runs all of them;
//! that takes a while. `BUG='synced|claims'` runs those whose description contains one of the words,
//! and `MUTANTS=folder` builds them in a folder whose dependencies are built already. The quick test,
//! which always runs, only checks that each bug still matches its source file.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A bug: in this file, this text is replaced by that one.
struct Bug {
    what: &'static str,
    file: &'static str,
    text: &'static str,
    becomes: &'static str,
}

/// How many histories must find a bug.
const HISTORIES: u32 = 3_000;

const BUGS: &[Bug] = &[
    Bug {
        what: "a lost answer counts as never sent",
        file: "src/provider/kie/dialect/faults.rs",
        text: "NoAnswer::Lost(words) => Fault::new(FaultClass::Doubt, words),",
        becomes: "NoAnswer::Lost(words) => Fault::new(FaultClass::NotSent, words),",
    },
    Bug {
        what: "a gateway's error page counts as busy",
        file: "src/provider/kie/dialect/faults.rs",
        text: "(401 | 403, _) => Some(FaultClass::Unauthorized),",
        becomes: "(401 | 403, _) => Some(FaultClass::Unauthorized),
        (500..600, _) => Some(FaultClass::Busy),",
    },
    Bug {
        what: "an answer of success without a task counts as a refusal",
        file: "src/provider/kie/dialect/faults.rs",
        text: "(CodeMeaning::Done, None) => Err(doubt(\"the answer says success, but names no task\")),",
        becomes: "(CodeMeaning::Done, None) => Err(fault(FaultClass::Busy, &answer, None)),",
    },
    Bug {
        what: "a doubt is recorded as not accepted",
        file: "src/runner/drive/effects/submit.rs",
        text: "_ => IntentNote::Doubt(&fault),",
        becomes: "_ => IntentNote::NotAccepted(&fault),",
    },
    Bug {
        what: "the task id is not recorded",
        file: "src/runner/drive/effects/submit.rs",
        text: "let mut result = ledger.accept(intent, &task, (self.clock)());",
        becomes: "let mut result: Result<(), crate::store::LedgerError> = Ok(());",
    },
    Bug {
        what: "open tasks are not resumed",
        file: "src/plan/recovery/table.rs",
        text: "Outcome::Open(task) => Some(PaidNotReceived::Open(task)),",
        becomes: "Outcome::Open(_) => None,",
    },
    Bug {
        what: "a doubt is paid over",
        file: "src/plan/recovery/table.rs",
        text: "SubmissionHistory::Doubt(sent_at) => Action::AskDoubt { sent_at },",
        becomes: "SubmissionHistory::Doubt(_) => Action::Generate(GenerateReason::Unknown),",
    },
    Bug {
        what: "what the lock names counts as present",
        file: "src/plan/recovery/evidence.rs",
        text: "self.present = held;",
        becomes: "self.present = held || !held;",
    },
    Bug {
        what: "claims of two processes do not exclude each other",
        file: "src/store/claims.rs",
        text: "self.disk.lock(&self.folder.join(name), note)?",
        becomes: "self.disk.lock(&self.folder.join(format!(\"{name}{:p}\", &self)), note)?",
    },
    Bug {
        what: "an artifact is not synced before it gets its name",
        file: "src/store/objects/local.rs",
        text: "draft.sync()?;",
        becomes: "",
    },
    Bug {
        what: "an artifact's folder is not synced",
        file: "src/store/objects/local.rs",
        text: "self.disk.sync_folder(folder)?;",
        becomes: "",
    },
    Bug {
        what: "the lock is not synced before it gets its name",
        file: "src/store/disk/atomic_file.rs",
        text: "draft.sync()?;",
        becomes: "",
    },
    Bug {
        what: "a download is not checked",
        file: "src/runner/fetch/download.rs",
        text: "check(&mut self.incoming.reopen().map_err(local)?).map_err(|error| {",
        becomes: "Ok::<(), Fault>(()).map_err(|error| {",
    },
    Bug {
        what: "a task that is not shown yet counts as failed",
        file: "src/runner/fetch/task_status.rs",
        text: "Ok(sent.is_some_and(|(at, _)| now.since(at) > retention))",
        becomes: "let _ = (now, retention);
    Ok(sent.is_some())",
    },
    Bug {
        what: "a resumed task is polled at once",
        file: "src/engine/machine/engine.rs",
        text: "self.timers.insert((now + wait, take));",
        becomes: "self.timers.insert((now + wait * 0, take));",
    },
    Bug {
        what: "a video that should be gone is not looked for before it is paid for again",
        file: "src/runner/drive/effects/resolve.rs",
        text: "take.work().perhaps_kept = evidence.perhaps_kept().cloned();",
        becomes: "",
    },
    Bug {
        what: "a renamed scene does not keep what the lock has for it",
        file: "src/plan/rename_search.rs",
        text: "        self.found.moved.insert(name.clone(), scene.at);",
        becomes: "        if scene.at < usize::MAX { return; }
        self.found.moved.insert(name.clone(), scene.at);",
    },
    Bug {
        what: "a renamed scene does not go on with what was sent for it",
        file: "src/plan/rename_search.rs",
        text: "for sent in sent()? {",
        becomes: "for sent in sent()?.into_iter().take(0) {",
    },
    Bug {
        what: "`was` is not looked at",
        file: "src/plan/rename_search.rs",
        text: "let was = scene.was.iter().flat_map(|was| [&was.id, &was.base]);",
        becomes: "let was = scene.was.iter().take(0).flat_map(|was| [&was.id, &was.base]);",
    },
    Bug {
        what: "what may be running under another name is paid again",
        file: "src/plan/rename_search.rs",
        text: "        requests.retain(|sent| sent.rank() == Sent::PENDING);",
        becomes: "        requests.clear();",
    },
    Bug {
        what: "a damaged row of the ledger is passed over",
        file: "src/store/ledger/requests.rs",
        text: "sent.push(read_sent(row).ok_or(LedgerError::DamagedRow(id))?);",
        becomes: "let _damaged = LedgerError::DamagedRow(id);
            sent.extend(read_sent(row));",
    },
    Bug {
        what: "the lock does not carry the entries of renamed scenes over",
        file: "src/plan/renames.rs",
        text: "for (name, at) in &self.moved {",
        becomes: "for (name, at) in self.moved.iter().take(0) {",
    },
    Bug {
        what: "files that a killed build may have placed are forgotten",
        file: "src/store/output_dir.rs",
        text: "self.now.extend(unsure);",
        becomes: "",
    },
    Bug {
        what: "a slot is not held while a task runs",
        file: "src/engine/slots.rs",
        text: "        self.held += usize::from(free);
        free",
        becomes: "        free",
    },
    Bug {
        what: "the budget is not compared with what was committed before",
        file: "src/engine/budget.rs",
        text: "self.budget.is_none_or(|budget| after <= budget)",
        becomes: "self.budget.is_none_or(|budget| amount <= budget)",
    },
    Bug {
        what: "failed attempts are paid for again without leave",
        file: "src/plan/recovery/table.rs",
        text: "Some(latest) if failures.len() > rules.retry_failed as usize => {",
        becomes: "Some(latest) if failures.len() > rules.retry_failed as usize + 1 => {",
    },
    Bug {
        what: "an interrupt does not stop what waits to be sent",
        file: "src/engine/machine/engine.rs",
        text: "if !was_sent && !state.is_ended() {",
        becomes: "if !was_sent && !state.is_ended() && take == usize::MAX {",
    },
    Bug {
        what: "the lock is not written after each take",
        file: "src/runner/drive/lock_updates.rs",
        text: "self.is_stale |= is_new && self.session.lock_path.is_some();",
        becomes: "self.is_stale |= is_new && self.session.lock_path.is_none();",
    },
    Bug {
        what: "the pages are written before the lock, which is forgotten",
        file: "src/runner/publish/steps.rs",
        text: "    context.write_lock()?;
    if extent",
        becomes: "    if extent == Extent::LockOnly {
        context.write_lock()?;
    }
    if extent",
    },
    Bug {
        what: "one denial proves that a video is gone",
        file: "src/runner/drive/effects/resolve.rs",
        text: "if denials.max(broken) >= KEPT_TRIES {",
        becomes: "if denials.max(broken) >= 1 {",
    },
    Bug {
        what: "one answer without a record ends an old task",
        file: "src/runner/fetch/task_status.rs",
        text: "const DENIALS: u32 = 5;",
        becomes: "const DENIALS: u32 = 1;",
    },
    Bug {
        what: "a video that is said to be gone is waited for",
        file: "src/plan/recovery/table.rs",
        text: "outcomes.filter(|outcome| !outcome.task().is_some_and(|task| self.is_gone(task)))",
        becomes: "outcomes.filter(|outcome| {
            !outcome.task().is_some_and(|task| self.is_gone(task) && task.as_str().is_empty())
        })",
    },
    Bug {
        what: "a damaged artifact is copied into the build directory",
        file: "src/store/output_dir.rs",
        text: "damaged.set(!is_intact()?);",
        becomes: "damaged.set(!is_intact()? && name.is_empty());",
    },
    Bug {
        what: "a damaged artifact that a build met stays in the store",
        file: "src/runner/publish/scenes.rs",
        text: "verify(&self.session.home, objects, &digest);",
        becomes: "let _ = (verify, digest);",
    },
    Bug {
        what: "the verification deletes a damaged artifact",
        file: "src/store/objects/verify.rs",
        text: "disk.rename(&from, &to)?;",
        becomes: "disk.remove_file(&from)?;",
    },
    Bug {
        what: "clearing the store removes what a lock names",
        file: "src/store/objects/garbage.rs",
        text: "if uses.of(&digest, makers) || now.since(since) < age {",
        becomes: "if uses.of(&digest, makers) && now.since(since) < age {",
    },
    Bug {
        what: "a salvage leaves out what has finished",
        file: "src/runner/upkeep/salvage.rs",
        text: "_ => SalvageStep::Ask { replaced },",
        becomes: "SubmissionOutcome::Finished { .. } => SalvageStep::Leave,
        _ => SalvageStep::Ask { replaced },",
    },
    Bug {
        what: "a salvage asks about a task again at once",
        file: "src/runner/upkeep/salvage.rs",
        text: "fault.retry_after.unwrap_or(pause).clamp(PAUSE, PAUSE_MAX)",
        becomes: "fault.retry_after.unwrap_or(pause / 10).min(PAUSE_MAX)",
    },
    Bug {
        what: "an upload that has died is sent again",
        file: "src/runner/drive/effects/submit.rs",
        text: "if matches!(fault.class, FaultClass::InvalidImage | FaultClass::InvalidParameters) {",
        becomes: "if fault.class == FaultClass::Forbidden {",
    },
    Bug {
        what: "a video gets its name before the ledger knows it",
        file: "src/runner/fetch/download.rs",
        text: "store.ledger.keep(&key, &take, now).map_err(local)?;",
        becomes: "",
    },
    Bug {
        what: "what a killed build stored is locked before it lasts",
        file: "src/runner/drive/build.rs",
        text: "self.make_reused_durable()?;",
        becomes: "",
    },
    Bug {
        what: "a video that a killed build placed stays when its scene is gone",
        file: "src/store/output_dir.rs",
        text: "true => digest_of(&*self.disk, &path).is_ok_and(|found| found == known.digest),",
        becomes: "true => false,",
    },
    Bug {
        what: "a pick does not reach the lock",
        file: "src/plan/takes/decision.rs",
        text: "    locked.picked = Some(number);\n    let recipe",
        becomes: "    let recipe",
    },
    Bug {
        what: "takes of earlier recipes leave the lock",
        file: "src/runner/publish/lock.rs",
        text: "let mut locked = project.lock.scenes.get(&scene.id).cloned().unwrap_or_default();",
        becomes: "let mut locked = LockedScene::default();",
    },
    Bug {
        what: "a roll that was begun is forgotten and rolled again",
        file: "src/store/ledger/submissions.rs",
        text: "                new.roll,\n",
        becomes: "                false,\n",
    },
    Bug {
        what: "other takes do not reach the lock",
        file: "src/runner/publish/lock.rs",
        text: "for roll in &self.stored.rolls {",
        becomes: "for roll in self.stored.rolls.iter().take(0) {",
    },
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The file that the bug is in, without and with the bug.
fn with_bug(folder: &Path, bug: &Bug) -> (String, String) {
    let text = fs::read_to_string(folder.join(bug.file)).unwrap();
    assert_eq!(text.matches(bug.text).count(), 1, "{}: `{}`", bug.file, bug.text);
    let with_bug = text.replace(bug.text, bug.becomes);
    (text, with_bug)
}

#[test]
fn every_bug_matches_the_source() {
    assert!(BUGS.len() >= 12);
    for bug in BUGS {
        let (text, with_bug) = with_bug(root(), bug);
        assert_ne!(text, with_bug);
    }
}

/// A copy of everything that the simulation is built from.
fn copy() -> PathBuf {
    let folder = root().join("target/mutations");
    let _ = fs::remove_dir_all(folder.join("src"));
    fs::create_dir_all(&folder).unwrap();
    for name in ["Cargo.toml", "Cargo.lock", "src", "schemas", "tests", "benches", "README.md"] {
        let copied = Command::new("cp").arg("-a").arg(root().join(name)).arg(&folder).status();
        assert!(copied.unwrap().success(), "cp {name}");
    }
    folder
}

/// Runs the simulation in a copy and returns what it found, if anything.
fn simulate(folder: &Path) -> Option<String> {
    let release = (!cfg!(debug_assertions)).then_some("--release");
    let target = std::env::var_os("MUTANTS").map_or(folder.join("target"), PathBuf::from);
    let ran = Command::new(env!("CARGO"))
        .args(["test", "--locked", "--test", "simulation"])
        .args(release)
        .args(["--", "--nocapture"])
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target)
        .env("SIMULATE", HISTORIES.to_string())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(said.contains("SIMULATE="), "{}", String::from_utf8_lossy(&ran.stderr));
    let found = said.lines().find(|line| line.starts_with("SIMULATE=1 "));
    assert_eq!(ran.status.success(), found.is_none());
    found.map(str::to_string)
}

#[test]
#[ignore = "builds the program once for each bug"]
fn every_bug_is_caught() {
    let folder = copy();
    let mut missed = Vec::new();
    let wanted = std::env::var("BUG").unwrap_or_default();
    let is_wanted = |bug: &&Bug| wanted.split('|').any(|words| bug.what.contains(words));
    for bug in BUGS.iter().filter(is_wanted) {
        let (text, with_bug) = with_bug(&folder, bug);
        fs::write(folder.join(bug.file), with_bug).unwrap();
        match simulate(&folder) {
            Some(found) => println!("caught: {}\n        {found}", bug.what),
            None => missed.push(bug.what),
        }
        fs::write(folder.join(bug.file), text).unwrap();
    }
    assert!(missed.is_empty(), "not caught: {missed:#?}");
}
