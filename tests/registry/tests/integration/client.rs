use std::time::Duration;

use bytes::Bytes;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use test_registry::{Digest, Registry};

/// A client that does nothing by itself.
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    authorization: Option<String>,
}

/// What came back; the body may have broken off.
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: reqwest::header::HeaderMap,
    pub(crate) body: Result<Bytes, reqwest::Error>,
}

pub(crate) fn plain() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .redirect(reqwest::redirect::Policy::none())
}

impl Client {
    pub(crate) fn of(registry: &Registry) -> Self {
        Self::at(&format!("http://{}", registry.host()), plain())
    }

    pub(crate) fn at(base: &str, http: reqwest::ClientBuilder) -> Self {
        Self {
            http: http.build().unwrap(),
            base: base.to_owned(),
            authorization: None,
        }
    }

    pub(crate) fn bearing(mut self, token: &str) -> Self {
        self.authorization = Some(format!("Bearer {token}"));
        self
    }

    pub(crate) fn request(&self, method: Method, target: &str) -> RequestBuilder {
        let url = if target.starts_with("http") {
            target.to_owned()
        } else {
            format!("{}{target}", self.base)
        };
        let request = self.http.request(method, url);
        match &self.authorization {
            Some(value) => request.header("authorization", value),
            None => request,
        }
    }

    pub(crate) async fn get(&self, target: &str) -> Answer {
        send(self.request(Method::GET, target)).await
    }

    pub(crate) async fn head(&self, target: &str) -> Answer {
        send(self.request(Method::HEAD, target)).await
    }

    pub(crate) async fn post(&self, target: &str) -> Answer {
        send(self.request(Method::POST, target)).await
    }

    pub(crate) async fn delete(&self, target: &str) -> Answer {
        send(self.request(Method::DELETE, target)).await
    }

    pub(crate) async fn put(&self, target: &str, body: impl Into<reqwest::Body>) -> Answer {
        send(self.request(Method::PUT, target).body(body)).await
    }

    pub(crate) async fn patch(&self, target: &str, body: &'static [u8]) -> Answer {
        send(self.request(Method::PATCH, target).body(body)).await
    }

    pub(crate) async fn put_manifest(&self, target: &str, media_type: &str, body: &str) -> Answer {
        let request = self.request(Method::PUT, target).body(body.to_owned());
        send(request.header("content-type", media_type)).await
    }

    /// Uploads a blob the common way; the answer to its PUT.
    pub(crate) async fn upload(&self, repository: &str, body: &'static [u8]) -> Answer {
        let session = self.open(repository).await;
        self.put(&closing(&session, &Digest::of(body)), body).await
    }

    /// Opens an upload session; its location.
    pub(crate) async fn open(&self, repository: &str) -> String {
        let answer = self.post(&format!("/v2/{repository}/blobs/uploads/")).await;
        assert_eq!(answer.status, 202);
        answer.header("location").unwrap()
    }
}

/// The URL that ends a session.
pub(crate) fn closing(location: &str, digest: &Digest) -> String {
    let mark = if location.contains('?') { '&' } else { '?' };
    format!("{location}{mark}digest={digest}")
}

pub(crate) async fn send(request: RequestBuilder) -> Answer {
    try_send(request).await.expect("an answer")
}

/// Fails if there is no answer at all.
pub(crate) async fn try_send(request: RequestBuilder) -> Result<Answer, reqwest::Error> {
    let response = request.send().await?;
    Ok(Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: response.bytes().await,
    })
}

/// Whether this is still not over after a while.
pub(crate) async fn stands_still(future: impl Future) -> bool {
    let patience = Duration::from_millis(300);
    tokio::time::timeout(patience, future).await.is_err()
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let values = self.headers.get_all(name).iter();
        let values: Vec<_> = values.map(|value| value.to_str().unwrap()).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    pub(crate) fn bytes(&self) -> &Bytes {
        self.body.as_ref().expect("a whole body")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(self.bytes()).expect("JSON")
    }

    /// The code of an OCI error.
    pub(crate) fn code(&self) -> String {
        self.json()["errors"][0]["code"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}
