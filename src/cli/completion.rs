//! Completion: what a shell offers for an argument, from the words typed so far.
//!
//! A shell's script runs the program with `KLING_BUILD_COMPLETE` set and the words of the line after
//! `--`. The storyboard is read and resolved, nothing else: no plan, no ledger, no network, and
//! nothing is written. Whatever is wrong, fewer or no candidates are offered, and no message is
//! printed.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, PathCompleter};

use crate::plan::Lock;
use crate::runner::{Options, film_of};
use crate::store::{LocalDisk, read_state};
use crate::storyboard::Film;

/// The variable with which the scripts ask for completions.
pub const VARIABLE: &str = "KLING_BUILD_COMPLETE";
/// The variable in which bash and zsh say which of the words is completed.
const INDEX: &str = "_CLAP_COMPLETE_INDEX";
/// The storyboard of a line that names none.
const STORYBOARD: &str = "storyboard.yaml";
/// The option before a YAML file that is not the storyboard.
const VARIABLES: &str = "--vars";
/// The most candidates that are offered; nobody reads more.
const CANDIDATES_MAX: usize = 1_000;

/// The words that have been typed before the one to complete.
pub struct TypedLine {
    words: Vec<String>,
}

impl TypedLine {
    /// The line that this process was asked to complete.
    fn of_process() -> TypedLine {
        let index = std::env::var(INDEX).ok().and_then(|index| index.parse().ok());
        TypedLine::of(std::env::args_os(), index)
    }

    /// The words after `--`, without the program's name and without the word to complete, which is
    /// the last one if no index says which it is.
    fn of(arguments: impl Iterator<Item = OsString>, index: Option<usize>) -> TypedLine {
        let typed = arguments.skip_while(|argument| argument != "--").skip(1);
        let mut words: Vec<String> = typed.map(|word| word.to_string_lossy().into()).collect();
        words.truncate(index.unwrap_or(words.len().saturating_sub(1)));
        words.drain(..words.len().min(1));
        TypedLine { words }
    }

    /// The values given to an option: `--var a=1`, `--var=a=1`.
    fn values<'l>(&'l self, option: &'l str) -> impl Iterator<Item = &'l str> {
        let after = self.words.iter().zip(self.words.iter().skip(1));
        let apart = after.filter(move |(name, _)| *name == option).map(|(_, value)| &**value);
        let joined = self.words.iter().filter_map(move |word| word.strip_prefix(option));
        apart.chain(joined.filter_map(|rest| rest.strip_prefix('=')))
    }

    /// The storyboard: that of `--file`, else the first YAML file but those of variables.
    pub fn storyboard(&self) -> PathBuf {
        let named = self.values("-f").chain(self.values("--file")).next();
        let before = std::iter::once("").chain(self.words.iter().map(String::as_str));
        let plain = before.zip(&self.words).filter(|(before, _)| *before != VARIABLES);
        let mut plain = plain.map(|(_, word)| word.as_str());
        let found = named.or_else(|| plain.find(|word| is_yaml(Path::new(word))));
        PathBuf::from(found.unwrap_or(STORYBOARD))
    }

    /// The film, as far as it can be resolved.
    pub fn film(&self) -> Option<Film> {
        let pair =
            |text: &str| text.split_once('=').map(|(name, value)| (name.into(), value.into()));
        let options = Options {
            storyboard: self.storyboard(),
            vars: self.values("--var").filter_map(pair).collect(),
            vars_files: self.values(VARIABLES).map(PathBuf::from).collect(),
            ..Options::default()
        };
        film_of(&options, &(Arc::new(LocalDisk) as _))
    }
}

/// Completes a storyboard's path.
pub fn storyboards() -> ArgValueCompleter {
    ArgValueCompleter::new(PathCompleter::any().filter(is_yaml))
}

/// Completes SCENES: names, names without row and variant, and `tag:NAME`.
pub fn selectors() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| offer(current, selectors_in))
}

/// Completes the full name of a single scene.
pub fn scenes() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        offer(current, |film, current| {
            let ids = film.scenes.iter().map(|scene| scene.id.as_str());
            ids.filter(|id| id.starts_with(current)).map(str::to_string).collect()
        })
    })
}

/// Completes the name of a profile.
pub fn profiles() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        offer(current, |film, current| {
            let names = film.profiles.iter().map(|name| name.as_str());
            names.filter(|name| name.starts_with(current)).map(str::to_string).collect()
        })
    })
}

/// Completes a scene of the lock, and after a scene the numbers of its takes.
pub fn takes() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let offered = current.to_str().map(|current| takes_in(&TypedLine::of_process(), current));
        let offered = offered.unwrap_or_default().into_iter().take(CANDIDATES_MAX);
        offered.map(CompletionCandidate::new).collect()
    })
}

/// The takes of the scene that was typed last, else the scenes.
fn takes_in(line: &TypedLine, current: &str) -> Vec<String> {
    let path = line.storyboard().with_extension("lock");
    let bytes = read_state(&LocalDisk, &path).unwrap_or_default();
    let lock = std::str::from_utf8(&bytes).ok().and_then(|text| Lock::parse_both_sides(text).ok());
    let Some((lock, _)) = lock else { return Vec::new() };
    let profile = line.values("--profile").next().and_then(|name| name.parse().ok());
    let scenes = lock.part(profile.as_ref()).scenes;
    let last = line.words.last().and_then(|word| scenes.get(word.as_str()));
    let candidates: Vec<String> = match last {
        Some(scene) => scene.takes.iter().map(|take| take.take.to_string()).collect(),
        None => scenes.keys().map(ToString::to_string).collect(),
    };
    candidates.into_iter().filter(|name| name.starts_with(current)).collect()
}

fn is_yaml(path: &Path) -> bool {
    let extension = path.extension().and_then(OsStr::to_str);
    extension.is_some_and(|extension| ["yaml", "yml"].contains(&extension))
}

/// The candidates that a film has for the current word.
fn offer(current: &OsStr, of: impl Fn(&Film, &str) -> Vec<String>) -> Vec<CompletionCandidate> {
    let film =
        current.to_str().and_then(|current| Some((TypedLine::of_process().film()?, current)));
    let names = film.map(|(film, current)| of(&film, current)).unwrap_or_default();
    names.into_iter().take(CANDIDATES_MAX).map(CompletionCandidate::new).collect()
}

/// The selectors that begin with the current word; rows and variants only where a single scene is
/// left, so that a film of a thousand rows offers its scenes first.
fn selectors_in(film: &Film, current: &str) -> Vec<String> {
    let (sign, name) = match current.strip_prefix('+') {
        Some(name) => ("+", name),
        None => ("", current),
    };
    let ids = || film.scenes.iter().map(|scene| scene.id.as_str());
    let mut names: BTreeSet<&str> = ids().filter_map(|id| id.split('.').next()).collect();
    names.retain(|scene| scene.starts_with(name));
    let mut offered = Vec::new();
    if names.len() <= 1 {
        let more = film.scenes.iter().flat_map(|scene| [scene.base.as_str(), scene.id.as_str()]);
        let known = names.clone();
        names.extend(more.filter(|id| id.starts_with(name) && !known.contains(id)));
    }
    offered.extend(names.into_iter().map(str::to_string));
    let tags: BTreeSet<String> =
        film.scenes.iter().flat_map(|scene| &scene.tags).map(|tag| format!("tag:{tag}")).collect();
    offered.extend(tags.into_iter().filter(|tag| tag.starts_with(name)));
    offered.into_iter().map(|name| format!("{sign}{name}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storyboard::{NoFiles, Overrides, read_with};

    fn line(words: &[&str], index: Option<usize>) -> TypedLine {
        let all = ["kling-build", "--", "kling-build"].iter().chain(words);
        TypedLine::of(all.map(OsString::from), index)
    }

    #[test]
    fn the_storyboard_is_found_on_the_line() {
        let storyboard = |words: &[&str]| line(words, None).storyboard().display().to_string();
        assert_eq!(storyboard(&["film.yaml", "op"]), "film.yaml");
        assert_eq!(storyboard(&["plan", "--vars", "v.yaml", "--json", "film.yml", ""]), "film.yml");
        assert_eq!(storyboard(&["settle", "host", "--file=a.yaml", "x.yaml", ""]), "a.yaml");
        assert_eq!(storyboard(&["settle", "-f", "my film", ""]), "my film");
        assert_eq!(storyboard(&["film.yaml"]), STORYBOARD);
        assert_eq!(storyboard(&[]), STORYBOARD);
        // The cursor may be before other words.
        let middle = line(&["plan", "", "film.yaml"], Some(2));
        assert_eq!(middle.words, ["plan"]);
    }

    #[test]
    fn rows_are_offered_where_one_scene_is_left() {
        let text = "version: 1\nmatrix: { lang: [en, de] }\nscenes:\n  \
                    host: { type: t2v, prompt: \"{{lang}}\", tags: [hero] }\n  \
                    harbor: { type: t2v, prompt: fog }\n  \
                    card: { type: t2v, prompt: \"{{item}}\", for_each: [a, b], tags: \"act1\" }\n";
        let files = std::rc::Rc::new(NoFiles);
        let film = read_with("f.yaml", text.as_bytes(), &Overrides::default(), files).film.unwrap();
        let offered = |current: &str| selectors_in(&film, current).join(" ");
        assert_eq!(offered(""), "card harbor host tag:act1 tag:hero");
        assert_eq!(offered("h"), "harbor host");
        assert_eq!(offered("+ho"), "+host +host.de +host.en");
        assert_eq!(offered("card.a"), "card.a card.a.de card.a.en");
        assert_eq!(offered("tag:h"), "tag:hero");
        assert_eq!(offered("x"), "");
    }
}
