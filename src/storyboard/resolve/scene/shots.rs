//! The shots of a clip: what each shows and how long it is, within what the model accepts.

use super::elements::counted_chars;
use super::fields::Fields;
use super::model_choice::ModelChoice;
use crate::base::text::{count, excerpt};
use crate::base::{Diagnostic, Warning};
use crate::catalog::{InputRole, Model, Setting, SettingValue, ShotLimits};
use crate::storyboard::film::resolved::{Clip, ClipShot};
use crate::storyboard::film::value_origin::SceneField;
use crate::storyboard::schema::input_forms::WrittenShot;
use crate::storyboard::schema::reader::{ReadMap, read};
use crate::storyboard::schema::written::Written;
use crate::storyboard::text::suggestions::list;
use crate::storyboard::text::written_seconds;
use crate::storyboard::text::written_seconds::{SECONDS, without_unit};
use crate::storyboard::text::yaml::tree::NodeId;

impl Fields<'_> {
    /// The shots; empty if none are written, `None` after reporting an error.
    pub(super) fn shots(&mut self, choice: &ModelChoice) -> Option<Vec<ClipShot>> {
        let Some(field) = self.pick(SceneField::Shots) else { return Some(Vec::new()) };
        let items = self.scope.list("`shots`", field.node, self.findings)?;
        if items.is_empty() {
            self.error("no-shots", "`shots` is empty", field, "list shots, or remove the line");
            return None;
        }
        // The limits of a model that is wrong are not known; the model has been reported.
        let limits = match &choice.model.shots {
            Some(limits) => limits,
            None if !choice.is_right => return None,
            None => {
                self.not_taken("`shots`", choice, field, |model| model.shots.is_some());
                return None;
            }
        };
        let model = &choice.model.id;
        if items.len() > limits.number {
            let message = format!(
                "scene `{}` has {}, but `{model}` accepts {}",
                self.names.full(),
                count(items.len(), "shot"),
                limits.number
            );
            self.unsuited("too-many-shots", message, field, "split the scene, or join shots");
            return None;
        }
        let shots: Vec<Option<ClipShot>> =
            items.into_iter().map(|item| self.shot(item, limits, choice)).collect();
        let shots = shots.into_iter().collect::<Option<Vec<ClipShot>>>()?;
        self.fit_together(limits, choice).then_some(shots)
    }

    /// One shot; `None` after reporting an error.
    fn shot(
        &mut self,
        node: NodeId,
        limits: &ShotLimits,
        choice: &ModelChoice,
    ) -> Option<ClipShot> {
        let tree = self.scope.tree.clone();
        let read = read::<WrittenShot>(&tree, node, "a shot", &mut self.findings.diagnostics)?;
        let prompt = self.shot_prompt(&read, node, limits, choice);
        let seconds = self.shot_seconds(&read, node, limits, choice);
        prompt.zip(seconds).map(|(prompt, seconds)| ClipShot { prompt, seconds })
    }

    fn shot_prompt(
        &mut self,
        read: &ReadMap<WrittenShot>,
        node: NodeId,
        limits: &ShotLimits,
        choice: &ModelChoice,
    ) -> Option<String> {
        let Some(Written { node, .. }) = read.fields.prompt else {
            return self.part_lacks(
                ("a shot", &read.meant),
                "prompt",
                node,
                "add `prompt:`: describe the shot",
            );
        };
        let prompt = self.text("`prompt`", node)?.trim().to_string();
        let chars = counted_chars(&prompt, &self.element_names);
        let most = limits.prompt_max_chars;
        if chars == 0 {
            self.findings.error("empty-prompt", "the shot's prompt is empty", node, "describe it");
            return None;
        }
        if chars > most {
            let model = &choice.model.id;
            let message =
                format!("the shot's prompt has {chars} characters, but `{model}` accepts {most}");
            let label = format!("shorten it by {}", count(chars - most, "character"));
            self.findings.error("prompt-too-long", message, node, label);
            return None;
        }
        Some(prompt)
    }

    fn shot_seconds(
        &mut self,
        read: &ReadMap<WrittenShot>,
        node: NodeId,
        limits: &ShotLimits,
        choice: &ModelChoice,
    ) -> Option<u32> {
        let Some(Written { node, .. }) = read.fields.seconds else {
            return self.part_lacks(
                ("a shot", &read.meant),
                "seconds",
                node,
                "add `seconds:` with its length",
            );
        };
        let text = self.text("`seconds`", node)?;
        let (least, most) = limits.seconds;
        let number = without_unit(&text, &SECONDS);
        if number.parse::<f64>().is_err() {
            let message = format!("`seconds` must be a number, not `{}`", excerpt(&text));
            self.findings.error("wrong-type", message, node, written_seconds::advice(&text));
            return None;
        }
        let seconds = number.parse::<u32>().ok();
        let seconds = seconds.filter(|seconds| (least..=most).contains(seconds));
        if seconds.is_none() {
            let model = &choice.model.id;
            let message = format!("`{model}` cannot make a shot of {} s", excerpt(text.trim()));
            let label = format!("write a whole number from {least} to {most}");
            self.findings.error("wrong-duration", message, node, label);
        }
        seconds
    }

    /// Whether the scene has no input that the model refuses together with shots; reports it.
    fn fit_together(&mut self, limits: &ShotLimits, choice: &ModelChoice) -> bool {
        let mut fits = true;
        for role in &limits.excludes {
            let Some(field) = self.pick(SceneField::of_input(*role)) else { continue };
            let able = |model: &Model| takes_both(model, choice, *role);
            let able = list(self.scope.catalog.ids_for(choice.scene_type, able));
            let other = if able.is_empty() { able } else { format!("; these take both: {able}") };
            let message = format!("`{}` takes no `{role}` together with `shots`", choice.model.id);
            self.unsuited("fields-exclude", message, field, format!("remove one of them{other}"));
            fits = false;
        }
        fits
    }

    /// Warns of shots without sound where the documentation is not clear about them.
    pub(super) fn note_silent_shots(&mut self, choice: &ModelChoice, clip: &Clip) {
        let wants_sound = choice.model.shots.as_ref().is_some_and(|limits| limits.wants_sound);
        let is_silent = clip.settings.get(&Setting::Sound) == Some(&SettingValue::Switch(false));
        let Some(field) = self.pick(SceneField::Shots).filter(|_| wants_sound && is_silent) else {
            return;
        };
        let message = format!(
            "scene `{}` has shots without sound, which `{}` may refuse",
            self.names.full(),
            choice.model.id
        );
        let warning = Diagnostic::warning(Warning::SilentShots, message)
            .at(self.scope.tree.place(field.node))
            .label("add `sound: true`, at its price; a refusal would cost nothing");
        self.findings.add(warning);
    }
}

fn takes_both(model: &Model, choice: &ModelChoice, role: InputRole) -> bool {
    model.sends(choice.scene_type, role.as_str())
        && model.shots.as_ref().is_some_and(|limits| !limits.excludes.contains(&role))
}
