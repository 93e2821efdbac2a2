//! GitHub's API, by octocrab: what the event does not say of the repository and its commits.
//!
//! Nothing is asked, and no client is built, before a value is wanted. Other rooms see neither octocrab nor JSON.

mod error;

use std::time::Duration;

use jiff::Timestamp;
use octocrab::service::middleware::retry::RetryConfig;
use octocrab::{Octocrab, OctocrabBuilder};
use reqwest::header::USER_AGENT;
use reqwest::redirect;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::timeout;
use url::form_urlencoded::byte_serialize;

use crate::context::{Details, Repository};
pub use error::{Error, Kind};

/// Decoration must not hold up a run for long.
const PATIENCE: Duration = Duration::from_secs(20);
const RETRIES: usize = 2;

/// GitHub's API, for one repository.
pub struct GitHub {
    client: Octocrab,
    /// Where the API is, as messages name it.
    api_url: String,
    repository: Repository,
}

/// How a commit stands to another one, in the words of the API.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Comparison {
    /// It has everything the other one has, and more.
    Ahead,
    /// The other one has everything it has, and more.
    Behind,
    /// Both are the same commit.
    Identical,
    /// Each has something the other one lacks.
    Diverged,
}

impl GitHub {
    /// The API at `api_url` (`GITHUB_API_URL`), asked as the owner of the token (`github-token`), or as nobody.
    ///
    /// Proxies and certificates come from the environment, as for registries. Needs tokio's runtime.
    pub fn new(
        api_url: &str,
        token: Option<&SecretString>,
        repository: Repository,
    ) -> Result<Self, Error> {
        let failed = |kind| Error::new(api_url, "starting the client", kind);
        // octocrab follows redirects itself, and takes the token off where they lead elsewhere.
        let http = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(PATIENCE)
            .build()
            .map_err(|error| failed(Kind::unreachable(&error)))?;
        let client = OctocrabBuilder::default()
            .base_uri(api_url)
            .map_err(|_| failed(Kind::Address))?
            .add_retry_config(RetryConfig::Simple(RETRIES))
            .add_header(USER_AGENT, env!("CARGO_PKG_NAME").to_owned());
        let client = match token.map(ExposeSecret::expose_secret) {
            // octocrab panics over a token that can't be a header.
            Some(token) if token.bytes().all(|byte| byte.is_ascii_graphic()) => {
                client.personal_token(token)
            }
            Some(_) => return Err(failed(Kind::Token)),
            None => client,
        };
        Ok(Self {
            client: client
                .build_with_reqwest(http)
                .map_err(|error| failed(error.into()))?,
            api_url: api_url.to_owned(),
            repository,
        })
    }

    /// Name, description, licence, default branch and page of the repository.
    pub async fn details(&self) -> Result<Details, Error> {
        let repository: Value = self.get("the repository", "").await?;
        Ok(Details::of(&repository))
    }

    /// When this commit was committed. `sha` is the whole one.
    pub async fn commit_date(&self, sha: &str) -> Result<Timestamp, Error> {
        #[derive(Deserialize)]
        struct Commit {
            committer: Committer,
        }
        #[derive(Deserialize)]
        struct Committer {
            date: Timestamp,
        }
        let path = format!("/git/commits/{}", escape(sha));
        let commit: Commit = self.get(&format!("commit {sha}"), &path).await?;
        Ok(commit.committer.date)
    }

    /// How `head` stands to `base`: `Ahead` if `base` is an ancestor of `head`, `Behind` if it is the other way round.
    ///
    /// Both are commits (or branches, or tags) of this repository; one that it does not know is [`Kind::NotFound`].
    pub async fn compare(&self, base: &str, head: &str) -> Result<Comparison, Error> {
        #[derive(Deserialize)]
        struct Answer {
            status: Comparison,
        }
        // Only the status counts: the second page lists no files.
        let path = format!(
            "/compare/{}...{}?per_page=1&page=2",
            escape(base),
            escape(head)
        );
        let answer: Answer = self
            .get(&format!("how {head} follows {base}"), &path)
            .await?;
        Ok(answer.status)
    }

    async fn get<T: serde::de::DeserializeOwned>(
        &self,
        what: &str,
        path: &str,
    ) -> Result<T, Error> {
        let Repository { owner, name } = &self.repository;
        let route = format!("/repos/{}/{}{path}", escape(owner), escape(name));
        let failed = |kind| Error::new(&self.api_url, &format!("asking for {what}"), kind);
        match timeout(PATIENCE, self.client.get(route, None::<&()>)).await {
            Ok(answer) => answer.map_err(|error| failed(error.into())),
            Err(_) => Err(failed(Kind::TimedOut(PATIENCE))),
        }
    }
}

/// A name as one segment of a path.
fn escape(name: &str) -> String {
    byte_serialize(name.as_bytes()).collect()
}
