use super::scene::Case;
use super::tool::{Cost, Tool};

pub(super) const HEAD: &str = "\
| image | to | case | tool | wall s | CPU s | peak MB | requests | source MB |\n\
|---|---|---|---|---|---|---|---|---|";

/// A row for each tool, and one that sets ours against the best of the others in each figure.
pub(super) fn rows(image: &str, count: usize, case: Case, costs: &[(Tool, Cost)]) -> String {
    let case = format!("{case:?}").to_lowercase();
    let row = |name: &str, figures: [String; 5]| {
        let figures = figures.join(" | ");
        format!("| {image} | {count} | {case} | {name} | {figures} |")
    };
    let mut rows: Vec<_> = costs
        .iter()
        .map(|(tool, cost)| {
            row(
                tool.name(),
                figures(cost).map(|figure| format!("{figure:.2}")),
            )
        })
        .collect();
    rows.extend(ratios(costs).map(|ratios| row("ours / best", ratios)));
    rows.join("\n")
}

#[allow(clippy::cast_precision_loss)]
fn figures(cost: &Cost) -> [f64; 5] {
    [
        cost.wall.as_secs_f64(),
        cost.cpu.as_secs_f64(),
        cost.memory as f64 / 1e6,
        cost.requests as f64,
        cost.bytes_read as f64 / 1e6,
    ]
}

fn ratios(costs: &[(Tool, Cost)]) -> Option<[String; 5]> {
    let ((_, ours), others) = costs.split_first()?;
    let others: Vec<_> = others.iter().map(|(_, cost)| figures(cost)).collect();
    let ours = figures(ours);
    let best = |place: usize| others.iter().map(|other| other[place]).reduce(f64::min);
    let ratio = |place: usize| {
        let best = best(place)?;
        let ratio = ours[place] / best;
        // Nobody read a byte: there is nothing to compare.
        Some(if best > 0.0 {
            format!("{ratio:.2} ×")
        } else {
            "–".to_owned()
        })
    };
    Some([ratio(0)?, ratio(1)?, ratio(2)?, ratio(3)?, ratio(4)?])
}
