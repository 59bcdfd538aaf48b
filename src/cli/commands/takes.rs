//! The commands about takes: list, pick, pin, reject, note, undo, adopt, reroll.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use super::build;
use crate::base::{Diagnostic, Digest, SceneId, quoted};
use crate::cli::args::build::BuildArgs;
use crate::cli::args::takes::{
    AdoptArgs, FileArgs, NoteArgs, PickArgs, PinArgs, PromoteArgs, RejectArgs, RerollArgs,
    TakesArgs, UndoArgs,
};
use crate::cli::runtime::runtime;
use crate::cli::terminal::print;
use crate::cli::{environment, terminal};
use crate::plan::{Decision, LockRow, TakeRow, names_scene};
use crate::report::{ListedScene, TakePlace, TakesList, count, stale_text};
use crate::runner::{
    DecidedTake, Exit, LockEditor, Options, Refusal, Rolls, Session, SessionAccess, system_clock,
};

/// The storyboard that commands read by default.
const DEFAULT: &str = "storyboard.yaml";
/// How many scenes one thread looks for at least.
const SHARE_MIN: usize = 256;

/// Lists the takes, or writes them as files.
pub fn takes(arguments: &TakesArgs) -> Result<Exit, Refusal> {
    let (storyboard, selectors) = storyboard_and_words(&arguments.file, &arguments.words);
    let access = SessionAccess::ReadOnly;
    let exact = |selector: &String| selector.parse::<SceneId>().is_ok();
    // Exported files of other scenes are kept, so all scenes must be known for that. A name without
    // row and variant may stand for several scenes.
    let is_whole = arguments.export || arguments.file.profile.is_some();
    let wanted = Some(&selectors[..]).filter(|all| !is_whole && all.iter().all(exact));
    let mut editor = open(&storyboard, &arguments.file, wanted, access)?;
    // A list of all takes needs no scene as a whole.
    if selectors.is_empty()
        && !is_whole
        && let Some(rows) = editor.rows()
    {
        return list(arguments, &storyboard, &editor, rows);
    }
    let has_parts = || selectors.iter().any(|name| editor.has_parts(name));
    if wanted.is_some() && (selectors.is_empty() || has_parts()) {
        editor = open(&storyboard, &arguments.file, None, access)?;
    }
    let is_chosen = |scene: &str| {
        selectors.is_empty() || selectors.iter().any(|selector| names_scene(selector, scene))
    };
    let unknown = selectors.iter().find(|selector| {
        editor.scenes().keys().all(|scene| !names_scene(selector, scene.as_str()))
    });
    if let Some(unknown) = unknown {
        editor.scene(unknown)?;
    }
    let chosen = editor.scenes().iter().filter(|(scene, _)| is_chosen(scene.as_str()));
    if !arguments.export {
        let rows = chosen.map(|(id, locked)| LockRow::of(id, locked)).collect();
        return list(arguments, &storyboard, &editor, rows);
    }
    let scenes: BTreeSet<SceneId> = chosen.map(|(scene, _)| scene.clone()).collect();
    let build_dir = build_dir(arguments, &storyboard);
    let (there, missing) = editor.export(&build_dir, &scenes)?;
    let folder = build_dir.join("takes").display().to_string();
    let missing = match missing {
        0 => String::new(),
        more => format!(", {} not on this machine", count(more, "take")),
    };
    terminal::message(format_args!("{} in {folder}{missing}\n", count(there, "take")));
    Ok(Exit::Done)
}

/// The build directory whose files are listed.
fn build_dir(arguments: &TakesArgs, storyboard: &Path) -> PathBuf {
    let build_dir = arguments.build_dir.clone();
    Options { build_dir, ..options(storyboard, &arguments.file) }.output_dir()
}

/// Prints these takes, each with the place of its video.
fn list(
    arguments: &TakesArgs,
    storyboard: &Path,
    editor: &LockEditor,
    rows: Vec<LockRow<'_>>,
) -> Result<Exit, Refusal> {
    let build_dir = build_dir(arguments, storyboard);
    let files = editor.take_files(&build_dir);
    let file = |row: &LockRow<'_>, take: &TakeRow<'_>| {
        let inside = files.of(&row.id, take.take, row.picked == Some(take.take))?;
        // A table has no room for the folder.
        Some(match arguments.json {
            true => build_dir.join(inside).display().to_string(),
            false => inside,
        })
    };
    let files: Vec<Option<String>> = rows
        .iter()
        .flat_map(|row| row.takes.iter().map(move |take| (row, take)))
        .map(|(row, take)| file(row, take))
        .collect();
    let takes = rows.iter().flat_map(|row| &row.takes);
    let held = held_videos(editor, takes.zip(&files).filter(|it| it.1.is_none()).map(|it| it.0));
    let mut files = files.into_iter();
    let scenes = rows.into_iter().map(|row| {
        let place = |(take, file): (&TakeRow<'_>, Option<String>)| match file {
            Some(file) => TakePlace::File(file),
            None if held.contains(&(take.artifact, take.bytes)) => TakePlace::Store,
            None => TakePlace::Missing,
        };
        let places = row.takes.iter().zip(files.by_ref()).map(place).collect();
        ListedScene { row, places }
    });
    let list = TakesList { scenes: scenes.collect() };
    print(&match arguments.json {
        true => list.document(&storyboard.display().to_string()).print(),
        false => list.table(terminal::stdout_color(arguments.color)),
    })
}

/// The videos of takes that the store has. Many takes may show one video, so each is looked for
/// once.
fn held_videos<'r>(
    editor: &LockEditor,
    takes: impl Iterator<Item = &'r TakeRow<'r>>,
) -> HashSet<(Digest, u64)> {
    let distinct: HashSet<(Digest, u64)> = takes.map(|take| (take.artifact, take.bytes)).collect();
    let distinct: Vec<(Digest, u64)> = distinct.into_iter().collect();
    let held = in_parallel(&distinct, |(video, bytes)| editor.has(video, *bytes));
    distinct.into_iter().zip(held).filter(|(_, is_held)| *is_held).map(|(video, _)| video).collect()
}

/// The result for each item, with the work spread over several threads where there is much.
fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = items.len().div_ceil(threads).max(SHARE_MIN);
    std::thread::scope(|scope| {
        let work = &work;
        let running: Vec<_> = items
            .chunks(share)
            .map(|part| scope.spawn(move || part.iter().map(work).collect::<Vec<R>>()))
            .collect();
        let results = running.into_iter();
        results.flat_map(|thread| thread.join().expect("it does not panic")).collect()
    })
}

/// Makes more takes.
pub fn reroll(arguments: &RerollArgs) -> Result<Exit, Refusal> {
    let RerollArgs { count, seed, build } = arguments.clone();
    let build = with_scenes(build, "kling-build reroll SCENES")?;
    if build.planning.preview {
        let reason = Diagnostic::error("preview", "a preview has one take a scene")
            .fix("leave `--preview` out: takes of a preview would not differ");
        return Err(Refusal::usage(reason));
    }
    build::reroll(&build, Rolls { count, seed })
}

/// Makes the finals of drafts.
pub fn promote(arguments: &PromoteArgs) -> Result<Exit, Refusal> {
    let PromoteArgs { from, build } = arguments.clone();
    let build = with_scenes(build, "kling-build promote SCENES")?;
    build::promote(&build, from)
}

/// Build arguments whose first words are scenes, where they do not name the storyboard.
fn with_scenes(mut build: BuildArgs, usage: &str) -> Result<BuildArgs, Refusal> {
    let film = &mut build.planning.film;
    if !is_storyboard(&film.storyboard) {
        let scene = std::mem::replace(&mut film.storyboard, PathBuf::from(DEFAULT));
        build.planning.scenes.scenes.insert(0, scene.display().to_string());
    }
    let scenes = &build.planning.scenes;
    if scenes.scenes.is_empty() && !build.planning.changed && !build.planning.failed {
        let reason = Diagnostic::error("no-scenes", "no scene is named")
            .fix(format!("name the scenes: `{usage}`"));
        return Err(Refusal::usage(reason));
    }
    Ok(build)
}

/// Makes takes the film's.
pub fn pick(arguments: &PickArgs) -> Result<Exit, Refusal> {
    let (storyboard, words) = storyboard_and_words(&arguments.file, &arguments.words);
    let film = options(&storyboard, &arguments.file);
    let pairs = words.chunks(2).map(|pair| match pair {
        [scene, take] => Ok((scene.clone(), Decision::Pick(number(take, scene, &film)?))),
        _ => Err(usage("say which take: `kling-build pick SCENE NUMBER`")),
    });
    decide(&storyboard, &arguments.file, &pairs.collect::<Result<Vec<_>, _>>()?)
}

/// Keeps a take whatever the storyboard says.
pub fn pin(arguments: &PinArgs) -> Result<Exit, Refusal> {
    let (storyboard, words) = storyboard_and_words(&arguments.file, &arguments.words);
    let film = options(&storyboard, &arguments.file);
    let decision = match (arguments.off, words.as_slice()) {
        (true, [scene]) => (scene.clone(), Decision::Unpin),
        (false, [scene]) => (scene.clone(), Decision::Pin(None)),
        (false, [scene, take]) => (scene.clone(), Decision::Pin(Some(number(take, scene, &film)?))),
        _ => return Err(usage("write `kling-build pin SCENE [NUMBER]`, or `pin SCENE --off`")),
    };
    decide(&storyboard, &arguments.file, &[decision])
}

/// Rejects takes.
pub fn reject(arguments: &RejectArgs) -> Result<Exit, Refusal> {
    let (storyboard, words) = storyboard_and_words(&arguments.file, &arguments.words);
    let [scene, takes @ ..] = words.as_slice() else { return Ok(Exit::Usage) };
    if takes.is_empty() {
        return Err(usage("say which takes: `kling-build reject SCENE NUMBER…`"));
    }
    let film = options(&storyboard, &arguments.file);
    let decisions = takes.iter().map(|take| {
        let take = number(take, scene, &film)?;
        let decision = if arguments.off { Decision::Accept(take) } else { Decision::Reject(take) };
        Ok((scene.clone(), decision))
    });
    decide(&storyboard, &arguments.file, &decisions.collect::<Result<Vec<_>, Refusal>>()?)
}

/// Notes something on a take.
pub fn note(arguments: &NoteArgs) -> Result<Exit, Refusal> {
    let (storyboard, words) = storyboard_and_words(&arguments.file, &arguments.words);
    let [scene, take, text @ ..] = words.as_slice() else {
        return Err(usage("write `kling-build note SCENE NUMBER TEXT`"));
    };
    let film = options(&storyboard, &arguments.file);
    let text = Some(text.join(" ")).filter(|text| !text.trim().is_empty());
    decide(
        &storyboard,
        &arguments.file,
        &[(scene.clone(), Decision::Note(number(take, scene, &film)?, text))],
    )
}

/// Takes the latest decision back.
pub fn undo(arguments: &UndoArgs) -> Result<Exit, Refusal> {
    let (storyboard, _) = storyboard_and_words(&arguments.file, &arguments.words);
    let undone = open(&storyboard, &arguments.file, None, SessionAccess::ReadWrite)?.undo()?;
    let now = match undone.picked {
        Some(take) => format!("the film uses take {take}"),
        None => "the film uses none of its takes".to_string(),
    };
    let said = format!("{}: no longer {}; {now}\n", undone.scene, undone.said);
    terminal::message(said);
    Ok(Exit::Done)
}

/// Makes an existing video a take.
pub fn adopt(arguments: &AdoptArgs) -> Result<Exit, Refusal> {
    let (storyboard, words) = storyboard_and_words(&arguments.file, &arguments.words);
    let environment = environment::read(arguments.api_key_file.as_deref())?;
    let options = Options { sends_nothing: true, ..options(&storyboard, &arguments.file) };
    let access = SessionAccess::ReadWrite;
    let session = Session::open(options, environment, system_clock(), access, &mut waiting)?;
    let (scene, adopted) = match (words.as_slice(), &arguments.task) {
        ([scene, file], None) => (scene, session.adopt_file(scene, Path::new(file))?),
        ([scene], Some(task)) => (scene, runtime()?.block_on(session.adopt_task(scene, task))?),
        _ => {
            return Err(usage("write `kling-build adopt SCENE VIDEO`, or `adopt SCENE --task ID`"));
        }
    };
    terminal::message(format_args!(
        "{scene}: adopted as take {}, which the film uses now; nothing was paid\n",
        adopted.number
    ));
    for note in adopted.notes {
        terminal::message(format_args!("  {note}\n"));
    }
    Ok(Exit::Done)
}

fn decide(
    storyboard: &Path,
    file: &FileArgs,
    decisions: &[(String, Decision)],
) -> Result<Exit, Refusal> {
    let wanted: Vec<String> = decisions.iter().map(|(scene, _)| scene.clone()).collect();
    let mut editor = open(storyboard, file, Some(&wanted), SessionAccess::ReadWrite)?;
    let done = editor.decide(decisions)?;
    for DecidedTake { scene, said, stale } in done {
        terminal::message(format_args!(
            "{scene}: {said}\n{}",
            stale_text(&stale, &editor.commands)
        ));
    }
    Ok(Exit::Done)
}

fn open(
    storyboard: &Path,
    file: &FileArgs,
    wanted: Option<&[String]>,
    access: SessionAccess,
) -> Result<LockEditor, Refusal> {
    let (options, environment) = (options(storyboard, file), environment::read(None)?);
    LockEditor::open(&options, wanted, environment, system_clock(), access, &mut waiting)
}

/// The options that choose the film.
fn options(storyboard: &Path, file: &FileArgs) -> Options {
    Options {
        storyboard: storyboard.to_path_buf(),
        profile: file.profile.clone(),
        api: file.api,
        catalog: file.catalog.clone(),
        ..Options::default()
    }
}

fn waiting(holder: &str) {
    terminal::message(format_args!("waiting: {holder}\n"));
}

/// The storyboard, and the words that do not name it.
fn storyboard_and_words(file: &FileArgs, words: &[String]) -> (PathBuf, Vec<String>) {
    match (&file.file, words) {
        (Some(file), words) => (file.clone(), words.to_vec()),
        (None, [first, rest @ ..]) if is_storyboard(Path::new(first)) => {
            (PathBuf::from(first), rest.to_vec())
        }
        (None, words) => (PathBuf::from(DEFAULT), words.to_vec()),
    }
}

/// Whether a word names a storyboard and not a scene: scenes have no such endings.
fn is_storyboard(word: &Path) -> bool {
    word.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

fn number(word: &str, scene: &str, film: &Options) -> Result<u32, Refusal> {
    word.parse().map_err(|_| {
        let what = format!("`{word}` is not the number of a take");
        let takes = film.commands().command("takes", &quoted(scene), "");
        let fix = format!("`{takes}` lists them");
        Refusal::usage(Diagnostic::error("unknown-take", what).fix(fix))
    })
}

fn usage(fix: &str) -> Refusal {
    Refusal::usage(Diagnostic::error("usage", "the arguments do not fit together").fix(fix))
}
