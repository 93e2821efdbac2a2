use std::sync::LazyLock;

use bytes::Bytes;

use crate::digest::{Algorithm, Digest, Hasher};

const BLOCK: u64 = 64 * 1024;

/// What a blob consists of.
#[derive(Clone, Debug)]
pub enum Content {
    /// Bytes in memory.
    Bytes(Bytes),
    /// Bytes made when they are asked for.
    Synthetic(Synthetic),
    /// So many bytes, hashed and thrown away (`keep_blobs(false)`).
    Discarded(u64),
}

impl Content {
    /// The size in bytes.
    pub fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Synthetic(synthetic) => synthetic.end - synthetic.start,
            Self::Discarded(size) => *size,
        }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Its SHA-256 digest, computed piece by piece.
    pub fn digest(&self) -> Digest {
        Algorithm::Sha256.of(self)
    }

    /// All of it in memory; `None` for what was thrown away.
    pub fn bytes(&self) -> Option<Bytes> {
        match self {
            Self::Bytes(bytes) => Some(bytes.clone()),
            Self::Synthetic(synthetic) => Some(synthetic.bytes()),
            Self::Discarded(_) => None,
        }
    }

    /// The part from `start` up to but without `end`.
    pub(crate) fn window(&self, start: u64, end: u64) -> Self {
        match self {
            Self::Bytes(bytes) => Self::Bytes(bytes.slice(to_usize(start)..to_usize(end))),
            Self::Synthetic(whole) => Self::Synthetic(Synthetic {
                start: whole.start + start,
                end: whole.start + end,
                ..*whole
            }),
            Self::Discarded(_) => Self::Discarded(end - start),
        }
    }

    /// The next piece from `offset` on, of a size fit for one write.
    pub(crate) fn piece(&self, offset: u64) -> Bytes {
        match self {
            Self::Bytes(bytes) => {
                let start = to_usize(offset);
                bytes.slice(start..bytes.len().min(start + to_usize(BLOCK)))
            }
            Self::Synthetic(synthetic) => synthetic.piece(offset),
            Self::Discarded(_) => Bytes::new(),
        }
    }
}

impl From<Bytes> for Content {
    fn from(bytes: Bytes) -> Self {
        Self::Bytes(bytes)
    }
}

impl Algorithm {
    /// The digest of a content, computed piece by piece.
    pub(crate) fn of(self, content: &Content) -> Digest {
        let mut hasher = Hasher::new(self);
        let mut offset = 0;
        while offset < content.len() {
            let piece = content.piece(offset);
            if piece.is_empty() {
                break;
            }
            hasher.update(&piece);
            offset += piece.len() as u64;
        }
        hasher.finish()
    }
}

/// Incompressible bytes that depend only on a seed, made piece by piece, for blobs too big to hold.
#[derive(Clone, Copy, Debug)]
pub struct Synthetic {
    seed: u64,
    start: u64,
    end: u64,
    head: &'static [u8],
}

impl Synthetic {
    /// `size` bytes of the sequence that `seed` names.
    pub fn new(seed: u64, size: u64) -> Self {
        Self {
            seed,
            start: 0,
            end: size,
            head: &[],
        }
    }

    /// The same bytes, but these few (at most 16) in front: what a format is known by.
    #[must_use]
    pub fn beginning_with(self, head: &'static [u8]) -> Self {
        Self { head, ..self }
    }

    /// All of it in memory.
    pub fn bytes(&self) -> Bytes {
        let mut all = Vec::with_capacity(to_usize(self.end - self.start));
        while (all.len() as u64) < self.end - self.start {
            all.extend_from_slice(&self.piece(all.len() as u64));
        }
        all.into()
    }

    fn piece(&self, offset: u64) -> Bytes {
        let position = self.start + offset;
        let block = position / BLOCK;
        let within = position % BLOCK;
        let end = BLOCK.min(self.end - block * BLOCK);
        // Stamped at every eighth byte row's head, so no two blocks of any two seeds are alike.
        let mut bytes = TILE.clone();
        let stamp = mix(self.seed.wrapping_mul(0x9e37_79b9).wrapping_add(block));
        for row in bytes.chunks_exact_mut(512) {
            row[..8].copy_from_slice(&stamp.to_le_bytes());
            // Once more where the head does not reach.
            row[16..24].copy_from_slice(&stamp.to_le_bytes());
        }
        if block == 0 {
            bytes[..self.head.len()].copy_from_slice(self.head);
        }
        Bytes::from(bytes).slice(to_usize(within)..to_usize(end))
    }
}

static TILE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    (0..BLOCK / 8)
        .flat_map(|word| mix(word).to_le_bytes())
        .collect()
});

/// The finaliser of `SplitMix64`: spreads a counter over all bits.
pub(crate) fn mix(counter: u64) -> u64 {
    let mut value = counter.wrapping_add(0x9e37_79b9_7f4a_7c15);
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

pub(crate) fn to_usize(value: u64) -> usize {
    usize::try_from(value).expect("sizes fit into memory")
}
