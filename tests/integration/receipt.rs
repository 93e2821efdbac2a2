//! The receipt keeps to its schema whatever becomes of the run, and says what is where.

use serde_json::Value;
use test_registry::{Method, Registry};

use crate::mirror::{Mirror, NAME};

/// Everything wrong with a value; knows the keywords that our schema uses and refuses all others.
fn faults(schema: &Value, value: &Value, path: &str) -> Vec<String> {
    let keywords = schema.as_object().unwrap().iter();
    let faults = keywords.flat_map(|(keyword, rule)| match keyword.as_str() {
        "$schema" | "$id" | "title" | "description" => Vec::new(),
        "type" => fault(!is_of(rule, value), path, rule),
        "const" => fault(rule != value, path, rule),
        "enum" => fault(!rule.as_array().unwrap().contains(value), path, rule),
        "minimum" => fault(
            value.as_f64().is_some_and(|it| it < rule.as_f64().unwrap()),
            path,
            rule,
        ),
        "pattern" => fault(value.as_str().is_some_and(|it| !is_digest(it)), path, rule),
        "required" => {
            let names = rule.as_array().unwrap().iter();
            let missing = names.filter(|name| value.get(name.as_str().unwrap()).is_none());
            missing.map(|name| format!("{path} lacks {name}")).collect()
        }
        "properties" => properties(rule, value, path),
        "items" => {
            let items = value.as_array().into_iter().flatten().enumerate();
            let faults = items.flat_map(|(at, item)| faults(rule, item, &format!("{path}[{at}]")));
            faults.collect()
        }
        unknown => panic!("the schema says {unknown}, which this test can't check"),
    });
    faults.collect()
}

fn fault(wrong: bool, path: &str, rule: &Value) -> Vec<String> {
    wrong
        .then(|| format!("{path} is not {rule}"))
        .into_iter()
        .collect()
}

/// Stricter than a schema: nothing undocumented.
fn properties(rule: &Value, value: &Value, path: &str) -> Vec<String> {
    let fields = value.as_object().into_iter().flatten();
    let check = |(name, field): (&String, &Value)| match rule.get(name) {
        Some(schema) => faults(schema, field, &format!("{path}.{name}")),
        None => vec![format!("{path}.{name} is not documented")],
    };
    fields.flat_map(check).collect()
}

fn is_of(rule: &Value, value: &Value) -> bool {
    let is = |kind: &Value| match kind.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        unknown => panic!("unknown type {unknown}"),
    };
    rule.as_array()
        .map_or_else(|| is(rule), |kinds| kinds.iter().any(is))
}

fn is_digest(text: &str) -> bool {
    let hex = text
        .strip_prefix("sha256:")
        .or_else(|| text.strip_prefix("sha512:"));
    hex.is_some_and(|hex| hex.len() >= 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Runs, checks the receipt against the schema, and gives the exit code and the receipt.
fn receipt(mirror: &Mirror) -> (u8, Value) {
    let schema = include_str!("../../docs/receipt.schema.json");
    let (code, text) = mirror.run();
    let receipt = serde_json::from_str(&mirror.output("receipt")).unwrap();
    let faults = faults(&serde_json::from_str(schema).unwrap(), &receipt, "receipt");
    assert!(faults.is_empty(), "{faults:#?} in {receipt:#} of {text}");
    (code, receipt)
}

fn states(receipt: &Value) -> Vec<&str> {
    let destinations = receipt["destinations"].as_array().unwrap().iter();
    let tags = destinations.flat_map(|it| it["tags"].as_array().unwrap());
    tags.map(|tag| tag["state"].as_str().unwrap()).collect()
}

fn was_only_asked(registry: &Registry) -> bool {
    let journal = registry.journal();
    journal.iter().all(|it| it.method == Method::HEAD)
}

#[test]
fn a_receipt_says_what_was_done_and_what_it_cost() {
    let mirror = Mirror::to_open(2);
    let (code, first) = receipt(&mirror);
    assert_eq!((code, &first["result"]), (0, &"done".into()));
    assert_eq!(states(&first), ["published"; 4]);
    let digest = Value::from(mirror.image.digest().to_string());
    let tag = &first["destinations"][1]["tags"][0];
    assert_eq!((&tag["old"], &tag["new"]), (&Value::Null, &digest));
    assert!(first["destinations"][0]["bytesSent"].as_u64().unwrap() > 1_000_000);
    let (_, second) = receipt(&mirror);
    assert_eq!(states(&second), ["unchanged"; 4]);
    assert_eq!(second["destinations"][0]["requests"], 2);
}

#[test]
fn a_receipt_of_a_failure_says_what_went_back() {
    let mirror = Mirror::to_open(2);
    mirror.destinations[1]
        .on(Method::PUT, "/manifests/v1.2")
        .status(403);
    let (code, receipt) = receipt(&mirror);
    assert_eq!((code, &receipt["result"]), (1, &"failed".into()));
    assert!(states(&receipt).contains(&"moved-back"));
    assert_eq!(states(&receipt)[3], "failed");
    assert_eq!(receipt["failures"][0]["side"], "destination");
}

#[test]
fn a_dry_run_says_how_many_bytes_would_go_and_opens_no_upload() {
    let mirror = Mirror::to_open(2).with("MODE", "dry-run");
    let there = &mirror.image.blobs[1];
    mirror.destinations[1].put_blob(NAME, there.content.clone());
    let (code, receipt) = receipt(&mirror);
    assert_eq!((code, states(&receipt)), (0, vec!["planned"; 4]));
    let bytes = |at: usize| receipt["destinations"][at]["bytesToSend"].as_u64().unwrap();
    assert_eq!(bytes(0), mirror.image.size());
    assert_eq!(bytes(0) - bytes(1), there.descriptor.size);
    assert!(mirror.destinations.iter().all(was_only_asked));
}

#[test]
fn a_check_finds_drift_and_only_asks() {
    let mirror = Mirror::to_open(3);
    mirror.succeeds();
    let mirror = mirror.with("MODE", "check");
    let (code, fine) = receipt(&mirror);
    assert_eq!((code, states(&fine)), (0, vec!["unchanged"; 6]));
    mirror.destinations[0].delete_tag(NAME, "v1");
    let child = mirror.image.manifests[0].descriptor.digest.clone();
    mirror.destinations[2].delete_manifest(NAME, &child);
    mirror.destinations.iter().for_each(Registry::clear_journal);
    let (code, drifted) = receipt(&mirror);
    assert_eq!(
        (code, &drifted["result"]),
        (3, &"drifted".into()),
        "{drifted:#}"
    );
    assert_eq!(mirror.places("failed"), ["0:v1"]);
    let words = drifted["drift"][0].as_str().unwrap();
    assert!(words.contains(&child.to_string()), "{words}");
    assert!(mirror.destinations.iter().all(was_only_asked));
}

#[test]
fn nothing_to_move_has_a_receipt_too() {
    let mut mirror = Mirror::to_open(0).with("SOURCE", "");
    mirror.destinations.clear();
    let (code, receipt) = receipt(&mirror);
    assert_eq!((code, &receipt["source"]), (0, &Value::Null));
}
