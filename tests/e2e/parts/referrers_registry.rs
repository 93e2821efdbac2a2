//! A registry with the Referrers API: go-containerregistry's own, in plain HTTP. `tests/all` builds it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

pub(crate) struct ReferrersRegistry {
    host: String,
    server: Child,
}

impl ReferrersRegistry {
    pub(crate) fn start() -> Self {
        let mut server = Command::new("referrers-registry")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("referrers-registry: {error}; tests/all builds it"));
        let mut said = String::new();
        let mut output = BufReader::new(server.stdout.take().unwrap());
        output.read_line(&mut said).unwrap();
        let host = said.trim().to_owned();
        Self { host, server }
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }
}

impl Drop for ReferrersRegistry {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
