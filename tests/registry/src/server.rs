use std::future::pending;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use hyper::body::Incoming;
use hyper::{Request, Response};
use tokio::time::sleep;

use crate::api;
use crate::call::{Call, Peer};
use crate::fault::{Effect, End};
use crate::gate::Gate;
use crate::inflow::{Broken, Inflow};
use crate::journal::{Journal, Ongoing};
use crate::outflow::{Manner, Outflow};
use crate::pace::Pace;
use crate::reply::{Reply, plain};
use crate::rule::Rules;
use crate::settings::Settings;
use crate::store::Store;

/// Everything the connections of one registry share.
pub(crate) struct Server {
    pub(crate) settings: Settings,
    pub(crate) gate: Gate,
    pub(crate) journal: Journal,
    pub(crate) rules: Rules,
    pub(crate) store: Mutex<Store>,
    pub(crate) storage: OnceLock<SocketAddr>,
    pub(crate) pace_in: Option<Arc<Pace>>,
    pub(crate) pace_out: Option<Arc<Pace>>,
    pub(crate) connections: AtomicU64,
    pub(crate) handshakes: AtomicU64,
    pub(crate) arrived: AtomicU64,
    /// The number of the last request that is answered.
    pub(crate) last_answered: AtomicU64,
}

impl Server {
    pub(crate) fn new(settings: Settings, gate: Gate) -> Self {
        let pace = || settings.rate.map(|rate| Arc::new(Pace::new(rate)));
        Self {
            pace_in: pace(),
            pace_out: pace(),
            settings,
            gate,
            journal: Journal::default(),
            rules: Rules::default(),
            store: Mutex::default(),
            storage: OnceLock::new(),
            connections: AtomicU64::new(0),
            handshakes: AtomicU64::new(0),
            arrived: AtomicU64::new(0),
            last_answered: AtomicU64::new(u64::MAX),
        }
    }

    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().expect("no one panics with the lock")
    }

    /// `http://HOST` or `https://HOST` of the second origin.
    pub(crate) fn storage_base(&self, call: &Call) -> String {
        if let Some(url) = &self.settings.storage_url {
            return url.clone();
        }
        let scheme = if call.peer.encrypted { "https" } else { "http" };
        let address = self.storage.get().expect("who points there has opened it");
        format!("{scheme}://{address}")
    }

    /// Answers one request, or breaks the connection off.
    pub(crate) async fn respond(
        &self,
        peer: Peer,
        request: Request<Incoming>,
    ) -> Result<Response<Outflow>, Broken> {
        let (parts, incoming) = request.into_parts();
        let call = Call::new(peer, parts);
        let row = self.journal.open(&self.settings.name, &call);
        let ongoing = Ongoing(row.clone());
        let number = self.arrived.fetch_add(1, Ordering::SeqCst) + 1;
        let effect = self.rules.strike(&call);
        if number > self.last_answered.load(Ordering::SeqCst) {
            return pending().await;
        }
        sleep(self.settings.latency + effect.delay).await;
        let mut inflow = Inflow::new(incoming, row.clone(), self.pace_in.clone(), effect.request);
        let reply = self.carry_out(&call, &effect, &mut inflow).await?;
        let reply = self.disturb(reply, &effect).for_method(&call.method);
        if effect.answer.stall.is_some() && reply.content.is_empty() {
            return pending().await;
        }
        row.answered(reply.status.as_u16());
        let manner = Manner {
            pace: self.pace_out.clone(),
            fault: effect.answer,
        };
        let mut response = Response::new(Outflow::new(reply.content, manner, ongoing));
        *response.status_mut() = reply.status;
        *response.headers_mut() = reply.headers;
        Ok(response)
    }

    /// Does what was asked, unless a fault says otherwise.
    async fn carry_out(
        &self,
        call: &Call,
        effect: &Effect,
        inflow: &mut Inflow,
    ) -> Result<Reply, Broken> {
        let reply = if effect.skipped {
            None
        } else {
            Some(api::answer(self, call, inflow).await?)
        };
        if !effect.unread {
            inflow.drain().await?;
        }
        match (effect.end, reply) {
            (End::Close, _) => Err(Broken),
            (End::Hang, _) => pending().await,
            (End::Status(401), _) => Ok(plain(401).headers(self.bare_challenge(call))),
            (End::Status(status), _) => Ok(plain(status)),
            (End::Answer, reply) => Ok(reply.unwrap_or_else(|| plain(200))),
        }
    }

    fn bare_challenge(&self, call: &Call) -> Option<(&'static str, String)> {
        let challenge = self.gate.challenge(call, &api::wanted(self, call), None)?;
        Some(("www-authenticate", challenge))
    }

    /// Puts the headers and the body of a fault, and of all answers, into this one.
    fn disturb(&self, mut reply: Reply, effect: &Effect) -> Reply {
        for (name, value) in &self.settings.headers {
            reply.headers.insert(name, value.clone());
        }
        if let Some(body) = &effect.body {
            let media_type = match body.first() {
                Some(b'{') => "application/json",
                Some(b'<') => "text/html",
                _ => "text/plain",
            };
            reply.headers.remove("content-type");
            reply.headers.remove("content-length");
            reply = reply.content(media_type, body.clone());
        }
        let mut replaced = Vec::new();
        for (name, value) in &effect.headers {
            if !replaced.contains(name) {
                reply.headers.remove(name);
                replaced.push(name.clone());
            }
            if let Some(value) = value {
                reply.headers.append(name, value.clone());
            }
        }
        reply
    }
}
