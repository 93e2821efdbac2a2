use std::collections::BTreeMap;
use std::env;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::Value;

use crate::context::World;

/// GitHub sends no larger payload: <https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap>.
const MAX_EVENT: u64 = 25 << 20;
const MAX_DOCKER_CONFIG: u64 = 1 << 20;

/// Reads everything the program knows from outside, once.
pub fn capture() -> World {
    let env: BTreeMap<_, _> = env::vars_os()
        .map(|(name, value)| (lossy(&name), lossy(&value)))
        .collect();
    World {
        event: event(&env),
        docker_config: docker_config(&env),
        env,
        now: Timestamp::now(),
    }
}

fn lossy(text: &OsStr) -> String {
    text.to_string_lossy().into_owned()
}

/// A payload that is missing or broken is none: local runs have none, and no rule depends on it alone.
fn event(env: &BTreeMap<String, String>) -> Value {
    let Some(path) = given(env, "GITHUB_EVENT_PATH") else {
        return Value::Null;
    };
    let text = read(&path, MAX_EVENT);
    let event = text.and_then(|text| serde_json::from_str(&text).map_err(io::Error::from));
    event.unwrap_or_else(|error| {
        log::debug!("no event payload from {}: {error}", path.display());
        Value::Null
    })
}

/// The first of `DOCKER_CONFIG` and `$HOME/.docker` that holds a `config.json`.
fn docker_config(env: &BTreeMap<String, String>) -> Option<String> {
    let set = given(env, "DOCKER_CONFIG");
    let home = given(env, "HOME").map(|home| home.join(".docker"));
    let directories = set.into_iter().chain(home);
    directories
        .map(|directory| directory.join("config.json"))
        .find_map(|path| match read(&path, MAX_DOCKER_CONFIG) {
            Ok(text) => Some(text),
            Err(error) => {
                log::debug!("no docker config from {}: {error}", path.display());
                None
            }
        })
}

fn given(env: &BTreeMap<String, String>, name: &str) -> Option<PathBuf> {
    env.get(name)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

fn read(path: &Path, limit: u64) -> io::Result<String> {
    let mut text = String::new();
    let length = File::open(path)?
        .take(limit + 1)
        .read_to_string(&mut text)?;
    if length as u64 > limit {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("larger than {limit} bytes"),
        ));
    }
    // Windows' editors put a mark in front that JSON does not allow.
    Ok(text.trim_start_matches('\u{feff}').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &Path)]) -> BTreeMap<String, String> {
        let pair = |(name, path): &(&str, &Path)| ((*name).to_owned(), path.display().to_string());
        pairs.iter().map(pair).collect()
    }

    fn directory(name: &str) -> PathBuf {
        let directory = env::temp_dir().join(format!("truxe-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        directory
    }

    #[test]
    fn an_event_that_is_missing_or_broken_is_none() {
        let path = directory("event").join("event.json");
        let read = || event(&env(&[("GITHUB_EVENT_PATH", &path)]));
        assert_eq!(read(), Value::Null);
        std::fs::write(&path, "{").unwrap();
        assert_eq!(read(), Value::Null);
        std::fs::write(&path, "\u{feff}{\"number\":7}").unwrap();
        assert_eq!(read()["number"], 7);
        assert_eq!(event(&BTreeMap::new()), Value::Null);
        assert_eq!(
            super::read(&path, 3).unwrap_err().kind(),
            io::ErrorKind::FileTooLarge
        );
    }

    #[test]
    fn docker_config_before_home_where_there_is_one() {
        let (set, home) = (directory("set"), directory("home"));
        let both = env(&[("DOCKER_CONFIG", &set), ("HOME", &home)]);
        assert_eq!(docker_config(&both), None);
        std::fs::create_dir_all(home.join(".docker")).unwrap();
        std::fs::write(home.join(".docker/config.json"), "home").unwrap();
        assert_eq!(docker_config(&both).as_deref(), Some("home"));
        std::fs::write(set.join("config.json"), "set").unwrap();
        assert_eq!(docker_config(&both).as_deref(), Some("set"));
        assert_eq!(
            docker_config(&env(&[("HOME", &home)])).as_deref(),
            Some("home")
        );
    }
}
