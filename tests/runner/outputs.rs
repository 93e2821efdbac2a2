//! The grammar of `GITHUB_OUTPUT`, as strict as the runner: what it would refuse is a failed test.

use std::collections::BTreeMap;

pub(crate) type Outputs = BTreeMap<String, String>;

pub(crate) fn parse(text: &str) -> Result<Outputs, String> {
    let mut lines = text.split('\n');
    let mut outputs = Outputs::new();
    while let Some(line) = lines.next() {
        if line.is_empty() {
            continue;
        }
        let (key, value) = match (line.find('='), line.find("<<")) {
            (equals, Some(heredoc)) if equals.is_none_or(|equals| heredoc < equals) => {
                let delimiter = &line[heredoc + 2..];
                (&line[..heredoc], until(delimiter, &mut lines)?)
            }
            (Some(equals), _) => (&line[..equals], line[equals + 1..].to_owned()),
            (None, _) => return Err(format!("neither key=value nor key<<delimiter: {line:?}")),
        };
        if key.is_empty() {
            return Err(format!("an output without a name: {line:?}"));
        }
        outputs.insert(key.to_owned(), value);
    }
    Ok(outputs)
}

fn until<'a>(delimiter: &str, lines: &mut impl Iterator<Item = &'a str>) -> Result<String, String> {
    if delimiter.is_empty() {
        return Err("an empty delimiter".to_owned());
    }
    let mut value = Vec::new();
    for line in lines {
        if line == delimiter {
            return Ok(value.join("\n"));
        }
        value.push(line);
    }
    Err(format!("the delimiter {delimiter:?} does not come again"))
}

#[test]
fn outputs_are_read_as_strictly_as_the_runner_reads_them() {
    let outputs = parse("a=1=2\n\nb<<END\none\n\ntwo=2\nEND\nc<<E\nE\n").unwrap();
    assert_eq!(outputs["a"], "1=2");
    assert_eq!(outputs["b"], "one\n\ntwo=2");
    assert_eq!(outputs["c"], "");
    for broken in [
        "words",
        "=value",
        "<<E\nE",
        "a<<\n",
        "a<<E\none",
        "a<<E\none\nE\r\n",
    ] {
        assert!(parse(broken).is_err(), "{broken:?}");
    }
}
