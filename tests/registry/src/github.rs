use serde_json::{Value, json};

use crate::registry::Registry;

/// What its GitHub API knows; where it listens, `http://HOST` is the API's address.
impl Registry {
    /// Puts a repository, as the API shows it.
    pub fn put_github_repository(&self, name: &str, repository: Value) {
        self.know(format!("/repos/{name}"), repository);
    }

    /// Puts a commit that was committed then.
    pub fn put_github_commit(&self, repository: &str, sha: &str, date: &str) {
        let person = json!({"name": "Mona", "email": "mona@github.com", "date": date});
        let commit = json!({"sha": sha, "committer": person});
        self.know(format!("/repos/{repository}/git/commits/{sha}"), commit);
    }

    /// Puts how one commit stands to another: `ahead`, `behind`, `identical`, `diverged`.
    pub fn put_github_comparison(&self, repository: &str, base: &str, head: &str, status: &str) {
        let path = format!("/repos/{repository}/compare/{base}...{head}");
        self.know(path, json!({"status": status, "commits": [], "files": []}));
    }

    fn know(&self, path: String, answer: Value) {
        self.server().store().github.insert(path, answer);
    }
}
