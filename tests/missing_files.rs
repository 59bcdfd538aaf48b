//! Missing files: each is reported where its path is written, with the file that was meant.

mod desk;

use std::fs;

use desk::Desk;
use image::RgbImage;

const FILM: &str = "\
version: 1
include: [acts/one.yaml]
preview: { fonts: [fonts/near.otf, fonts/far.ttf] }
characters: { mia: { description: tall, image: cast/mia.png } }
defaults: { avatar: { image: cast/noah.jpg } }
scenes:
  dawn: { type: t2v, prompt: \"fog, {{mia}}\" }
  last: { type: i2v, prompt: fog, image: dawn }
  walk: { type: i2v, prompt: fog, image: { character: mia } }
  talk: { type: avatar, voice: cast/noa.mp3 }
  card: { type: i2v, prompt: fog, image: \"cast/{{item}}.jpg\", for_each: [noa, tom] }
";

const ACT: &str = "\
scenes:
  open: { type: i2v, prompt: fog, image: mia.png }
  shut: { type: i2v, prompt: fog, image: ../cast/noa.jpg }
";

#[test]
fn missing_files_point_at_their_uses() {
    let desk = Desk::new(FILM);
    for folder in ["acts", "cast"] {
        fs::create_dir(desk.path(folder)).unwrap();
    }
    fs::write(desk.path("acts/one.yaml"), ACT).unwrap();
    RgbImage::new(640, 360).save(desk.path("cast/noa.jpg")).unwrap();
    let output = desk.told(&["check"]);
    fs::write(desk.path("cast/noa.wav"), "").unwrap();
    let beside_another_kind = desk.told(&["check"]);
    insta::assert_snapshot!(output);
    assert!(
        !output.contains("noa.wav") && beside_another_kind.contains("did you mean `cast/noa.wav`?")
    );
}
