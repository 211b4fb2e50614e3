//! Crates on their way from the one who reads the archive to those who write them.

use std::ops::Range;

use romt_types::{CrateId, Digest};

/// Small crates that were read and are right, with their bytes.
///
/// Many at once, because handing each over by itself costs more than writing it does.
pub(super) struct Batch {
    bytes: Box<[u8]>,
    used: usize,
    crates: Vec<Small>,
}

struct Small {
    id: CrateId,
    digest: Digest,
    bytes: Range<usize>,
}

/// The most bytes of the crates in a batch. A larger crate is not handed over.
pub(super) const BYTES: usize = 512 << 10;
/// The most crates.
const CRATES: usize = 128;

impl Batch {
    pub(super) fn new() -> Self {
        Self { bytes: vec![0; BYTES].into(), used: 0, crates: Vec::with_capacity(CRATES) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.crates.is_empty()
    }

    /// Room for the bytes of another crate; none if it is to be handed over first.
    pub(super) fn room(&mut self, size: usize) -> Option<&mut [u8]> {
        if self.crates.len() == CRATES { None } else { self.bytes.get_mut(self.used..)?.get_mut(..size) }
    }

    /// Takes the crate whose bytes were put into the [`room`](Self::room) for them.
    pub(super) fn take(&mut self, id: CrateId, digest: Digest, size: usize) {
        let begin = self.used;
        self.used += size;
        self.crates.push(Small { id, digest, bytes: begin..self.used });
    }

    /// The crates, with their digests and bytes.
    pub(super) fn crates(&self) -> impl Iterator<Item = (&CrateId, &Digest, &[u8])> {
        self.crates.iter().map(|Small { id, digest, bytes }| {
            // `take` made no range that is not in it.
            (id, digest, self.bytes.get(bytes.clone()).unwrap_or_default())
        })
    }

    pub(super) fn clear(&mut self) {
        self.used = 0;
        self.crates.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_has_what_was_put_into_it_and_no_more_than_fits() {
        let mut batch = Batch::new();
        let (a, b) = ("a@1.0.0".parse::<CrateId>().unwrap(), "b@1.0.0".parse::<CrateId>().unwrap());
        batch.room(3).unwrap().copy_from_slice(b"abc");
        batch.take(a.clone(), Digest::of(b"abc"), 3);
        // Was read and is not right.
        batch.room(2).unwrap().copy_from_slice(b"xy");
        batch.room(1).unwrap().copy_from_slice(b"d");
        batch.take(b.clone(), Digest::of(b"d"), 1);
        batch.take(a.clone(), Digest::of(b""), 0);
        let expected: [(_, _, &[u8]); 3] =
            [(&a, Digest::of(b"abc"), b"abc"), (&b, Digest::of(b"d"), b"d"), (&a, Digest::of(b""), b"")];
        let found: Vec<_> = batch.crates().map(|(id, digest, bytes)| (id, *digest, bytes)).collect();
        assert_eq!(found, expected);
        assert!(batch.room(BYTES - 4).is_some() && batch.room(BYTES - 3).is_none());
        batch.clear();
        assert!(batch.is_empty() && batch.room(BYTES).is_some());
        for _ in 0..CRATES {
            batch.take(a.clone(), Digest::of(b""), 0);
        }
        assert!(batch.room(0).is_none());
    }
}
