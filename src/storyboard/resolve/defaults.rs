//! Defaults: values for fields that scenes do not set; those of a scene's type override those of
//! all types. Tags are the exception: all of them apply, including the scene's own.

use crate::base::ProfileId;
use crate::catalog::SceneType;
use crate::storyboard::expand::matrix::Variant;
use crate::storyboard::schema::document::{
    AvatarDefaults, I2vDefaults, SceneDefaults, T2vDefaults, WrittenDefaults,
};
use crate::storyboard::schema::reader::read;
use crate::storyboard::schema::written::Written;
use crate::storyboard::scope::findings::Findings;
use crate::storyboard::scope::values::Scope;

/// The defaults of each type.
#[derive(Default)]
pub(in crate::storyboard) struct DefaultsByType {
    pub(super) t2v: TypeDefaults,
    pub(super) i2v: TypeDefaults,
    pub(super) avatar: TypeDefaults,
    /// Stills and cards.
    pub(super) drawn: TypeDefaults,
}

/// The defaults of one type.
#[derive(Default)]
pub(in crate::storyboard) struct TypeDefaults {
    /// The fields.
    pub fields: SceneDefaults,
    /// Whether the model is named for this type only, and so must support it.
    pub names_model: bool,
}

/// The profile that the command line chose.
pub(in crate::storyboard) struct ChosenProfile {
    /// Its name.
    pub name: ProfileId,
    /// The values that override those of scenes and defaults.
    pub values: DefaultsByType,
}

/// The context shared by all scenes.
pub(in crate::storyboard) struct SceneContext<'a> {
    /// Values for fields that scenes do not set.
    pub defaults: DefaultsByType,
    /// The profile, if one is chosen.
    pub profile: Option<ChosenProfile>,
    /// The seed from which automatic seeds are derived.
    pub film_seed: Option<u64>,
    /// The variants of the film.
    pub variants: &'a [Variant],
}

impl DefaultsByType {
    /// Reads the defaults; invalid ones are reported and left out.
    pub fn read(
        scope: &Scope,
        findings: &mut Findings,
        written: &Written<WrittenDefaults>,
    ) -> Self {
        let tree = scope.tree.clone();
        let findings = &mut findings.diagnostics;
        let Some(read_all) = read::<WrittenDefaults>(&tree, written.node, "`defaults`", findings)
        else {
            return DefaultsByType::default();
        };
        let WrittenDefaults { t2v, i2v, avatar, .. } = &read_all.fields;
        let t2v = t2v.and_then(|at| read::<T2vDefaults>(&tree, at.node, "`t2v`", findings));
        let i2v = i2v.and_then(|at| read::<I2vDefaults>(&tree, at.node, "`i2v`", findings));
        let avatar =
            avatar.and_then(|at| read::<AvatarDefaults>(&tree, at.node, "`avatar`", findings));
        let all = read_all.fields.of_all();
        DefaultsByType {
            t2v: TypeDefaults::of(&all, t2v.map(|read| read.fields.into())),
            i2v: TypeDefaults::of(&all, i2v.map(|read| read.fields.into())),
            avatar: TypeDefaults::of(&all, avatar.map(|read| read.fields.into())),
            drawn: TypeDefaults::of(&all, None),
        }
    }

    /// The defaults of a type.
    pub fn of(&self, scene_type: SceneType) -> &TypeDefaults {
        match scene_type {
            SceneType::T2v => &self.t2v,
            SceneType::I2v => &self.i2v,
            SceneType::Avatar => &self.avatar,
            SceneType::Still | SceneType::Card => &self.drawn,
        }
    }
}

impl TypeDefaults {
    /// The values of all types, overridden by those of the type itself.
    pub(super) fn of(all: &SceneDefaults, own: Option<SceneDefaults>) -> Self {
        let own = own.unwrap_or_default();
        TypeDefaults {
            names_model: own.model.is_some(),
            fields: SceneDefaults {
                scene_type: all.scene_type,
                model: own.model.or(all.model),
                prompt: own.prompt.or(all.prompt),
                image: own.image.or(all.image),
                fit: own.fit.or(all.fit),
                voice: own.voice.or(all.voice),
                scratch_voice: all.scratch_voice,
                duration: own.duration.or(all.duration),
                resolution: own.resolution.or(all.resolution),
                aspect_ratio: own.aspect_ratio.or(all.aspect_ratio),
                seed: own.seed.or(all.seed),
                negative_prompt: own.negative_prompt.or(all.negative_prompt),
                cfg_scale: own.cfg_scale.or(all.cfg_scale),
                sound: own.sound.or(all.sound),
                takes: own.takes.or(all.takes),
                tags: all.tags.iter().chain(&own.tags).copied().collect(),
            },
        }
    }
}

impl WrittenDefaults {
    /// The fields for all types.
    fn of_all(&self) -> SceneDefaults {
        SceneDefaults {
            scene_type: self.scene_type,
            model: self.model,
            prompt: self.prompt,
            image: self.image,
            fit: self.fit,
            voice: self.voice,
            scratch_voice: self.scratch_voice,
            duration: self.duration,
            resolution: self.resolution,
            aspect_ratio: self.aspect_ratio,
            seed: self.seed,
            negative_prompt: self.negative_prompt,
            cfg_scale: self.cfg_scale,
            sound: self.sound,
            takes: self.takes,
            tags: self.tags.into_iter().collect(),
        }
    }
}

impl From<T2vDefaults> for SceneDefaults {
    fn from(own: T2vDefaults) -> Self {
        let T2vDefaults {
            model,
            prompt,
            duration,
            resolution,
            aspect_ratio,
            seed,
            negative_prompt,
            cfg_scale,
            sound,
            takes,
            tags,
        } = own;
        let none = SceneDefaults::default();
        let tags = tags.into_iter().collect();
        SceneDefaults {
            model,
            prompt,
            duration,
            resolution,
            aspect_ratio,
            seed,
            negative_prompt,
            cfg_scale,
            sound,
            takes,
            tags,
            ..none
        }
    }
}

impl From<I2vDefaults> for SceneDefaults {
    fn from(own: I2vDefaults) -> Self {
        let I2vDefaults {
            model,
            prompt,
            image,
            fit,
            duration,
            resolution,
            aspect_ratio,
            seed,
            negative_prompt,
            cfg_scale,
            sound,
            takes,
            tags,
        } = own;
        let none = SceneDefaults::default();
        let tags = tags.into_iter().collect();
        SceneDefaults {
            model,
            prompt,
            image,
            fit,
            duration,
            resolution,
            aspect_ratio,
            seed,
            negative_prompt,
            cfg_scale,
            sound,
            takes,
            tags,
            ..none
        }
    }
}

impl From<AvatarDefaults> for SceneDefaults {
    fn from(own: AvatarDefaults) -> Self {
        let AvatarDefaults { model, image, voice, resolution, takes, tags } = own;
        let tags = tags.into_iter().collect();
        SceneDefaults { model, image, voice, resolution, takes, tags, ..SceneDefaults::default() }
    }
}
