//! The receipt keeps to its schema whatever becomes of the run, and says what is where.

use serde_json::Value;
use test_registry::{Method, Registry};

use crate::mirror::{Mirror, NAME};

/// The schema, made stricter than readers need: nothing undocumented.
fn strict_schema() -> Value {
    let text = include_str!("../../docs/receipt.schema.json");
    let mut schema = serde_json::from_str(text).unwrap();
    close(&mut schema);
    schema
}

fn close(schema: &mut Value) {
    let Some(keywords) = schema.as_object_mut() else {
        return;
    };
    keywords.values_mut().for_each(close);
    if keywords.get("type") == Some(&"object".into()) {
        keywords.insert("additionalProperties".to_owned(), false.into());
    }
}

/// Runs, checks the receipt against the schema, and gives the exit code and the receipt.
fn receipt(mirror: &Mirror) -> (u8, Value) {
    let (code, text) = mirror.run();
    let receipt = serde_json::from_str(&mirror.output("receipt")).unwrap();
    let schema = jsonschema::draft202012::new(&strict_schema()).unwrap();
    let faults: Vec<_> = schema
        .iter_errors(&receipt)
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{faults:#?} in {receipt:#} of {text}");
    (code, receipt)
}

#[test]
fn a_schema_that_is_closed_takes_nothing_undocumented() {
    let schema = jsonschema::draft202012::new(&strict_schema()).unwrap();
    let mirror = Mirror::to_open(1);
    let (_, fine) = receipt(&mirror);
    let with = |pointer: &str, value: Value| {
        let mut receipt = fine.clone();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        receipt.pointer_mut(parent).unwrap()[name] = value;
        schema.is_valid(&receipt)
    };
    assert!(with("/result", "failed".into()));
    assert!(!with("/extra", 1.into()));
    assert!(!with("/destinations/0/extra", 1.into()));
    assert!(!with("/destinations/0/tags/0/new", "sha1:ab".into()));
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
