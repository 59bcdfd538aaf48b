//! Commands for the user to paste, in one place so that hints and commands stay consistent.

use crate::base::{ProfileId, SceneId};

/// The storyboard that commands read by default.
const DEFAULT_STORYBOARD: &str = "storyboard.yaml";

/// `kling-build`, a subcommand if any, and the storyboard where it is not the default one.
pub fn command(subcommand: &str, storyboard: &str, rest: &str) -> String {
    let storyboard = if storyboard == DEFAULT_STORYBOARD && !subcommand.is_empty() {
        String::new()
    } else {
        quoted(storyboard)
    };
    let parts = ["kling-build", subcommand, &storyboard, rest];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The two commands that settle a doubt, with the condition for each. `number` distinguishes it
/// from other doubts of its scene.
pub fn settle(storyboard: &str, scene: &SceneId, number: Option<i64>) -> [String; 2] {
    let file = match storyboard {
        DEFAULT_STORYBOARD => String::new(),
        other => format!(" -f {}", quoted(other)),
    };
    let number = number.map_or_else(String::new, |number| format!(" --doubt {number}"));
    let with = |answer: &str| format!("kling-build settle {scene}{file}{number} {answer}");
    [
        format!("look at the provider's log page, then run `{}`,", with("--task ID")),
        format!("or `{}` if it is not there", with("--not-sent")),
    ]
}

/// The command that declares lost the video that a scene has under a profile; with the number of the
/// take if it is another one than the one that the film uses.
pub fn settle_gone(
    storyboard: &str,
    profile: Option<&ProfileId>,
    (scene, take): (&SceneId, Option<u32>),
) -> String {
    let file = match storyboard {
        DEFAULT_STORYBOARD => String::new(),
        other => format!(" -f {}", quoted(other)),
    };
    let profile = profile.map_or_else(String::new, |profile| format!(" --profile {profile}"));
    let take = take.map_or_else(String::new, |take| format!(" --take {take}"));
    format!("kling-build settle {scene}{file}{profile} --gone{take}")
}

/// A text as one word of a shell's command line.
pub fn quoted(word: &str) -> String {
    let word = crate::base::text::clean(word);
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

    #[test]
    fn commands_can_be_pasted() {
        assert_eq!(command("", "storyboard.yaml", ""), "kling-build storyboard.yaml");
        assert_eq!(command("status", "storyboard.yaml", ""), "kling-build status");
        assert_eq!(
            command("plan", "my film's.yaml", "a"),
            r"kling-build plan 'my film'\''s.yaml' a"
        );
        assert_eq!(quoted("$(rm).yaml"), "'$(rm).yaml'");
        let only = settle("film.yaml", &"chase".parse().unwrap(), None);
        assert!(only[0].ends_with("`kling-build settle chase -f film.yaml --task ID`,"));
        assert!(only[1].starts_with("or `kling-build settle chase -f film.yaml --not-sent` "));
        let one = settle("storyboard.yaml", &"chase".parse().unwrap(), Some(7));
        assert!(one[1].starts_with("or `kling-build settle chase --doubt 7 --not-sent` "));
    }
}
