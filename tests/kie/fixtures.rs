//! Fixtures for the provider's tests: a key, a provider for a base, and orders.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use kling_build::base::Fault;
use kling_build::catalog::{
    AspectRatio, Dialect, InputRole, InputSlot, ModelId, Resolution, SceneType,
};
use kling_build::plan::{ProviderFamily, Recipe};
use kling_build::provider::kie::{KieConfig, KieProvider, Timeouts};
use kling_build::provider::{Asset, Order, Provider, TaskResult};
use kling_build::store::LocalDisk;
use kling_build::storyboard::ClipSettings;

/// The key that must not appear anywhere.
pub const KEY: &str = "sk-test-5f1c9e77d0";

/// A provider whose API and upload service are at `base`. Its timeouts are long enough for any
/// answer on a busy machine.
pub fn provider(base: &str) -> KieProvider {
    let timeouts = Timeouts { resume_pause: Duration::from_millis(1), ..Timeouts::default() };
    with_timeouts(base, timeouts)
}

/// A provider with short timeouts, for servers that are silent on purpose.
pub fn hasty_provider(base: &str) -> KieProvider {
    let soon = Duration::from_millis(300);
    let timeouts = Timeouts {
        submit: soon,
        status: soon,
        download_stall: soon,
        resume_pause: Duration::from_millis(1),
        ..Timeouts::default()
    };
    with_timeouts(base, timeouts)
}

/// A provider with these timeouts.
pub fn with_timeouts(base: &str, timeouts: Timeouts) -> KieProvider {
    let mut config = KieConfig::from_values(Some(base), None, &KEY.into(), Dialect::Kling).unwrap();
    config.timeouts = timeouts;
    KieProvider::new(config, Arc::new(LocalDisk)).unwrap()
}

/// A text-to-video order.
pub fn t2v(prompt: &str) -> Order {
    let recipe = Recipe {
        family: ProviderFamily::KlingRehearsal,
        scene_type: SceneType::T2v,
        model: ModelId::new("kling-2-5-turbo"),
        prompt: Some(prompt.into()),
        duration: Some(5),
        resolution: Resolution::P720,
        aspect_ratio: Some(AspectRatio::WIDE),
        seed: Some(45678),
        salt: None,
        adopted: None,
        settings: ClipSettings::new(),
        shots: Vec::new(),
        elements: Vec::new(),
        inputs: BTreeMap::new(),
        preview: None,
        drawing: None,
        narrator: None,
        fits: Default::default(),
    };
    Order { recipe, inputs: BTreeMap::new(), callback: None }
}

/// An image-to-video order.
pub fn i2v(prompt: &str, image: &str) -> Order {
    let mut order = t2v(prompt);
    order.recipe.scene_type = SceneType::I2v;
    order.inputs.insert(InputSlot::only(InputRole::Image), Asset::Url(image.into()));
    order
}

/// An order for a talking head.
pub fn avatar(image: &str, voice: &str) -> Order {
    let mut order = i2v("", image);
    order.recipe = Recipe {
        scene_type: SceneType::Avatar,
        model: ModelId::new("kling-avatar"),
        prompt: None,
        duration: None,
        aspect_ratio: None,
        seed: None,
        ..order.recipe
    };
    order.inputs.insert(InputSlot::only(InputRole::Voice), Asset::Url(voice.into()));
    order
}

/// Downloads from a URL.
pub async fn fetch(provider: &KieProvider, url: &str) -> Result<Vec<u8>, Fault> {
    let result = TaskResult { video_url: url.into(), completed: None };
    let mut bytes = Vec::new();
    provider.fetch(&t2v("x"), &result, &mut bytes).await.map(|()| bytes)
}

/// A fault on one line, for snapshots.
pub fn line(fault: &Fault) -> String {
    let wait = fault.retry_after.map_or(String::new(), |wait| format!(" (wait {wait:?})"));
    let code = fault.code.map_or("-".to_string(), |code| code.to_string());
    format!("{:?} {code}{wait}: {}", fault.class, fault.message)
}
