//! The pointer: one published state of the index, and of which packs it is made.

use std::collections::{BTreeMap, HashSet};

use bytes::Bytes;
use romt_index::{CommitId, IndexReference, IndexReferences};
use romt_storage::StorageKey;
use romt_types::Digest;
use serde::{Deserialize, Serialize};

use crate::ReplicaError;

/// A pointer has at most this many bytes.
pub const POINTER_LIMIT: usize = 4 * 1024 * 1024;
/// The format that is written and read.
const FORMAT: u32 = 1;
/// More packs no repository has that is tidied now and then.
const PACKS: usize = 5_000;
/// All packs and their indexes together; crates.io's index with all its history takes some gigabytes.
const TOTAL: u64 = 256 * 1024 * 1024 * 1024;
/// So many of the commits that were pulled last are told: an archive a day for fifty years.
pub(crate) const PULLED: usize = 20_000;
/// A writer's name is not longer.
const WRITER: usize = 100;

/// One published state of the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexPointer {
    /// Which state: one more with each that is put.
    pub sequence: u64,
    /// The fencing token of the one who put it: higher for each who becomes the indexer.
    pub fence: u64,
    /// Who put it: another name for each process.
    pub writer: String,
    /// Where the branches are. All that they name is in the packs.
    pub references: IndexReferences,
    /// The packs.
    pub packs: Vec<StoredPack>,
    /// What was pulled to make this, the newest last, where the index comes from archives: by which an old archive is known.
    pub pulled: Vec<CommitId>,
    /// Packs that were listed before. They are removed some time later, since servers may still be downloading them.
    pub retired: Vec<Retired>,
}

/// A pack in the store, and the index that goes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StoredPack {
    /// The pack.
    pub pack: StoredFile,
    /// What is where in it.
    pub index: StoredFile,
}

/// A file in the store that is called by what it hashes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StoredFile {
    /// What it hashes to.
    pub sha256: Digest,
    /// Its size in bytes.
    pub size: u64,
}

/// A pack that is not listed any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retired {
    /// Which.
    #[serde(flatten)]
    pub pack: StoredPack,
    /// Since when, in seconds since 1970.
    pub since: u64,
}

impl StoredPack {
    /// The keys and sizes of its two files.
    pub fn files(&self) -> [(StorageKey, StoredFile); 2] {
        [
            (StorageKey::IndexPack(self.pack.sha256), self.pack),
            (StorageKey::IndexPackIndex(self.index.sha256), self.index),
        ]
    }
}

/// The pointer as JSON.
#[derive(Serialize, Deserialize)]
struct Raw {
    format: u32,
    sequence: u64,
    fence: u64,
    writer: String,
    references: BTreeMap<String, String>,
    packs: Vec<StoredPack>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pulled: Vec<String>,
    #[serde(default)]
    retired: Vec<Retired>,
}

/// What every format has.
#[derive(Deserialize)]
struct Head {
    format: u32,
}

impl IndexPointer {
    /// Writes it.
    pub fn to_bytes(&self) -> Result<Bytes, ReplicaError> {
        let raw = Raw {
            format: FORMAT,
            sequence: self.sequence,
            fence: self.fence,
            writer: self.writer.clone(),
            references: self.references.iter().map(|(name, to)| (name.to_string(), to.to_string())).collect(),
            packs: self.packs.clone(),
            pulled: self.pulled.iter().map(ToString::to_string).collect(),
            retired: self.retired.clone(),
        };
        let bytes = serde_json::to_vec_pretty(&raw).map_err(|error| wrong(error.to_string()))?;
        // What is written can be read.
        Self::parse(&bytes)?;
        Ok(bytes.into())
    }

    /// Reads it. It comes from the store, where anybody may have put anything.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReplicaError> {
        if bytes.len() > POINTER_LIMIT {
            return Err(wrong(format!("it has more than {POINTER_LIMIT} bytes")));
        }
        let head: Head = serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
        if head.format != FORMAT {
            return Err(wrong(format!("it is of format {}, and this romt reads {FORMAT}", head.format)));
        }
        let raw: Raw = serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
        if raw.writer.is_empty() || raw.writer.len() > WRITER || !raw.writer.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(wrong("its writer has no proper name"));
        }
        let mut references = IndexReferences::new();
        for (name, to) in &raw.references {
            let name: IndexReference = name.parse().map_err(|error| wrong(format!("{error}")))?;
            let to: CommitId = to.parse().map_err(|error| wrong(format!("{error}")))?;
            references.insert(name, to);
        }
        if raw.pulled.len() > PULLED {
            return Err(wrong(format!("more than {PULLED} commits were pulled for it")));
        }
        let pulled = raw.pulled.iter().map(|id| id.parse().map_err(|error| wrong(format!("{error}"))));
        let pulled = pulled.collect::<Result<_, _>>()?;
        if raw.packs.len() > PACKS || raw.retired.len() > PACKS {
            return Err(wrong(format!("it lists more than {PACKS} packs")));
        }
        let sizes = raw.packs.iter().flat_map(|pack| [pack.pack.size, pack.index.size]);
        if sizes.fold(0, u64::saturating_add) > TOTAL {
            return Err(wrong(format!("its packs have more than {TOTAL} bytes")));
        }
        let mut met = HashSet::new();
        if !raw.packs.iter().all(|pack| met.insert(pack.pack.sha256)) {
            return Err(wrong("it lists a pack twice"));
        }
        let Raw { sequence, fence, writer, packs, retired, .. } = raw;
        Ok(Self { sequence, fence, writer, references, packs, pulled, retired })
    }

    /// What is published; `None` where nothing is yet.
    pub fn master(&self) -> Option<CommitId> {
        self.references.get(&IndexReference::Master).copied()
    }
}

fn wrong(reason: impl Into<String>) -> ReplicaError {
    ReplicaError::Pointer { key: StorageKey::IndexPointer.to_string(), reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointer() -> IndexPointer {
        let file = |text: &str| StoredFile { sha256: Digest::of(text.as_bytes()), size: text.len() as u64 };
        let pack = |text: &str| StoredPack { pack: file(text), index: file(&format!("{text}.idx")) };
        let commit = "0123456789abcdef0123456789abcdef01234567".parse().unwrap();
        IndexPointer {
            sequence: 7,
            fence: 3,
            writer: "indexer-1".to_owned(),
            references: [(IndexReference::Master, commit), (IndexReference::Working, commit)].into(),
            packs: vec![pack("a"), pack("b")],
            pulled: vec![commit],
            retired: vec![Retired { pack: pack("c"), since: 1_790_000_000 }],
        }
    }

    #[test]
    fn a_pointer_is_written_and_read() {
        let bytes = pointer().to_bytes().unwrap();
        assert_eq!(IndexPointer::parse(&bytes).unwrap(), pointer());
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let old = text.replacen("\"pulled\"", "\"unknown\"", 1);
        assert!(IndexPointer::parse(old.as_bytes()).unwrap().pulled.is_empty(), "as it was written before");
        assert!(text.contains("\"refs/heads/master\": \"0123456789abcdef0123456789abcdef01234567\""), "{text}");
    }

    #[test]
    fn what_is_no_pointer_is_refused() {
        let text = String::from_utf8(pointer().to_bytes().unwrap().to_vec()).unwrap();
        let twice = {
            let mut twice = pointer();
            twice.packs.push(twice.packs[0]);
            twice.to_bytes()
        };
        assert!(twice.unwrap_err().to_string().contains("twice"));
        for (from, to) in [
            ("\"format\": 1", "\"format\": 2"),
            ("refs/heads/master", "refs/heads/../../config"),
            ("0123456789abcdef0123456789abcdef01234567", "0123"),
            ("indexer-1", ""),
            ("indexer-1", "a\\nb"),
            ("\"size\": 1", "\"size\": 999999999999999"),
            ("\"size\": 1", "\"size\": -1"),
            ("\"sequence\": 7", "\"sequence\": 1e40"),
            ("{", "["),
        ] {
            assert!(text.contains(from), "{from}");
            let error = IndexPointer::parse(text.replacen(from, to, 1).as_bytes()).unwrap_err();
            assert!(error.to_string().contains(".romt/index/pointer.json"), "{error}");
        }
        assert!(IndexPointer::parse(b"").is_err());
        assert!(IndexPointer::parse(&vec![b' '; POINTER_LIMIT + 1]).is_err());
    }
}
