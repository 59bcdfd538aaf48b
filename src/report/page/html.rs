//! The gallery: `index.html`, a page to watch a film and its takes.
//!
//! It is self-contained: no network, no script, and it works when opened as a file. Its only source is
//! the manifest, so it is as deterministic as that. Everything in it is escaped by `maud`.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::base::Credits;
use crate::base::text::{clean, clean_lines, count};
use crate::plan::ProviderFamily;
use crate::report::build::manifest::{Manifest, ManifestCut, ManifestScene};
use crate::report::format::text::{bytes, money, seconds, span};

/// The page for a manifest; paths in it are relative to the manifest's folder.
pub fn gallery(manifest: &Manifest) -> String {
    let title = clean(manifest.title.as_deref().unwrap_or(&manifest.storyboard));
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="generator" content="kling-build";
                title { (title) }
                style { (PreEscaped(include_str!("page.css"))) }
            }
            body {
                header {
                    h1 { (title) }
                    p { (clean(&manifest.storyboard)) " · " (overview(manifest)) }
                }
                main {
                    @if !manifest.cuts.is_empty() {
                        h2 { (if manifest.cuts.len() == 1 { "Cut" } else { "Cuts" }) }
                        section class=(if manifest.cuts.len() == 1 { "cuts" } else { "cuts many" }) {
                            @for item in &manifest.cuts { (cut(item, manifest)) }
                        }
                    }
                    h2 { (if manifest.scenes.len() == 1 { "Scene" } else { "Scenes" }) }
                    section class="scenes" {
                        @for item in &manifest.scenes { (scene(item, manifest.provider)) }
                    }
                }
                footer { (total(manifest)) }
            }
        }
    };
    page.into_string() + "\n"
}

fn overview(manifest: &Manifest) -> String {
    let length =
        span(std::time::Duration::from_secs_f64(manifest.seconds().clamp(0.0, 1e9).round()));
    let made_by = match manifest.provider {
        ProviderFamily::Kling => "",
        ProviderFamily::KlingRehearsal => " · a rehearsal, not the film",
        ProviderFamily::Preview | ProviderFamily::Drawn => " · a preview, not the film",
    };
    format!("{}, {length}{made_by}", count(manifest.scenes.len(), "scene"))
}

fn total(manifest: &Manifest) -> String {
    match manifest.provider {
        ProviderFamily::Preview | ProviderFamily::Drawn => {
            "Made by the built-in preview; nothing was paid.".to_string()
        }
        ProviderFamily::KlingRehearsal => {
            let credits = manifest.credits().with_unit();
            format!("Made in a rehearsal; nothing was paid. The film would cost up to {credits}.")
        }
        ProviderFamily::Kling => {
            let takes = count(manifest.take_count(), "take");
            format!("{takes} for up to {}.", money(manifest.credits()))
        }
    }
}

fn cut(cut: &ManifestCut, manifest: &Manifest) -> Markup {
    let first = cut
        .scenes
        .first()
        .and_then(|first| manifest.scenes.iter().find(|scene| scene.scene == *first));
    let poster = first.and_then(|scene| scene.poster.as_deref());
    let size = first.map(|scene| (scene.width, scene.height));
    let scenes: Vec<&str> = cut.scenes.iter().map(|scene| scene.as_str()).collect();
    html! {
        article {
            (video(&cut.path, poster, size))
            div {
                div class="name" {
                    strong { (cut.name) }
                    span class="kind" { (seconds(cut.seconds)) " · " (bytes(cut.bytes)) }
                }
                p class="strip" { (scenes.join(" → ")) }
                @let captions = cut.captions.iter().map(|file| (file, "captions"));
                @let timelines = cut.timelines.iter().map(|file| (file, ending(file)));
                @let beside: Vec<_> = captions.chain(timelines).collect();
                @if !beside.is_empty() {
                    p {
                        @for (number, (file, what)) in beside.iter().enumerate() {
                            @if number > 0 { " · " }
                            a href=(file) { (what) }
                        }
                    }
                }
            }
        }
    }
}

/// What a file's name ends with, without the dot.
fn ending(file: &str) -> &str {
    file.rsplit('.').next().unwrap_or(file)
}

fn scene(scene: &ManifestScene, provider: ProviderFamily) -> Markup {
    let cost = match provider {
        ProviderFamily::Kling => money(scene.credits),
        ProviderFamily::KlingRehearsal => format!("{}, rehearsed", scene.credits.with_unit()),
        ProviderFamily::Preview | ProviderFamily::Drawn => "free".to_string(),
    };
    let shape = match scene.aspect_ratio {
        Some(ratio) => format!("{}, {ratio}", scene.resolution),
        None => scene.resolution.to_string(),
    };
    html! {
        article id=(scene.scene) {
            (video(&scene.video, scene.poster.as_deref(), Some((scene.width, scene.height))))
            div {
                div class="name" {
                    h3 { (scene.scene) }
                    span class="kind" { (scene.scene_type) " · " (seconds(scene.seconds)) }
                }
                @if let Some(prompt) = &scene.prompt {
                    p class="prompt" { (clean_lines(prompt)) }
                }
                dl {
                    @if let Some(label) = &scene.label { (fact("label", html! { (clean(label)) })) }
                    (fact("model", html! { (clean(scene.model.as_str())) }))
                    @if let Some(seed) = scene.seed { (fact("seed", html! { code { (seed) } })) }
                    (fact("requested", html! { (shape) }))
                    (fact("video", html! {
                        (scene.width) " × " (scene.height) ", " (clean(&scene.codec)) ", "
                        (bytes(scene.bytes))
                    }))
                    @if scene.credits > Credits::ZERO || provider == ProviderFamily::Preview {
                        (fact("cost", html! { (cost) }))
                    }
                    @if let Some(task) = &scene.task {
                        (fact("task", html! { code { (clean(task.as_str())) } }))
                    }
                    (fact("take", html! { (scene.take) " · key " code { (scene.key.short()) } }))
                }
            }
        }
    }
}

fn fact(name: &str, value: Markup) -> Markup {
    html! { dt { (name) } dd { (value) } }
}

/// A player that loads nothing until it is started; its box has the right shape from the start.
fn video(path: &str, poster: Option<&str>, size: Option<(u32, u32)>) -> Markup {
    let (width, height) = size.unzip();
    html! {
        video controls playsinline preload="none" src=(path) poster=[poster] width=[width]
            height=[height] {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::manifest;

    #[test]
    fn shows_cuts_scenes_and_what_they_cost() {
        // The style sheet is a file of its own; the rest is written here.
        let page = gallery(&manifest()).replace(include_str!("page.css"), "…");
        insta::assert_snapshot!(page.replace("><", ">\n<"));
    }

    #[test]
    fn storyboard_and_provider_text_is_escaped() {
        let page = gallery(&manifest());
        assert!(!page.contains("<script") && !page.contains("<img"), "{page}");
        assert!(page.contains("&lt;script&gt;alert(&quot;fog&quot;)&lt;/script&gt; &amp; 'rain'"));
        assert!(!page.contains('\u{1b}'));
        for outside in ["http://", "https://", "url(", "@import", "//"] {
            assert!(!page.contains(outside), "the page must stand alone: {outside}");
        }
    }

    #[test]
    fn says_that_a_preview_is_not_the_film() {
        let page = |provider| gallery(&Manifest { provider, ..manifest() });
        assert!(page(ProviderFamily::Preview).contains("a preview, not the film"));
        assert!(page(ProviderFamily::KlingRehearsal).contains("a rehearsal, not the film"));
        assert!(!page(ProviderFamily::Kling).contains("not the film"));
        assert!(page(ProviderFamily::Kling).contains("3 takes for up to 154.5 credits ($0.78)."));
    }
}
