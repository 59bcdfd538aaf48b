//! The commands that settle what a build left open, each with the condition for it.

use crate::base::{FilmCommands, SceneId};

/// The two commands that settle a doubt, with the condition for each. `number` distinguishes it
/// from other doubts of its scene.
pub fn settle(commands: &FilmCommands, scene: &SceneId, number: Option<i64>) -> [String; 2] {
    let number = number.map_or_else(String::new, |number| format!("--doubt {number} "));
    let with =
        |answer: &str| commands.command("settle", scene.as_str(), &format!("{number}{answer}"));
    [
        format!("look at the provider's log page, then run `{}`,", with("--task ID")),
        format!("or `{}` if it is not there", with("--not-sent")),
    ]
}

/// The command that declares lost the video that a scene has; with the number of the take if it is
/// another one than the one that the film uses.
pub fn settle_gone(commands: &FilmCommands, (scene, take): (&SceneId, Option<u32>)) -> String {
    let take = take.map_or_else(String::new, |take| format!(" --take {take}"));
    commands.command("settle", scene.as_str(), &format!("--gone{take}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubts_are_settled_in_their_film() {
        let of = |storyboard: &str| FilmCommands::new(storyboard, []);
        let only = settle(&of("film.yaml"), &"chase".parse().unwrap(), None);
        assert!(only[0].ends_with("`kling-build settle chase -f film.yaml --task ID`,"));
        assert!(only[1].starts_with("or `kling-build settle chase -f film.yaml --not-sent` "));
        let one = settle(&of("storyboard.yaml"), &"chase".parse().unwrap(), Some(7));
        assert!(one[1].starts_with("or `kling-build settle chase --doubt 7 --not-sent` "));
    }
}
