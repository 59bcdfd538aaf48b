//! Missing files: each is reported where its path is written, with a similarly named file.

mod workspace;

use std::fs;

use image::RgbImage;
use workspace::Workspace;

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
    let workspace = Workspace::new(FILM);
    for folder in ["acts", "cast"] {
        fs::create_dir(workspace.path(folder)).unwrap();
    }
    fs::write(workspace.path("acts/one.yaml"), ACT).unwrap();
    RgbImage::new(640, 360).save(workspace.path("cast/noa.jpg")).unwrap();
    let output = workspace.transcript(&["check"]);
    fs::write(workspace.path("cast/noa.wav"), "").unwrap();
    let beside_another_kind = workspace.transcript(&["check"]);
    insta::assert_snapshot!(output);
    assert!(
        !output.contains("noa.wav") && beside_another_kind.contains("did you mean `cast/noa.wav`?")
    );
}
