//! Commands about a film for the user to paste, in one place so that each one chooses the film
//! again as the user chose it.
//!
//! Only what was written on the command line is repeated: the environment and the storyboard apply
//! by themselves.

use super::id::ProfileId;
use super::text::clean;

/// The storyboard that commands read by default.
const DEFAULT_STORYBOARD: &str = "storyboard.yaml";

/// An option that chooses the film, or a value of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilmOption {
    /// `--profile NAME`
    Profile(ProfileId),
    /// `--api DIALECT`
    Api(String),
    /// `--catalog FILE`
    Catalog(String),
    /// `--var NAME=VALUE`
    Var(String),
    /// `--vars FILE`
    Vars(String),
    /// `--allow-outside`
    AllowOutside,
    /// `-o DIR`
    BuildDir(String),
}

/// Writes commands about one film.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilmCommands {
    storyboard: String,
    options: Vec<FilmOption>,
}

impl FilmCommands {
    /// Commands about the film of a storyboard, whose path is written as the user wrote it.
    pub fn new(
        storyboard: impl Into<String>,
        options: impl IntoIterator<Item = FilmOption>,
    ) -> FilmCommands {
        let options = options.into_iter().collect();
        FilmCommands { storyboard: storyboard.into(), options }
    }

    /// A command: `kling-build`, a subcommand unless it builds, the words that it is about, and
    /// flags. Words and flags are written as they are.
    pub fn command(&self, subcommand: &str, words: &str, flags: &str) -> String {
        let is_default = self.storyboard == DEFAULT_STORYBOARD;
        let storyboard = || quoted(&self.storyboard);
        let (before, after) = match subcommand {
            "catalog" => (String::new(), String::new()),
            _ if names_scenes_first(subcommand) => match is_default {
                true => (String::new(), String::new()),
                false => (String::new(), format!("-f {}", storyboard())),
            },
            "reroll" if is_default => (String::new(), String::new()),
            // Without the storyboard, the first word would be taken for it.
            "" => (storyboard(), String::new()),
            _ if is_default && words.is_empty() => (String::new(), String::new()),
            _ => (storyboard(), String::new()),
        };
        let options = self.options.iter().filter(|option| option.is_known_to(subcommand));
        let options: Vec<String> = options.map(FilmOption::print).collect();
        let parts = ["kling-build", subcommand, &before, words, &after, &options.join(" "), flags];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

impl FilmOption {
    fn print(&self) -> String {
        match self {
            FilmOption::Profile(name) => format!("--profile {name}"),
            FilmOption::Api(dialect) => format!("--api {}", quoted(dialect)),
            FilmOption::Catalog(file) => format!("--catalog {}", quoted(file)),
            FilmOption::Var(pair) => format!("--var {}", quoted(pair)),
            FilmOption::Vars(file) => format!("--vars {}", quoted(file)),
            FilmOption::AllowOutside => "--allow-outside".to_string(),
            FilmOption::BuildDir(folder) => format!("-o {}", quoted(folder)),
        }
    }

    /// Whether a subcommand has this option.
    fn is_known_to(&self, subcommand: &str) -> bool {
        match self {
            FilmOption::Catalog(_) => true,
            FilmOption::Profile(_) | FilmOption::Api(_) => subcommand != "catalog",
            FilmOption::Var(_) | FilmOption::Vars(_) => {
                subcommand == "settle" || reads_as_a_build(subcommand)
            }
            FilmOption::AllowOutside => reads_as_a_build(subcommand),
            FilmOption::BuildDir(_) => subcommand == "takes" || reads_as_a_build(subcommand),
        }
    }
}

/// Whether a subcommand's first words are scenes, so that the storyboard follows as an option.
fn names_scenes_first(subcommand: &str) -> bool {
    let all = ["takes", "pick", "pin", "reject", "note", "undo", "adopt", "settle"];
    all.contains(&subcommand)
}

/// Whether a subcommand has all options that a build reads a film with.
fn reads_as_a_build(subcommand: &str) -> bool {
    subcommand != "catalog" && !names_scenes_first(subcommand)
}

/// A text as one word of a shell's command line.
pub fn quoted(word: &str) -> String {
    let word = clean(word);
    let plain = |c: char| c.is_alphanumeric() || "-_./+:@%,=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(storyboard: &str) -> FilmCommands {
        FilmCommands::new(storyboard, [])
    }

    #[test]
    fn commands_can_be_pasted() {
        let default = plain("storyboard.yaml");
        assert_eq!(default.command("", "", ""), "kling-build storyboard.yaml");
        assert_eq!(default.command("status", "", ""), "kling-build status");
        assert_eq!(default.command("plan", "a", ""), "kling-build plan storyboard.yaml a");
        assert_eq!(default.command("pick", "a 2", ""), "kling-build pick a 2");
        assert_eq!(default.command("reroll", "a", ""), "kling-build reroll a");
        let odd = plain("my film's.yaml");
        assert_eq!(odd.command("plan", "a", ""), r"kling-build plan 'my film'\''s.yaml' a");
        assert_eq!(odd.command("takes", "a", ""), r"kling-build takes a -f 'my film'\''s.yaml'");
        assert_eq!(quoted("$(rm).yaml"), "'$(rm).yaml'");
    }

    #[test]
    fn commands_repeat_what_chose_the_film() {
        let chosen = FilmCommands::new(
            "film.yaml",
            [
                FilmOption::Profile("draft".parse().unwrap()),
                FilmOption::Api("jobs".into()),
                FilmOption::Catalog("my models.yaml".into()),
                FilmOption::Var("look=soft light".into()),
                FilmOption::Vars("en.yaml".into()),
                FilmOption::AllowOutside,
                FilmOption::BuildDir("out".into()),
            ],
        );
        let film = "--profile draft --api jobs --catalog 'my models.yaml'";
        let values = "--var 'look=soft light' --vars en.yaml";
        assert_eq!(
            chosen.command("", "a", "--preview"),
            format!("kling-build film.yaml a {film} {values} --allow-outside -o out --preview")
        );
        assert_eq!(
            chosen.command("takes", "a", ""),
            format!("kling-build takes a -f film.yaml {film} -o out")
        );
        assert_eq!(chosen.command("undo", "", ""), format!("kling-build undo -f film.yaml {film}"));
        assert_eq!(
            chosen.command("settle", "a", "--gone"),
            format!("kling-build settle a -f film.yaml {film} {values} --gone")
        );
        assert_eq!(
            chosen.command("catalog", "", ""),
            "kling-build catalog --catalog 'my models.yaml'"
        );
    }
}
