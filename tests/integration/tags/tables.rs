//! Several hundred rows, a table a type: what docker/metadata-action gives there.

use truxe_registry_action::tags::Inputs;

use super::{follow, place};

/// Holds a table's rows; its first line says how to read them.
#[track_caller]
fn holds(table: &str, at_least: usize) {
    let rows = table
        .lines()
        .filter(|row| !row.starts_with('#') && !row.is_empty());
    let mut wrong = Vec::new();
    let mut count = 0;
    for row in rows {
        count += 1;
        let cells: Vec<_> = row.split(" | ").collect();
        let (rules, flavor, expected) = match cells[..] {
            [_, rules, expected] => (rules, "", expected),
            [_, rules, flavor, expected] => (rules, flavor, expected),
            _ => panic!("not a row: {row}"),
        };
        let found = tags(cells[0], rules, flavor);
        if found != expected {
            wrong.push(format!("{row}\n  but it gives {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= at_least, "{count} rows are fewer than {at_least}");
}

fn tags(at: &str, rules: &str, flavor: &str) -> String {
    let lines = |text: &str| text.replace(" // ", "\n");
    let inputs = Inputs {
        tags: lines(rules),
        flavor: lines(flavor),
        ..Inputs::default()
    };
    match follow(&inputs, &place(at)) {
        Ok(outputs) if outputs.tag_names.is_empty() => "-".to_owned(),
        Ok(outputs) => outputs.tag_names.replace('\n', " "),
        Err(error) if error.to_string().contains("no registry takes") => "refused".to_owned(),
        Err(_) => "error".to_owned(),
    }
}

macro_rules! tables {
    ($($name:ident, $at_least:literal;)*) => {
        $(
            #[test]
            fn $name() {
                holds(include_str!(concat!("tables/", stringify!($name), ".txt")), $at_least);
            }
        )*
    };
}

tables! {
    edge, 50;
    expressions, 60;
    defaults, 15;
    matching, 40;
    pep440, 60;
    raw, 50;
    reference, 100;
    schedule, 80;
    semver, 80;
    sha, 15;
}
