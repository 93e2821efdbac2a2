use std::borrow::Borrow;
use std::sync::atomic::Ordering;

use hyper::Method;

use crate::journal::Exchange;
use crate::registry::Registry;

/// What was asked of it.
impl Registry {
    /// Every request since the start, or since [`Registry::clear_journal`].
    pub fn journal(&self) -> Vec<Exchange> {
        self.server().journal.exchanges()
    }

    /// The journals of several registries as one, in the order in which the requests arrived.
    pub fn journals<'a>(registries: impl IntoIterator<Item = &'a Self>) -> Vec<Exchange> {
        let mut all: Vec<_> = registries.into_iter().flat_map(Self::journal).collect();
        all.sort_by_key(|exchange| exchange.sequence);
        all
    }

    /// The journal, a line each.
    pub fn transcript(&self) -> String {
        let journal = self.journal();
        let lines: Vec<_> = journal.iter().map(Exchange::to_string).collect();
        lines.join("\n")
    }

    /// Forgets the journal.
    pub fn clear_journal(&self) {
        self.server().journal.clear();
    }

    /// How many requests came.
    pub fn requests(&self) -> usize {
        self.journal().len()
    }

    /// How many requests of this method came whose path or query contains `part`.
    pub fn count(&self, method: impl Borrow<Method>, part: &str) -> usize {
        let journal = self.journal();
        let method = method.borrow();
        let hit = |it: &&Exchange| it.method == *method && it.target().contains(part);
        journal.iter().filter(hit).count()
    }

    /// How many times the bytes of this blob were sent, whole or in part.
    pub fn blob_reads(&self, digest: &str) -> usize {
        let end = format!("/blobs/{digest}");
        let read = |it: &&Exchange| {
            it.method == Method::GET
                && it.path.ends_with(&end)
                && matches!(it.status, Some(200 | 206))
        };
        self.journal().iter().filter(read).count()
    }

    /// How many connections were taken.
    pub fn connections(&self) -> u64 {
        self.server().connections.load(Ordering::SeqCst)
    }

    /// How many TLS handshakes succeeded.
    pub fn handshakes(&self) -> u64 {
        self.server().handshakes.load(Ordering::SeqCst)
    }
}
