//! Secrets, in every spelling that the runner hides from a log.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// What the runner puts where a secret was.
const HIDDEN: &str = "***";

#[derive(Debug, Default)]
pub(crate) struct Masks {
    spellings: Vec<String>,
}

impl Masks {
    pub(crate) fn of<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut masks = Self::default();
        secrets.into_iter().for_each(|secret| masks.add(secret));
        masks
    }

    /// The value whole, and each of its lines, as `add-mask` does.
    pub(crate) fn add(&mut self, secret: &str) {
        let lines = secret.lines().map(str::trim);
        for value in std::iter::once(secret)
            .chain(lines)
            .filter(|value| !value.trim().is_empty())
        {
            self.spellings.extend(spellings(value));
        }
        // The longest first: a part of a secret must not break up the whole before it is found.
        self.spellings
            .sort_by_key(|spelling| std::cmp::Reverse(spelling.len()));
        self.spellings.dedup();
    }

    pub(crate) fn apply(&self, text: &str) -> String {
        self.spellings
            .iter()
            .fold(text.to_owned(), |text, spelling| {
                text.replace(spelling, HIDDEN)
            })
    }

    pub(crate) fn hide(&self, secret: &str) -> bool {
        self.spellings.iter().any(|spelling| spelling == secret)
    }

    /// The first spelling of a secret in this text.
    pub(crate) fn find_in(&self, text: &str) -> Option<&str> {
        self.spellings
            .iter()
            .map(String::as_str)
            .find(|spelling| text.contains(spelling))
    }
}

fn spellings(value: &str) -> impl Iterator<Item = String> + use<> {
    let bytes = value.as_bytes();
    let base64 = (0..3)
        .filter_map(|shift| bytes.get(shift..))
        .map(tail_free_base64);
    let json = serde_json::to_string(value).unwrap();
    let written = [
        value.to_owned(),
        value.replace('"', "\\\""),
        json.trim_matches('"').to_owned(),
        percent(value),
        value
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;")
            .replace('\'', "&apos;"),
    ];
    written
        .into_iter()
        .chain(base64.collect::<Vec<_>>())
        .filter(|spelling| !spelling.is_empty())
}

/// Without the characters that depend on what follows the secret, so that it is found inside `user:secret` too.
fn tail_free_base64(bytes: &[u8]) -> String {
    STANDARD.encode(&bytes[..bytes.len() - bytes.len() % 3])
}

fn percent(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    value
        .bytes()
        .map(|byte| {
            if plain(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

#[test]
fn a_secret_is_found_in_every_spelling() {
    let masks = Masks::of(["s3cret\"&more"]);
    for text in [
        "s3cret\"&more",
        "s3cret\\\"&more",
        "s3cret%22%26more",
        "s3cret&quot;&amp;more",
    ] {
        assert_eq!(masks.apply(&format!("<{text}>")), "<***>");
    }
    let basic = ["a", "ab", "abc"].map(|user| STANDARD.encode(format!("{user}:s3cret\"&more")));
    assert!(basic.iter().all(|header| masks.find_in(header).is_some()));
}
