use std::sync::{Mutex, MutexGuard, PoisonError};

use http::{Method, StatusCode};

use super::host::Payload;
use super::mounting::Belief;
use super::session::Session;
use super::{Error, Kind, Remote};
use crate::oci::{Descriptor, Repository};

/// So small a blob is rather sent twice than asked for, as long as nobody knows if the registry finds what is there.
const SMALL: u64 = 64 * 1024;

/// What asking for a blob at a destination led to.
#[derive(Debug)]
pub enum Claim {
    /// It is there.
    Present,
    /// It is not, and this session is open for it.
    Absent(Session),
}

/// What an upload's `POST` led to.
enum Opened {
    Mounted,
    Session(Session),
}

impl Remote {
    /// Finds out if a blob is there, mounts it if it is near, and otherwise opens an upload for it.
    pub async fn claim(&self, blob: &Descriptor) -> Result<Claim, Error> {
        if self.mount(blob, &self.0.neighbour).await {
            return Ok(Claim::Present);
        }
        match self.0.host.mounting.belief() {
            Belief::Finds => self.claim_by_mount(blob).await,
            Belief::Unknown if (1..=SMALL).contains(&blob.size) => self.claim_by_mount(blob).await,
            Belief::Unknown | Belief::Ignores if self.has_blob(blob).await? => {
                self.learn_from(blob).await;
                Ok(Claim::Present)
            }
            Belief::Unknown | Belief::Ignores => Ok(Claim::Absent(self.session().await?)),
        }
    }

    /// Whether blobs can be mounted from another destination, once they are there, and from nowhere else.
    pub fn follows(&self) -> bool {
        lock(&self.0.neighbour).is_none() && lock(&self.0.elder).is_some()
    }

    /// The same as `claim`, once the elder has the blob.
    pub async fn claim_after_elder(&self, blob: &Descriptor) -> Result<Claim, Error> {
        if self.follows() && self.mount(blob, &self.0.elder).await {
            return Ok(Claim::Present);
        }
        self.claim(blob).await
    }

    async fn claim_by_mount(&self, blob: &Descriptor) -> Result<Claim, Error> {
        match self.open(Some((blob, &self.0.repository))).await? {
            Opened::Mounted => {
                self.0.host.mounting.learn(true);
                Ok(Claim::Present)
            }
            Opened::Session(session) => Ok(Claim::Absent(session)),
        }
    }

    /// Asks once whether this registry finds a blob that is certainly there.
    pub async fn learn_from(&self, blob: &Descriptor) {
        let host = &self.0.host;
        if blob.size == 0 || !host.mounting.may_ask() {
            return;
        }
        match self.open(Some((blob, &self.0.repository))).await {
            Ok(Opened::Mounted) => host.mounting.learn(true),
            Ok(Opened::Session(session)) => self.keep(session),
            Err(error) => log::debug!("{} takes no mounts: {error}", self.0.repository.registry()),
        }
    }

    /// Mounts a blob from another repository; whatever is answered but a mount, it is not tried again.
    async fn mount(&self, blob: &Descriptor, near: &Mutex<Option<Repository>>) -> bool {
        let Some(from) = lock(near).clone() else {
            return false;
        };
        match self.open(Some((blob, &from))).await {
            Ok(Opened::Mounted) => return true,
            Ok(Opened::Session(session)) => self.keep(session),
            Err(error) => log::debug!("no mount from {from}: {error}"),
        }
        *lock(near) = None;
        false
    }

    /// A session that is open already, or a new one.
    pub async fn session(&self) -> Result<Session, Error> {
        if let Some(session) = lock(&self.0.spare_sessions).pop() {
            return Ok(session);
        }
        match self.open(None).await? {
            Opened::Session(session) => Ok(session),
            Opened::Mounted => Err(Error::new(
                Kind::Protocol,
                "the registry says it mounted a blob nobody named",
            )),
        }
    }

    /// Finds out if we may upload here. The session is kept for the next blob.
    pub async fn try_upload(&self) -> Result<(), Error> {
        let session = self.session().await?;
        self.keep(session);
        Ok(())
    }

    fn keep(&self, session: Session) {
        lock(&self.0.spare_sessions).push(session);
    }

    async fn open(&self, mount: Option<(&Descriptor, &Repository)>) -> Result<Opened, Error> {
        let mut url = self.url("blobs/uploads/");
        if let Some((blob, from)) = mount {
            url.query_pairs_mut()
                .append_pair("mount", blob.digest.as_str())
                .append_pair("from", from.name());
        }
        let response = self
            .send(
                Method::POST,
                url.clone(),
                Vec::new(),
                Payload::Empty,
                &[201, 202],
            )
            .await?;
        if response.status() == StatusCode::CREATED && mount.is_some() {
            return Ok(Opened::Mounted);
        }
        let session = self.session_of(&response, &url)?;
        Ok(Opened::Session(session))
    }

    /// Closes sessions that were opened and not used; a registry that does not care is left alone.
    pub async fn cancel_spare_sessions(&self) {
        let sessions = std::mem::take(&mut *lock(&self.0.spare_sessions));
        for session in sessions {
            self.cancel(session).await;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
