use serde_json::{Value, json};

use super::outputs::Ending;
use super::{Destination, Failure, Report, Row, Side};

/// The version of `docs/receipt.schema.json`: raised by whatever an older reader could not understand.
const SCHEMA: u32 = 1;

impl Report {
    /// The run as JSON for programs, after `docs/receipt.schema.json`.
    pub fn receipt(&self) -> Value {
        json!({
            "schema": SCHEMA,
            "result": self.result_word(),
            "source": self.source,
            "digest": self.digest.as_ref().map(ToString::to_string),
            "seconds": self.elapsed.as_secs_f64(),
            "destinations": self.destinations.iter().map(destination).collect::<Vec<_>>(),
            "failures": self.failures.iter().map(failure).collect::<Vec<_>>(),
            "drift": self.drift,
            "warnings": self.warnings,
        })
    }

    fn result_word(&self) -> &'static str {
        match self.ending() {
            Ending::Done => "done",
            Ending::Failed => "failed",
            Ending::Drifted => "drifted",
            Ending::Cancelled(_) => "cancelled",
        }
    }
}

fn destination(destination: &Destination) -> Value {
    let traffic = &destination.traffic;
    json!({
        "repository": destination.repository.to_string(),
        "tags": destination.rows.iter().map(row).collect::<Vec<_>>(),
        "bytesToSend": destination.to_send,
        "bytesSent": traffic.sent,
        "bytesFound": traffic.found,
        "requests": traffic.requests,
        "retries": traffic.retries,
        "seconds": traffic.elapsed.as_secs_f64(),
    })
}

fn row(row: &Row) -> Value {
    json!({
        "tag": row.tag.as_str(),
        "state": row.state.word(),
        "old": row.old.as_ref().map(ToString::to_string),
        "new": row.new.as_ref().map(ToString::to_string),
    })
}

fn failure(failure: &Failure) -> Value {
    let side = match failure.side {
        Side::Source => "source",
        Side::Destination => "destination",
    };
    json!({
        "side": side,
        "place": failure.place,
        "step": failure.step,
        "cause": failure.cause,
        "remedy": failure.remedy,
    })
}
