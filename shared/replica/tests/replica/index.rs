//! An indexer's repository whose states can be told apart and checked.

use std::path::Path;

use romt_index::{IndexRepository, ObjectWriter, PublishedIndex, Snapshot, TreeEdits};

/// The files that say which state it is: every one holds its number.
const FILES: [&str; 4] = ["1/a", "2/ab", "3/a/abc", "se/rd/serde"];

/// Publishes the state `number` in a repository.
pub(crate) fn publish(repository: &Path, number: usize) -> Snapshot {
    let repository = IndexRepository::open_or_init(repository).unwrap();
    let (mut writer, mut edits) = (ObjectWriter::default(), TreeEdits::default());
    for file in FILES {
        let line = format!("{file} {number}\n").repeat(1 + number % 7);
        edits.put(file.to_owned(), writer.blob(&repository, line.as_bytes()).unwrap());
    }
    // Grows, so that a tree that misses something is seen.
    let own = format!("nu/mb/number{number}");
    edits.put(own, writer.blob(&repository, number.to_string().as_bytes()).unwrap());
    let mut upstream = TreeEdits::default();
    upstream.put("up".to_owned(), writer.blob(&repository, format!("up {number}").as_bytes()).unwrap());
    repository.keep_upstream(&mut writer, &upstream).unwrap();
    let snapshot = repository.commit(&mut writer, &edits, &format!("state {number}")).unwrap();
    repository.publish(&snapshot).unwrap();
    if let Some(old) = repository.tidy().unwrap() {
        old.remove().unwrap();
    }
    snapshot
}

/// The number of the state that a repository has published, every file of which was read; `None` if none is.
pub(crate) fn published(repository: &Path) -> Option<usize> {
    let index = PublishedIndex::open(repository).unwrap()?;
    let snapshot = index.snapshot().unwrap()?;
    let read = |path: &str| {
        let file = index.file(&snapshot, path).unwrap().unwrap_or_else(|| panic!("{path} is missing"));
        String::from_utf8(file.bytes).unwrap()
    };
    let numbers: Vec<usize> = FILES
        .iter()
        .map(|file| read(file).lines().next().unwrap().rsplit_once(' ').unwrap().1.parse().unwrap())
        .collect();
    assert!(numbers.windows(2).all(|pair| pair[0] == pair[1]), "a mixed state: {numbers:?}");
    let mut files = 0;
    index
        .for_each_file(&snapshot, |path, blob| {
            assert!(index.blob(blob).unwrap().is_some(), "{path} cannot be read");
            files += 1;
            true
        })
        .unwrap();
    assert!(files > FILES.len(), "{files} files");
    Some(numbers[0])
}
