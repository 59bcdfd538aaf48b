//! Cut shapes: finds cuts that cannot be joined because their scenes differ in size, as far as the
//! sizes are known before the videos exist.

use super::project::Project;
use crate::base::{Diagnostic, Warning};
use crate::catalog::FrameSize;

/// Warns about cuts that join scenes of different sizes, once for each cut. Clips whose sizes the
/// storyboard alone decides have been compared before; this finds the others, such as avatars, which
/// have the shape of their portraits.
pub fn check_cut_shapes(project: &Project) -> Vec<Diagnostic> {
    let film = &project.film;
    let positions = film.positions();
    let mut warnings = Vec::new();
    for cut in &film.cuts {
        let members = cut.scenes().filter_map(|id| positions.get(id).copied());
        let mut sized = members.filter_map(|at| Some((at, project.size(at)?)));
        let Some((first, size)) = sized.next() else { continue };
        let other = sized.find(|(_, other)| *other != size);
        if let Some((at, other)) = other {
            warnings.push(unlike(project, &cut.id.to_string(), (first, size), (at, other)));
        }
    }
    warnings
}

fn unlike(
    project: &Project,
    cut: &str,
    (first, size): (usize, FrameSize),
    (second, other): (usize, FrameSize),
) -> Diagnostic {
    let (first, second) = (&project.scene(first).id, &project.scene(second).id);
    let what = format!(
        "cut `{cut}` joins `{first}` ({size}) and `{second}`, which will be {other}: it cannot be \
         joined without encoding"
    );
    let mut warning = Diagnostic::warning(Warning::UnlikeCut, what)
        .label("the size of this scene follows its picture")
        .fix("give its picture the shape of the film, or put it in a cut of its own");
    let film = &project.film;
    warning.place = film.place_of(second, "image").or_else(|| film.place_of_scene(second));
    warning
}
