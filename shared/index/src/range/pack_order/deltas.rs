//! What of a pack is kept as a difference to what.

use std::collections::HashSet;
use std::fs::File;
use std::os::unix::fs::FileExt;

/// The objects at `offsets`, as positions in it: each after those that are differences to it, and these together.
pub(super) fn reading_order(offsets: &[u64], base_of: impl Fn(u64) -> Option<u64>) -> Vec<usize> {
    let (mut known, mut edges) = (HashSet::new(), Vec::new());
    for offset in offsets {
        let mut object = Some(*offset);
        while let Some(offset) = object.filter(|offset| known.insert(*offset)) {
            object = base_of(offset);
            edges.push((object, offset));
        }
    }
    edges.sort_unstable();
    let differences_to = |base: Option<u64>| {
        let first = edges.partition_point(|(other, _)| *other < base);
        edges[first..].iter().take_while(move |(other, _)| *other == base).map(|(_, object)| (*object, false))
    };
    let mut places: Vec<_> = (0..offsets.len()).collect();
    places.sort_unstable_by_key(|place| offsets[*place]);
    let mut order = Vec::with_capacity(offsets.len());
    let mut left: Vec<_> = differences_to(None).collect();
    while let Some((object, above_are_done)) = left.pop() {
        if above_are_done {
            let first = places.partition_point(|place| offsets[*place] < object);
            order.extend(places[first..].iter().take_while(|place| offsets[**place] == object));
        } else {
            left.push((object, true));
            left.extend(differences_to(Some(object)));
        }
    }
    order
}

/// The offset of the object to which the one at `offset` is kept as a difference; `None` if it is kept whole, or what it
/// is kept as cannot be read (gitformat-pack(5)).
pub(super) fn base_in(pack: &File, offset: u64) -> Option<u64> {
    // The longest size and distance are shorter.
    let mut head = [0; 32];
    let length = pack.read_at(&mut head, offset).ok()?;
    offset.checked_sub(distance(&head[..length])?)
}

/// How far before an entry its base is, by its first bytes.
fn distance(entry: &[u8]) -> Option<u64> {
    const TO_OFFSET: u8 = 6;
    let goes_on = |byte: &u8| byte & 0x80 != 0;
    let kind = entry.first()? >> 4 & 7;
    let size = entry.iter().position(|byte| !goes_on(byte))? + 1;
    let rest = entry.get(size..).filter(|_| kind == TO_OFFSET)?;
    let mut distance = u64::from(rest.first()? & 0x7f);
    let end = rest.iter().position(|byte| !goes_on(byte))?;
    for byte in &rest[1..=end] {
        distance = distance.checked_add(1)?.checked_mul(1 << 7)? | u64::from(byte & 0x7f);
    }
    Some(distance).filter(|distance| *distance > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_are_a_difference_to_is_read_after_them() {
        let base_of = |offset| match offset {
            // 10 is kept whole, 20, 30 and 60 one on the other, 50 on 20; 25 is kept whole, 40 on it.
            20 => Some(10),
            30 | 50 => Some(20),
            60 => Some(30),
            40 => Some(25),
            _ => None,
        };
        let read = |offsets: &[u64]| {
            let order = reading_order(offsets, base_of);
            order.into_iter().map(|place| offsets[place]).collect::<Vec<_>>()
        };
        assert_eq!(read(&[10, 20, 25, 30, 40, 50, 60]), [40, 25, 50, 60, 30, 20, 10]);
        assert_eq!(read(&[60, 10, 50, 10]), [50, 60, 10, 10]);
        assert!(read(&[]).is_empty());
    }

    #[test]
    fn distances_are_those_of_git() {
        // An entry of size 15, then of 2000 bytes; distances as git writes them.
        assert_eq!(distance(&[0x6f, 0x05]), Some(5));
        assert_eq!(distance(&[0xe0, 0x7d, 0x80, 0x00, 0x78]), Some(128));
        assert_eq!(distance(&[0x6f, 0xff, 0x7f]), Some(16_511));
        for whole_or_bad in [&[0x3f, 0x05][..], &[0x7f, 5], &[0x6f, 0], &[0x6f], &[0xef], &[0x6f, 0x80], &[]] {
            assert_eq!(distance(whole_or_bad), None, "{whole_or_bad:?}");
        }
        assert_eq!(distance(&[&[0x6f][..], &[0xff; 20], &[0]].concat()), None);
    }
}
