//! Where in a pack objects are.

use std::io::{self, BufRead, Read};

use git2::Oid;

const ID: usize = 20;

/// Reads an index file (gitformat-pack(5), version 2) from front to back, and calls `found` with the offset of each
/// blob that it names. `by_id` has the positions of the blobs in the order of their ids, which is the file's.
pub(super) fn offsets(
    mut index: impl BufRead,
    blobs: &[Option<Oid>],
    by_id: &[usize],
    mut found: impl FnMut(usize, u64),
) -> io::Result<()> {
    if array(&mut index)? != *b"\xfftOc\0\0\0\x02" {
        return Err(io::ErrorKind::Unsupported.into());
    }
    skip(&mut index, 255 * 4)?;
    let objects = u32::from_be_bytes(array(&mut index)?);
    // Which object of the file each blob is, ascending.
    let mut objects_found = Vec::new();
    let mut wanted = by_id.iter().copied().peekable();
    for object in 0..objects {
        let id: [u8; ID] = array(&mut index)?;
        let id = Oid::from_bytes(&id).ok();
        while let Some(place) = wanted.next_if(|place| blobs[*place] <= id) {
            if blobs[place] == id {
                objects_found.push((object, place));
            }
        }
    }
    skip(&mut index, u64::from(objects) * 4)?;
    let mut large = Vec::new();
    let mut objects_found = objects_found.into_iter().peekable();
    for object in 0..objects {
        let offset = u32::from_be_bytes(array(&mut index)?);
        while let Some((_, place)) = objects_found.next_if(|(found, _)| *found == object) {
            match offset & LARGE {
                0 => found(place, u64::from(offset)),
                _ => large.push((offset & !LARGE, place)),
            }
        }
    }
    // Offsets from 2 GB on stand behind the others, and the others say at which place.
    large.sort_unstable();
    let mut large = large.into_iter().peekable();
    let mut at = 0;
    while large.peek().is_some() {
        let offset = u64::from_be_bytes(array(&mut index)?);
        while let Some((_, place)) = large.next_if(|(number, _)| *number == at) {
            found(place, offset);
        }
        at += 1;
    }
    Ok(())
}

const LARGE: u32 = 1 << 31;

fn array<const N: usize>(from: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn skip(from: &mut impl Read, bytes: u64) -> io::Result<()> {
    let skipped = io::copy(&mut from.take(bytes), &mut io::sink())?;
    if skipped == bytes { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The id whose first byte is `first`.
    pub(in super::super) fn id(first: u8) -> Oid {
        let mut bytes = [7; ID];
        bytes[0] = first;
        Oid::from_bytes(&bytes).unwrap()
    }

    /// An index file as git writes it, of ids in order and their offsets.
    pub(in super::super) fn index(objects: &[(u8, u64)]) -> Vec<u8> {
        let count = |most: u8| u32::try_from(objects.iter().filter(|(first, _)| *first <= most).count()).unwrap();
        let mut bytes = b"\xfftOc\0\0\0\x02".to_vec();
        bytes.extend((0..=255).flat_map(|first| count(first).to_be_bytes()));
        bytes.extend(objects.iter().flat_map(|(first, _)| id(*first).as_bytes().to_vec()));
        bytes.extend(objects.iter().flat_map(|_| [9; 4]));
        let large: Vec<_> =
            objects.iter().map(|(_, offset)| *offset).filter(|offset| *offset >= LARGE.into()).collect();
        bytes.extend(objects.iter().flat_map(|(_, offset)| {
            let at = large.iter().position(|large| large == offset);
            at.map_or_else(|| u32::try_from(*offset).unwrap(), |at| LARGE | u32::try_from(at).unwrap()).to_be_bytes()
        }));
        bytes.extend(large.iter().flat_map(|offset| offset.to_be_bytes()));
        bytes.extend([0; 2 * ID]);
        bytes
    }

    #[test]
    fn offsets_are_read_up_to_the_last_that_is_needed() {
        let whole = index(&[(1, 12), (3, 1 << 40), (5, 700), (9, 1 << 31), (255, (1 << 31) - 1)]);
        let blobs = [id(3), id(4), id(9), id(255), id(3)].map(Some);
        let read = |bytes: &[u8]| {
            let mut found = Vec::new();
            offsets(bytes, &blobs, &[0, 4, 1, 2, 3], |place, offset| found.push((place, offset))).map(|()| found)
        };
        let needed = whole.len() - 2 * ID;
        let mut found = read(&whole[..needed]).unwrap();
        found.sort_unstable();
        assert_eq!(found, [(0, 1 << 40), (2, 1 << 31), (3, (1 << 31) - 1), (4, 1 << 40)]);
        assert!((0..needed).all(|end| read(&whole[..end]).is_err()));
        assert!(read(b"\xfftOc\0\0\0\x03").is_err());
    }
}
