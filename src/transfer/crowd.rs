use std::time::Duration;

use tokio::time::Instant;

use super::window::WINDOW;
use crate::oci::Descriptor;

/// Blobs at once to begin with; large ones are never more.
const FEW: usize = 6;
/// The windows that all blobs at once share.
const WINDOWS: u64 = 12;
/// More than this a registry need not bear.
const MANY: usize = 24;
/// A registry that has answered faster than this is near: there, more at once only fill its queue.
const NEAR: Duration = Duration::from_millis(10);
/// How much faster it must go with twice as many for that to have paid.
const WORTH_IT: f64 = 1.2;

/// How many blobs are carried at once: few at near registries; at far ones twice as many for as long as that pays;
/// half as many after a registry wanted a request again.
pub(super) struct Crowd {
    limit: usize,
    /// Memory that those on their way may take.
    taken: u64,
    at_once: usize,
    /// Blobs done since `began`.
    done: usize,
    began: Instant,
    best: f64,
    retries: u64,
    may_grow: bool,
}

impl Crowd {
    /// `distance` is the quickest answer of the farthest registry.
    pub(super) fn new(distance: Duration) -> Self {
        Self {
            limit: FEW,
            taken: 0,
            at_once: 0,
            done: 0,
            began: Instant::now(),
            best: 0.0,
            retries: 0,
            may_grow: distance > NEAR,
        }
    }

    /// Whether one more may start.
    pub(super) fn takes(&self, blob: &Descriptor) -> bool {
        let window = u64::from(WINDOW);
        let fits = blob.size < window && self.taken + weight(blob) <= WINDOWS * window;
        self.at_once < self.limit && (self.at_once < FEW || fits)
    }

    pub(super) fn add(&mut self, blob: &Descriptor) {
        self.at_once += 1;
        self.taken += weight(blob);
    }

    /// `retries` is how many requests had to be sent again so far.
    pub(super) fn remove(&mut self, blob: &Descriptor, retries: u64) {
        self.at_once -= 1;
        self.taken -= weight(blob);
        self.done += 1;
        if retries > self.retries {
            self.retries = retries;
            self.shrink();
        } else if self.may_grow && self.done >= self.limit {
            self.compare();
        }
    }

    fn shrink(&mut self) {
        self.limit = (self.limit / 2).max(1);
        self.may_grow = false;
        self.begin();
    }

    /// After as many blobs as there are at once: did the last step pay?
    fn compare(&mut self) {
        let done = f64::from(u32::try_from(self.done).unwrap_or(u32::MAX));
        let rate = done / self.began.elapsed().as_secs_f64().max(1e-6);
        self.may_grow = rate > self.best * WORTH_IT && self.limit < MANY;
        self.best = rate;
        if self.may_grow {
            self.limit *= 2;
        }
        self.begin();
    }

    fn begin(&mut self) {
        self.began = Instant::now();
        self.done = 0;
    }
}

fn weight(blob: &Descriptor) -> u64 {
    blob.size.min(u64::from(WINDOW))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oci::Digest;
    use tokio::time::advance;

    fn blob(size: u64) -> Descriptor {
        let json = format!(
            r#"{{"mediaType":"x/y","digest":"{}","size":{size}}}"#,
            Digest::sha256(b"x")
        );
        serde_json::from_str(&json).unwrap()
    }

    /// Fills up, lets all of them end after `each`, and says how many there were.
    async fn wave(crowd: &mut Crowd, blob: &Descriptor, each: Duration, retries: u64) -> usize {
        let mut count = 0;
        while crowd.takes(blob) {
            crowd.add(blob);
            count += 1;
        }
        advance(each).await;
        for _ in 0..count {
            crowd.remove(blob, retries);
        }
        count
    }

    const FAR: Duration = Duration::from_millis(50);

    #[tokio::test(start_paused = true)]
    async fn grows_at_far_registries_while_it_pays() {
        let (mut crowd, blob) = (Crowd::new(FAR), blob(50_000));
        let mut counts = Vec::new();
        for _ in 0..5 {
            counts.push(wave(&mut crowd, &blob, FAR, 0).await);
        }
        assert_eq!(counts, [6, 12, 24, 24, 24]);
    }

    #[tokio::test(start_paused = true)]
    async fn stays_where_more_at_once_take_longer() {
        let (mut crowd, blob) = (Crowd::new(FAR), blob(50_000));
        for count in [6, 12, 12, 12, 12] {
            let each = Duration::from_millis(10) * count;
            assert_eq!(wave(&mut crowd, &blob, each, 0).await, count as usize);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn halves_after_a_registry_wanted_less() {
        let (mut crowd, blob) = (Crowd::new(FAR), blob(50_000));
        wave(&mut crowd, &blob, FAR, 1).await;
        assert_eq!(wave(&mut crowd, &blob, FAR, 1).await, 3);
    }

    #[tokio::test(start_paused = true)]
    async fn large_blobs_and_near_registries_stay_few() {
        let (near, large) = (Duration::from_millis(1), blob(50_000_000));
        for (distance, blob) in [(FAR, large), (near, blob(50_000))] {
            let mut crowd = Crowd::new(distance);
            for _ in 0..4 {
                assert_eq!(wave(&mut crowd, &blob, FAR, 0).await, FEW);
            }
        }
    }
}
