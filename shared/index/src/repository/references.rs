//! The references of an index, for copies of it elsewhere.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

use git2::{ErrorCode, ObjectType, Oid};
use romt_types::ParseError;

use super::{IndexRepository, MASTER, UPSTREAM, WORKING, durable, git_error};
use crate::IndexError;

/// A reference that means something to romt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IndexReference {
    /// `refs/romt/upstream`: the upstream index files that were read over the sparse protocol.
    Upstream,
    /// `refs/heads/mark`: where Python romt's last archive ended.
    Mark,
    /// `refs/heads/working`: where commits are made.
    Working,
    /// `refs/heads/master`: what is published. It is the last, in every order.
    Master,
}

const MARK: &str = "refs/heads/mark";

impl IndexReference {
    /// All there are, `master` last.
    pub const ALL: [Self; 4] = [Self::Upstream, Self::Mark, Self::Working, Self::Master];

    /// Its full name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Upstream => UPSTREAM,
            Self::Mark => MARK,
            Self::Working => WORKING,
            Self::Master => MASTER,
        }
    }
}

impl fmt::Display for IndexReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for IndexReference {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let found = Self::ALL.into_iter().find(|reference| reference.name() == text);
        found.ok_or_else(|| ParseError::new(text, "a reference of an index", "romt has none of that name"))
    }
}

/// The id of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitId(Oid);

impl fmt::Display for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for CommitId {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        // libgit2 takes shorter ones too and fills them up.
        let whole = text.len() == 40;
        let id = Oid::from_str(text).ok().filter(|_| whole);
        id.map(Self).ok_or_else(|| ParseError::new(text, "a commit id", "40 hexadecimal digits are needed"))
    }
}

/// Where the references of an index are.
pub type IndexReferences = BTreeMap<IndexReference, CommitId>;

impl IndexRepository {
    /// Where the references are; those that are not there are left out.
    pub fn references(&self) -> Result<IndexReferences, IndexError> {
        let mut found = IndexReferences::new();
        for reference in IndexReference::ALL {
            if let Some(commit) = self.commit_of(reference.name())? {
                found.insert(reference, CommitId(commit.id()));
            }
        }
        Ok(found)
    }

    /// Whether a commit is here with its tree; what is below the tree is not looked at.
    pub fn holds_commit(&self, commit: CommitId) -> Result<bool, IndexError> {
        let read = || {
            let odb = self.git().odb()?;
            odb.refresh()?;
            let commit = self.git().find_commit(commit.0)?;
            odb.read_header(commit.tree_id()).map(|(_, kind)| kind == ObjectType::Tree)
        };
        match read() {
            Err(error) if error.code() == ErrorCode::NotFound => Ok(false),
            read => read.map_err(git_error(format!("read commit {commit} of"), self.path())),
        }
    }

    /// Moves the references to where another repository has them, each durably and `master` last, and removes those that it
    /// does not have. All that they name must be here and durable.
    pub fn set_references(&self, references: &IndexReferences) -> Result<(), IndexError> {
        let here = self.references()?;
        for reference in IndexReference::ALL {
            match references.get(&reference) {
                Some(to) if here.get(&reference) == Some(to) => {}
                Some(to) => self.set_durably(reference.name(), to.0, "follow")?,
                None => self.remove_reference(reference.name())?,
            }
        }
        Ok(())
    }

    fn remove_reference(&self, name: &str) -> Result<(), IndexError> {
        let removed = match self.git().find_reference(name) {
            Ok(mut reference) => reference.delete(),
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(()),
            Err(error) => Err(error),
        };
        removed.map_err(git_error(format!("remove {name} of"), self.path()))?;
        let folder = self.git().path().join(name);
        folder.parent().filter(|folder| folder.exists()).map_or(Ok(()), |folder: &Path| durable::sync_folder(folder))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ObjectWriter, TreeEdits};

    #[test]
    fn references_go_from_one_repository_to_another() {
        let folder = tempfile::tempdir().unwrap();
        let repository = IndexRepository::create(&folder.path().join("one")).unwrap();
        assert!(repository.references().unwrap().is_empty());
        let mut writer = ObjectWriter::default();
        let mut edits = TreeEdits::default();
        edits.put("1/a".to_owned(), writer.blob(&repository, b"1\n").unwrap());
        repository.keep_upstream(&mut writer, &edits).unwrap();
        let snapshot = repository.commit(&mut writer, &edits, "test").unwrap();
        repository.publish(&snapshot).unwrap();
        let references = repository.references().unwrap();
        assert_eq!(references.len(), 3);
        assert_eq!(references[&IndexReference::Master].to_string(), snapshot.commit);

        let other = IndexRepository::create(&folder.path().join("other")).unwrap();
        let master = references[&IndexReference::Master];
        assert!(!other.holds_commit(master).unwrap());
        for pack in repository.packs().unwrap() {
            for file in [pack.pack, pack.index] {
                let to = other.path().join("objects/pack").join(file.file_name().unwrap());
                std::fs::copy(file, to).unwrap();
            }
        }
        assert!(other.holds_commit(master).unwrap());
        other.set_references(&references).unwrap();
        assert_eq!(other.references().unwrap(), references);
        assert_eq!(other.published().unwrap(), Some(snapshot));
        let less: IndexReferences = [(IndexReference::Working, master)].into();
        other.set_references(&less).unwrap();
        assert_eq!(other.references().unwrap(), less);
    }

    #[test]
    fn names_are_read_and_written() {
        for reference in IndexReference::ALL {
            assert_eq!(reference.to_string().parse::<IndexReference>().unwrap(), reference);
        }
        assert!("refs/heads/../x".parse::<IndexReference>().is_err());
        assert!("1234".parse::<CommitId>().is_err());
    }
}
