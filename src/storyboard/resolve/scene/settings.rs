//! The settings of a clip, each checked against what the model accepts.

use super::fields::{Field, FieldLayer, Fields};
use super::model_choice::{ModelChoice, inputs_in_words};
use crate::base::text::excerpt;
use crate::catalog::{Decimal, Dialect, Model, SceneType, Setting, SettingRange, SettingValue};
use crate::storyboard::film::resolved::ClipSettings;
use crate::storyboard::film::value_origin::SceneField;
use crate::storyboard::scope::values::Scope;
use crate::storyboard::text::suggestions::{choice as either, list};

impl Fields<'_> {
    /// The settings that are written, and those that every request states; `None` after reporting
    /// an error.
    pub(super) fn settings(&mut self, choice: &ModelChoice) -> Option<ClipSettings> {
        let mut settings = ClipSettings::new();
        let mut is_right = true;
        for setting in Setting::ALL {
            match self.setting(*setting, choice) {
                Ok(value) => settings.extend(value.map(|value| (*setting, value))),
                Err(()) => is_right = false,
            }
        }
        is_right.then_some(settings)
    }

    /// A setting; `None` if a request does not state it, an error after reporting one.
    fn setting(
        &mut self,
        setting: Setting,
        choice: &ModelChoice,
    ) -> Result<Option<SettingValue>, ()> {
        let name = SceneField::of_setting(setting);
        let Some(field) = self.pick(name) else {
            return Ok(choice.model.setting(setting).and_then(SettingRange::default));
        };
        let range = match choice.model.setting(setting) {
            Some(range) => range,
            // Its range is not known, and the model has been reported.
            None if !choice.is_right => return Ok(None),
            // A default is for the scenes whose model has it.
            None if field.layer == FieldLayer::Defaults => {
                self.leave(name);
                return Ok(None);
            }
            None => {
                let takes = |model: &Model| model.setting(setting).is_some();
                self.not_taken(&noun_of(setting), choice, field, takes);
                return Err(());
            }
        };
        self.value(setting, range, choice, field).map(Some).ok_or(())
    }

    /// Reads a value; `None` after reporting that the model does not accept it.
    fn value(
        &mut self,
        setting: Setting,
        range: &SettingRange,
        choice: &ModelChoice,
        field: Field,
    ) -> Option<SettingValue> {
        let noun = noun_of(setting);
        let model = &choice.model.id;
        match range {
            SettingRange::Word { words, .. } => {
                let text = self.text(&noun, field.node)?;
                let word = words.iter().find(|word| *word == text.trim());
                if word.is_none() {
                    let message = format!("{noun} cannot be `{}`", excerpt(text.trim()));
                    self.unsuited(
                        "wrong-setting",
                        message,
                        field,
                        format!("write {}", either(words)),
                    );
                }
                word.cloned().map(SettingValue::Text)
            }
            SettingRange::Text { max_chars } => {
                let text = self.text(&noun, field.node)?;
                let text = text.trim();
                let chars = text.chars().count();
                let (message, label) = match chars {
                    0 => (format!("{noun} is empty"), "write what to avoid, or remove the line"),
                    _ if chars > *max_chars => {
                        let message = format!(
                            "{noun} has {chars} characters, but `{model}` accepts {max_chars}"
                        );
                        (message, "shorten it")
                    }
                    _ => return Some(SettingValue::Text(text.to_string())),
                };
                self.unsuited("wrong-setting", message, field, label);
                None
            }
            SettingRange::Number { from, to, step } => {
                let (names, node) = (Some(self.names), field.node);
                let number = self.scope.number(&noun, "a number", node, names, self.findings)?;
                let exact = Decimal::of_f64(number);
                let fits = |number: &Decimal| {
                    (from..=to).contains(&number) && number.is_step(*from, *step)
                };
                let found = exact.filter(fits);
                if found.is_none() {
                    let message = format!("`{model}` does not accept {noun} {number}");
                    let label = format!("write {from} to {to} in steps of {step}");
                    self.unsuited("wrong-setting", message, field, label);
                }
                found.map(SettingValue::Number)
            }
            SettingRange::Switch { .. } => {
                let text = self.text(&noun, field.node)?;
                match text.trim() {
                    "true" => Some(SettingValue::Switch(true)),
                    "false" => Some(SettingValue::Switch(false)),
                    other => {
                        let message = format!("{noun} cannot be `{}`", excerpt(other));
                        self.error("wrong-setting", message, field, "write `true` or `false`");
                        None
                    }
                }
            }
        }
    }

    /// Reports something that the scene's model does not take, with the models that take it.
    pub(super) fn not_taken(
        &mut self,
        what: &str,
        choice: &ModelChoice,
        field: Field,
        takes: impl Fn(&Model) -> bool,
    ) {
        let (scene_type, model) = (choice.scene_type, choice.model);
        let same = self.scope.catalog.with_id(model.id.as_str());
        let mut same = same.filter(|entry| entry.types.contains(&scene_type) && takes(entry));
        if let Some(able) = same.next() {
            let id = &model.id;
            let (message, label) = match model.with.is_empty() {
                true => {
                    let with = inputs_in_words(&able.with);
                    let label = format!("remove it: `{id}` takes it only with {with}");
                    (format!("`{id}` does not take {what} here"), label)
                }
                false => {
                    let with = inputs_in_words(&model.with);
                    let message = format!("`{id}` does not take {what} together with {with}");
                    (message, "remove one of them".to_string())
                }
            };
            return self.unsuited("field-not-taken", message, field, label);
        }
        let models = |dialect: Dialect| {
            let entry = self.scope.whole_catalog.dialect(dialect);
            entry.ids_for(scene_type, &takes)
        };
        let dialect = self.scope.dialect;
        let label = match models(dialect).as_slice() {
            [] => {
                let other = Dialect::ALL.iter().find(|other| !models(**other).is_empty());
                match other {
                    Some(other) => {
                        let able = list(models(*other));
                        format!("remove it, or write `api: {other}`, where these take it: {able}")
                    }
                    None => match other_type(self.scope, scene_type, &takes) {
                        Some(other) => format!("remove it, or write `type: {other}`"),
                        None => "remove it: no model takes it".to_string(),
                    },
                }
            }
            able => format!("remove it; {scene_type} models that take it: {}", list(able)),
        };
        let message = format!("`{}` does not take {what}", choice.model.id);
        self.unsuited("field-not-taken", message, field, label);
    }
}

fn noun_of(setting: Setting) -> String {
    format!("`{setting}`")
}

/// Another type of scene for which some model takes something.
fn other_type(
    scope: &Scope,
    scene_type: SceneType,
    takes: impl Fn(&Model) -> bool,
) -> Option<SceneType> {
    let others = SceneType::ALL.iter().copied().filter(|other| *other != scene_type);
    let mut pairs =
        others.flat_map(|other| Dialect::ALL.iter().map(move |dialect| (other, *dialect)));
    let found = pairs.find(|(other, dialect)| {
        !scope.whole_catalog.dialect(*dialect).ids_for(*other, &takes).is_empty()
    });
    found.map(|found| found.0)
}
