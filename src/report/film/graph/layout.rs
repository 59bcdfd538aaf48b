//! The layout: a column and a row for each scene, in time linear in scenes and links.
//!
//! The column is the length of the longest path to the scene, so every link leads to the right. A
//! row belongs to one chain: the first scene that follows another stays in its row, each further
//! one starts a row below, so that most links are straight or bend once.

use super::diagram::Diagram;

/// The minimum number of columns for scenes without links.
const LOOSE_COLUMNS: usize = 4;

/// The position of every scene.
pub struct GraphLayout {
    /// Each scene's place, by position.
    pub spots: Vec<GridCell>,
    /// How many columns there are.
    pub columns: usize,
    /// How many rows there are.
    pub rows: usize,
}

/// A scene's place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GridCell {
    /// The column, from 0 on the left.
    pub column: usize,
    /// The row, from 0 at the top.
    pub row: usize,
    /// The scene before it in its row; `None` if the row is empty to the left of it.
    pub before: Option<usize>,
}

impl GraphLayout {
    /// Lays a diagram out.
    pub fn of(diagram: &Diagram) -> GraphLayout {
        let scenes = diagram.boxes.len();
        let mut linked = vec![false; scenes];
        let mut sources: Vec<Vec<(usize, bool)>> = vec![Vec::new(); scenes];
        for arrow in &diagram.arrows {
            linked[arrow.from] = true;
            linked[arrow.to] = true;
            sources[arrow.to].push((arrow.from, arrow.frame.is_some()));
        }
        let mut spots = vec![GridCell::default(); scenes];
        let mut children: Vec<Vec<usize>> = vec![Vec::new(); scenes];
        let mut roots = Vec::new();
        for &scene in &diagram.order {
            let before = sources[scene].iter().map(|source| spots[source.0].column + 1);
            spots[scene].column = before.max().unwrap_or(0);
            // Its row follows the scene whose take it uses, or else the latest before it.
            let leader =
                sources[scene].iter().max_by_key(|source| (source.1, spots[source.0].column));
            match leader {
                Some(leader) => children[leader.0].push(scene),
                None if linked[scene] => roots.push(scene),
                None => {}
            }
        }
        let mut rows = give_rows(&mut spots, &children, &roots);
        let deepest = spots.iter().map(|spot| spot.column + 1).max().unwrap_or(0);
        let loose: Vec<usize> = (0..scenes).filter(|scene| !linked[*scene]).collect();
        let width = deepest.max(LOOSE_COLUMNS).max(loose.len().isqrt().min(12));
        for (at, scene) in loose.iter().enumerate() {
            spots[*scene] = GridCell { column: at % width, row: rows + at / width, before: None };
        }
        rows += loose.len().div_ceil(width.max(1));
        let columns = spots.iter().map(|spot| spot.column + 1).max().unwrap_or(0);
        GraphLayout { spots, columns, rows }
    }
}

/// Walks each tree of leaders depth first, without recursion, because chains can have any length.
fn give_rows(spots: &mut [GridCell], children: &[Vec<usize>], roots: &[usize]) -> usize {
    let mut rows = 0;
    // Each scene with its predecessor, if it continues that one's row.
    let mut open: Vec<(usize, Option<usize>)> =
        roots.iter().rev().map(|root| (*root, None)).collect();
    while let Some((scene, before)) = open.pop() {
        let row = before.map(|before| spots[before].row).unwrap_or_else(|| {
            rows += 1;
            rows - 1
        });
        spots[scene] = GridCell { row, before, ..spots[scene] };
        let heirs = children[scene].iter().enumerate().rev();
        open.extend(heirs.map(|(at, child)| (*child, (at == 0).then_some(scene))));
    }
    rows
}
