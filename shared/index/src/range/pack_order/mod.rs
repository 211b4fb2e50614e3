//! In which order blobs are read fastest.
//!
//! Most blobs of a pack are kept as differences to another one, which is often kept so itself, dozens in a row. To read
//! the last of a row, libgit2 puts all of them together and keeps those on the way, but not for long. So it does that
//! once where the rest of the row is asked for next; in the order of paths, which has nothing to do with rows, it does it
//! dozens of times over. libgit2 does not tell where in a pack an object is, and to what it is a difference.

mod deltas;
mod offsets;

use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use git2::Oid;

/// The positions in `blobs`, in the order in which they are read fastest. What is read wrong here makes reading slower and
/// nothing else, so nothing here is an error.
pub(super) fn pack_order(repository: &Path, blobs: &[Option<Oid>]) -> Vec<usize> {
    let mut by_id: Vec<_> = (0..blobs.len()).collect();
    by_id.sort_unstable_by_key(|place| blobs[*place]);
    let (mut order, mut ordered) = (Vec::with_capacity(blobs.len()), vec![false; blobs.len()]);
    for index in indexes(repository) {
        match order_in(&index, blobs, &by_id) {
            Ok(places) => {
                let new = |place: &usize| !std::mem::replace(&mut ordered[*place], true);
                order.extend(places.into_iter().filter(new));
            }
            Err(error) => tracing::debug!(index = %index.display(), %error, "cannot look up the order of a pack"),
        }
    }
    order.extend((0..blobs.len()).filter(|place| !ordered[*place]));
    order
}

/// The index files of a repository's packs.
fn indexes(repository: &Path) -> Vec<PathBuf> {
    let packs = fs::read_dir(repository.join("objects/pack")).into_iter().flatten().flatten();
    packs.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|ending| ending == "idx")).collect()
}

/// Those of `blobs` that are in a pack, in order. `by_id` has the positions of all in the order of ids.
fn order_in(index: &Path, blobs: &[Option<Oid>], by_id: &[usize]) -> io::Result<Vec<usize>> {
    const BUFFER: usize = 256 * 1024;
    let (mut places, mut offsets) = (Vec::new(), Vec::new());
    offsets::offsets(BufReader::with_capacity(BUFFER, File::open(index)?), blobs, by_id, |place, offset| {
        places.push(place);
        offsets.push(offset);
    })?;
    let pack = File::open(index.with_extension("pack"))?;
    let order = deltas::reading_order(&offsets, |offset| deltas::base_in(&pack, offset));
    Ok(order.into_iter().map(|found| places[found]).collect())
}

#[cfg(test)]
mod tests {
    use super::offsets::tests::{id, index};
    use super::*;

    #[test]
    fn blobs_are_read_before_what_they_are_differences_to() {
        let folder = tempfile::tempdir().unwrap();
        let packs = folder.path().join("objects/pack");
        fs::create_dir_all(&packs).unwrap();
        // A pack with whole blobs at 0 and 6, and differences at 2 to the first, at 4 to that, and at 8 to the second.
        fs::write(packs.join("pack-1.pack"), [0x3f, 0, 0x6f, 2, 0x6f, 2, 0x3f, 0, 0x6f, 2]).unwrap();
        fs::write(packs.join("pack-1.idx"), index(&[(1, 0), (3, 8), (5, 6), (9, 4), (12, 2)])).unwrap();
        // One that cannot be read, and one without its pack.
        fs::write(packs.join("pack-2.idx"), b"\xfftOc\0\0\0\x03").unwrap();
        fs::write(packs.join("pack-3.idx"), index(&[(1, 0)])).unwrap();
        let blobs = [id(1), id(12), id(4), id(5), id(9), id(3), id(1)].map(Some);
        assert_eq!(pack_order(folder.path(), &blobs), [5, 3, 4, 1, 0, 6, 2]);
        assert_eq!(pack_order(folder.path(), &[None, Some(id(9))]), [1, 0]);
        assert_eq!(pack_order(&packs, &[Some(id(9)), None]), [0, 1]);
    }
}
