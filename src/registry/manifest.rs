use bytes::Bytes;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Method, Response};

use super::host::{Payload, request_name};
use super::{Error, Kind, Remote};
use crate::oci::{Digest, MAX_MANIFEST_SIZE, Manifest, acceptable};

const DOCKER_CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");

impl Remote {
    /// The digest that a tag points to, or a digest that is there; `None` where it is not. Counts as no pull.
    pub async fn resolve(&self, reference: &str) -> Result<Option<Digest>, Error> {
        let url = self.url(&format!("manifests/{reference}"));
        let answer = self
            .send(Method::HEAD, url, accept(), Payload::Empty, &[200, 404])
            .await;
        let response = match answer {
            Ok(response) if response.status() == 404 => return Ok(None),
            Ok(response) => response,
            // The answer to a HEAD has no body: only a GET can say what is wrong, or do better.
            Err(error)
                if matches!(
                    error.kind,
                    Kind::Denied | Kind::Rejected | Kind::ImmutableTag
                ) =>
            {
                return self.resolve_by_reading(reference).await;
            }
            Err(error) => return Err(error),
        };
        match digest_header(&response) {
            Some(digest) => Ok(Some(digest)),
            None => self.resolve_by_reading(reference).await,
        }
    }

    async fn resolve_by_reading(&self, reference: &str) -> Result<Option<Digest>, Error> {
        match self.read_manifest(reference).await {
            Ok((bytes, _)) => Ok(Some(Digest::sha256(&bytes))),
            Err(error) if matches!(error.kind, Kind::NotFound | Kind::RepositoryNotFound) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The manifest of this digest; what comes is hashed before anything in it is believed.
    pub async fn manifest(&self, digest: &Digest) -> Result<Manifest, Error> {
        let (bytes, content_type) = self.read_manifest(digest.as_str()).await?;
        let found = Digest::of(digest.algorithm(), &bytes);
        if found != *digest {
            let message = format!(
                "{} holds a manifest whose bytes hash to {found} under {digest}",
                self.repository()
            );
            return Err(Error::new(Kind::Corrupt, message));
        }
        Manifest::parse(bytes, found, &content_type).map_err(|error| {
            Error::new(
                Kind::InvalidManifest,
                format!("the manifest {digest} can't be mirrored: {error}"),
            )
        })
    }

    async fn read_manifest(&self, reference: &str) -> Result<(Bytes, String), Error> {
        let url = self.url(&format!("manifests/{reference}"));
        let name = request_name(&Method::GET, &url);
        let response = self
            .send(Method::GET, url, accept(), Payload::Empty, &[200])
            .await?;
        let content_type = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or_default().to_owned();
        let limit = usize::try_from(MAX_MANIFEST_SIZE).unwrap_or(usize::MAX);
        let bytes = self
            .0
            .host
            .transport
            .small_body(&name, response, limit)
            .await?;
        Ok((bytes, content_type))
    }

    /// Stores a manifest under a tag or its own digest; true if the registry said that it stored just this.
    pub async fn put_manifest(&self, reference: &str, manifest: &Manifest) -> Result<bool, Error> {
        let url = self.url(&format!("manifests/{reference}"));
        let content_type = HeaderValue::from_str(manifest.media_type()).map_err(|_| {
            let message = format!(
                "the media type {:?} fits in no header",
                manifest.media_type()
            );
            Error::new(Kind::InvalidManifest, message)
        })?;
        let payload = Payload::Bytes(manifest.bytes().clone());
        let response = self
            .send(
                Method::PUT,
                url,
                vec![(CONTENT_TYPE, content_type)],
                payload,
                &[200, 201, 202],
            )
            .await?;
        self.0.meter.sent.add(manifest.size());
        let same_algorithm = |stored: &Digest| stored.algorithm() == manifest.digest().algorithm();
        match digest_header(&response).filter(same_algorithm) {
            Some(stored) if stored == *manifest.digest() => Ok(true),
            Some(stored) => {
                let message = format!(
                    "the registry says it stored {stored} where {} was sent",
                    manifest.digest()
                );
                Err(Error::new(Kind::Corrupt, message))
            }
            None => Ok(false),
        }
    }
}

fn accept() -> Vec<(HeaderName, HeaderValue)> {
    HeaderValue::from_str(&acceptable())
        .map(|value| (ACCEPT, value))
        .into_iter()
        .collect()
}

fn digest_header(response: &Response) -> Option<Digest> {
    response
        .headers()
        .get(DOCKER_CONTENT_DIGEST)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}
