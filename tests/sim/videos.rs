//! Videos and uploaded files: real, reproducible, in parts, without a key.

use std::io::Cursor;

use kling_build::base::Credits;
use kling_build::catalog::FrameSize;
use kling_build::media::probe_video;
use kling_build::sim::SimOptions;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::client::{Stand, dog, instant, read};

async fn video_of(stand: &Stand, body: &Value) -> Vec<u8> {
    let task = stand.task(body).await;
    let response = stand.get(&format!("/videos/{task}.mp4")).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "video/mp4");
    response.bytes().await.unwrap().to_vec()
}

async fn upload(stand: &Stand, name: &str, media_type: &str, bytes: Vec<u8>) -> Value {
    let part = Part::bytes(bytes).file_name("ignored").mime_str(media_type).unwrap();
    let form = Form::new().text("uploadPath", "a/b").text("fileName", name.to_string());
    let url = stand.url("/api/file-stream-upload");
    let request = stand.client.post(url).bearer_auth("k").multipart(form.part("file", part));
    read(request.send().await.unwrap()).await.1
}

fn portrait(width: u32, height: u32) -> Vec<u8> {
    let picture = image::RgbImage::from_pixel(width, height, image::Rgb([200, 80, 40]));
    let mut png = Cursor::new(Vec::new());
    picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
    png.into_inner()
}

/// Seconds of silence, 8,000 samples of 8 bits each.
fn voice(seconds: u32) -> Vec<u8> {
    let data = vec![128; 8_000 * seconds as usize];
    let mut wav = b"RIFF".to_vec();
    wav.extend((36 + data.len() as u32).to_le_bytes());
    wav.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    wav.extend(8_000_u32.to_le_bytes());
    wav.extend(8_000_u32.to_le_bytes());
    wav.extend(b"\x01\0\x08\0data");
    wav.extend((data.len() as u32).to_le_bytes());
    wav.extend(data);
    wav
}

#[tokio::test]
async fn videos_have_the_length_and_size_that_were_asked_for() {
    let stand = Stand::new(instant()).await;
    for (body, size, millis) in [
        (json!({ "prompt": "x" }), (1280, 720), 5_000),
        (json!({ "prompt": "x", "aspectRatio": "9:16", "duration": 10 }), (720, 1280), 10_000),
        (
            json!({ "prompt": "x", "aspectRatio": "1:1", "resolution": "1080p" }),
            (1080, 1080),
            5_000,
        ),
    ] {
        let facts = probe_video(&mut Cursor::new(video_of(&stand, &body).await)).unwrap();
        assert_eq!(facts.size, FrameSize { width: size.0, height: size.1 }, "{body}");
        assert!(facts.millis.abs_diff(millis) <= 42, "{body}: {} ms", facts.millis);
    }
}

#[tokio::test]
async fn the_same_request_gives_the_same_bytes() {
    let (one, two) = (Stand::new(instant()).await, Stand::new(instant()).await);
    let first = video_of(&one, &dog()).await;
    assert!(video_of(&one, &dog()).await == first);
    assert!(video_of(&two, &dog()).await == first);
    let other = json!({ "prompt": "a dog runs along the beach", "seed": 12346 });
    assert!(video_of(&one, &other).await != first);
}

#[tokio::test]
async fn videos_can_be_downloaded_in_parts() {
    let stand = Stand::new(instant()).await;
    let whole = video_of(&stand, &dog()).await;
    let path = format!("/videos/{}.mp4", stand.task(&dog()).await);
    let part = stand.get(&path).header("range", "bytes=100-199").send().await.unwrap();
    assert_eq!(part.status(), 206);
    assert_eq!(part.headers()["content-range"], format!("bytes 100-199/{}", whole.len()));
    let tag = part.headers()["etag"].clone();
    assert_eq!(part.bytes().await.unwrap(), whole[100..200]);

    let rest = stand.get(&path).header("range", "bytes=200-").header("if-range", tag);
    assert_eq!(rest.send().await.unwrap().bytes().await.unwrap(), whole[200..]);
    let other = stand.get(&path).header("range", "bytes=200-").header("if-range", "\"other\"");
    let other = other.send().await.unwrap();
    assert_eq!((other.status().as_u16(), other.bytes().await.unwrap().len()), (200, whole.len()));
    let outside = stand.get(&path).header("range", format!("bytes={}-", whole.len()));
    assert_eq!(outside.send().await.unwrap().status(), 416);
}

#[tokio::test]
async fn download_faults_follow_their_rules() {
    let stand =
        Stand::with_faults(&["dead-url:1", "download-page:2", "cut-download:3", "slow-download:4"])
            .await;
    let path = format!("/videos/{}.mp4", stand.task(&dog()).await);
    let get = || stand.get(&path).send();
    assert_eq!(get().await.unwrap().status(), 404);
    assert!(get().await.unwrap().text().await.unwrap().starts_with("<html>"));
    let cut = get().await.unwrap();
    let length = cut.content_length().unwrap();
    cut.bytes().await.unwrap_err();
    let slow = get().await.unwrap().bytes().await.unwrap();
    assert_eq!(slow.len() as u64, length);
    assert_eq!(get().await.unwrap().bytes().await.unwrap(), slow);
}

#[tokio::test]
async fn a_key_at_a_video_is_a_violation() {
    let stand = Stand::new(instant()).await;
    let path = format!("/videos/{}.mp4", stand.task(&dog()).await);
    assert_eq!(stand.get(&path).bearer_auth("k").send().await.unwrap().status(), 200);
    assert_eq!(stand.sim.records().violations, ["the key was sent to a video's address"]);
}

#[tokio::test]
async fn uploads_become_pictures_and_voices() {
    let stand = Stand::new(instant()).await;
    let picture = portrait(360, 640);
    let answer = upload(&stand, "host.png", "image/png", picture.clone()).await;
    let image = answer["data"]["downloadUrl"].as_str().unwrap().to_string();
    assert_eq!(image, stand.url("/files/a/b/host.png"));
    assert_eq!((&answer["code"], &answer["success"]), (&json!(200), &json!(true)));
    let served = stand.client.get(&image).send().await.unwrap();
    assert_eq!(served.headers()["content-type"], "image/png");
    assert_eq!(served.bytes().await.unwrap(), picture);

    let answer = upload(&stand, "host.wav", "audio/wav", voice(2)).await;
    let voice = answer["data"]["downloadUrl"].as_str().unwrap().to_string();
    let body = json!({ "model": "kling-avatar", "imageUrl": image, "voiceUrl": voice });
    let facts = probe_video(&mut Cursor::new(video_of(&stand, &body).await)).unwrap();
    assert_eq!(facts.size, FrameSize { width: 720, height: 1280 });
    assert!(facts.millis.abs_diff(2_000) <= 42, "{} ms", facts.millis);
    assert_eq!(stand.sim.records().spent, Credits::whole(16));

    let shown = json!({ "prompt": "x", "seed": 12345, "imageUrl": image });
    let elsewhere =
        json!({ "prompt": "x", "seed": 12345, "imageUrl": "https://a.example/host.png" });
    assert!(video_of(&stand, &shown).await != video_of(&stand, &elsewhere).await);
    assert!(stand.sim.records().violations.is_empty());
}

#[tokio::test]
async fn files_that_cannot_be_used_are_refused() {
    let stand = Stand::new(instant()).await;
    let mut half = portrait(360, 640);
    half.truncate(half.len() / 2);
    upload(&stand, "half.png", "image/png", half).await;
    upload(&stand, "text.png", "image/png", b"hello".to_vec()).await;
    upload(&stand, "good.png", "image/png", portrait(360, 640)).await;
    upload(&stand, "noise.wav", "audio/wav", b"hello".to_vec()).await;
    let url = |name: &str| stand.url(&format!("/files/a/b/{name}"));
    for (image, voice, code) in [
        ("half.png", None, 1002),
        ("text.png", None, 1002),
        ("missing.png", None, 1002),
        ("good.png", Some("noise.wav"), 1004),
        ("good.png", Some("missing.wav"), 1004),
    ] {
        let body = match voice {
            None => json!({ "prompt": "x", "imageUrl": url(image) }),
            Some(voice) => {
                json!({ "model": "kling-avatar", "imageUrl": url(image), "voiceUrl": url(voice) })
            }
        };
        let (_, refused) = read(stand.submit(&body).send().await.unwrap()).await;
        assert_eq!(refused["code"], code, "{image} {voice:?}: {refused}");
    }
    let odd = upload(&stand, "../x.png", "image/png", portrait(8, 8)).await;
    assert_eq!((&odd["code"], &odd["success"]), (&json!(400), &json!(false)));
    assert_eq!(stand.sim.records().tasks.len(), 0);
}

#[tokio::test]
async fn old_videos_are_gone() {
    let options = SimOptions { retention: std::time::Duration::ZERO, ..instant() };
    let stand = Stand::new(options).await;
    let task = stand.task(&dog()).await;
    assert_eq!(stand.poll(&task).await.1["data"]["status"], 1);
    assert_eq!(stand.get(&format!("/videos/{task}.mp4")).send().await.unwrap().status(), 404);
}
