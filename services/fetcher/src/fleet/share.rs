//! One fetcher's share of the limit of a host. It knows no clock: time passes when its own word comes back to it, so that one
//! that is cut off does not believe that it is alone.

use std::collections::BTreeMap;

/// Own words that come back before the first transfer: the others have answered by then.
const LISTEN: u32 = 3;
/// Own words that come back without a word of another one, before that counts as gone.
const MISSED: u32 = 5;

/// What a fetcher knows of the others, and what it may have itself.
#[derive(Debug)]
pub(super) struct Share {
    name: String,
    limit: usize,
    heard: u32,
    others: BTreeMap<String, Other>,
}

#[derive(Debug)]
struct Other {
    reserved: usize,
    missed: u32,
}

impl Share {
    /// Of the fetcher `name`, which knows nobody yet.
    pub(super) fn new(name: String, limit: usize) -> Self {
        Self { name, limit, heard: 0, others: BTreeMap::new() }
    }

    /// Somebody says that it is there, with so many transfers of its own.
    pub(super) fn here(&mut self, fetcher: &str, reserved: usize) {
        if fetcher != self.name {
            self.others.insert(fetcher.to_owned(), Other { reserved, missed: 0 });
            return;
        }
        self.heard = self.heard.saturating_add(1);
        self.others.retain(|_, other| {
            other.missed += 1;
            other.missed <= MISSED
        });
    }

    /// Somebody goes.
    pub(super) fn gone(&mut self, fetcher: &str) {
        self.others.remove(fetcher);
    }

    /// How many there are.
    pub(super) fn fetchers(&self) -> usize {
        self.others.len() + 1
    }

    /// How many transfers at once with one host this one may have now: its part, as far as the others have left it.
    pub(super) fn allowance(&self) -> usize {
        if self.heard < LISTEN {
            return 0;
        }
        let elders = self.others.range(..self.name.clone()).count();
        // Where the limit cannot be divided, those who came first have one more.
        let part = self.limit / self.fetchers() + usize::from(elders < self.limit % self.fetchers());
        let taken: usize = self.others.values().map(|other| other.reserved).sum();
        part.min(self.limit.saturating_sub(taken))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A fleet in which everyone hears everything at once. Each has transfers that last, `busy` of them.
    fn settle(fleet: &mut [Share], limit: usize, busy: &mut [usize]) {
        for _ in 0..10 {
            for speaker in 0..fleet.len() {
                let allowance = fleet[speaker].allowance();
                // One transfer ends, and as many begin as may.
                busy[speaker] = busy[speaker].saturating_sub(1).max(allowance);
                assert!(busy.iter().sum::<usize>() <= limit, "{busy:?}");
                let (name, reserved) = (fleet[speaker].name.clone(), busy[speaker]);
                for share in fleet.iter_mut() {
                    share.here(&name, reserved);
                }
            }
        }
    }

    #[test]
    fn the_limit_is_divided_and_never_exceeded_while_others_come_and_go() {
        let limit = 4;
        let mut fleet = vec![Share::new("0".to_owned(), limit)];
        let mut busy = vec![0; 6];
        let mut shares = Vec::new();
        for name in 1..=6 {
            settle(&mut fleet, limit, &mut busy);
            shares.push(fleet.iter().map(Share::allowance).collect::<Vec<_>>());
            fleet.push(Share::new(name.to_string(), limit));
        }
        let expected: [&[usize]; 6] = [&[4], &[2, 2], &[2, 1, 1], &[1, 1, 1, 1], &[1, 1, 1, 1, 0], &[1, 1, 1, 1, 0, 0]];
        assert_eq!(shares, expected);
        fleet.truncate(2);
        let mut busy = vec![1, 1];
        fleet[0].gone("5");
        settle(&mut fleet, limit, &mut busy);
        assert_eq!(
            fleet.iter().map(Share::allowance).collect::<Vec<_>>(),
            [2, 2],
            "who was killed is missed in the end"
        );
    }

    #[test]
    fn one_that_is_cut_off_does_not_believe_that_it_is_alone() {
        let mut share = Share::new("a".to_owned(), 4);
        for _ in 0..3 {
            share.here("a", 0);
            share.here("b", 2);
        }
        assert_eq!(share.allowance(), 2);
        // Nothing comes back any more, however long that lasts.
        assert_eq!(share.allowance(), 2);
        (0..=MISSED).for_each(|_| share.here("a", 2));
        assert_eq!(share.allowance(), 4, "it hears itself, and the other one no more");
    }
}
