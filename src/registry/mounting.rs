use std::sync::atomic::{AtomicU8, Ordering};

/// Whether a registry's answer to a mount tells if a blob is there; learned while running, never from a host name.
///
/// `POST ?mount=D` answers 201 for a blob that is there and else opens an upload session: one request instead of two.
/// But some registries open a session whatever is asked, so a session means "absent" only at a registry that has
/// answered 201 for a blob known to be there.
#[derive(Debug, Default)]
pub(super) struct Mounting(AtomicU8);

/// What is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Belief {
    /// Nothing yet: somebody should ask about a blob that is there.
    Unknown,
    /// It has found a blob that is there.
    Finds,
    /// It opened a session for a blob that is there, or somebody is just asking.
    Ignores,
}

const UNKNOWN: u8 = 0;
const FINDS: u8 = 1;
const IGNORES: u8 = 2;

impl Mounting {
    pub(super) fn belief(&self) -> Belief {
        match self.0.load(Ordering::Relaxed) {
            UNKNOWN => Belief::Unknown,
            FINDS => Belief::Finds,
            _ => Belief::Ignores,
        }
    }

    /// Lets one caller ask; for all others the registry ignores mounts until the answer is there.
    pub(super) fn may_ask(&self) -> bool {
        self.0
            .compare_exchange(UNKNOWN, IGNORES, Ordering::Relaxed, Ordering::Relaxed)
            .is_ok()
    }

    pub(super) fn learn(&self, finds: bool) {
        self.0
            .store(if finds { FINDS } else { IGNORES }, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_asks_and_the_answer_holds_for_all() {
        let mounting = Mounting::default();
        assert_eq!(mounting.belief(), Belief::Unknown);
        assert!(mounting.may_ask() && !mounting.may_ask());
        assert_eq!(mounting.belief(), Belief::Ignores);
        mounting.learn(true);
        assert_eq!(mounting.belief(), Belief::Finds);
    }
}
