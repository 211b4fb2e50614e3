//! The records before a member that a PAX archive describes it with.

use super::error::Fault;

/// Of the records that describe a member, those that matter.
#[derive(Debug, Default)]
pub(super) struct PaxRecords {
    /// The name, instead of the one in the header.
    pub(super) path: Option<Vec<u8>>,
    /// The size, instead of the one in the header.
    pub(super) size: Option<u64>,
    /// It is a sparse file: its content is not what stands in the archive.
    pub(super) sparse: bool,
}

const BROKEN: &str = "the records that describe a member cannot be read";

impl PaxRecords {
    /// Reads records of the form `LENGTH KEY=VALUE\n`, the length that of the whole record.
    pub(super) fn parse(mut text: &[u8]) -> Result<Self, Fault> {
        let mut records = Self::default();
        while !text.is_empty() {
            let (key, value, rest) = split_record(text).ok_or(Fault::Damaged(BROKEN))?;
            text = rest;
            match key {
                b"path" => records.path = Some(value.to_vec()),
                b"size" => records.size = Some(number(value).ok_or(Fault::Damaged(BROKEN))?),
                _ if key.starts_with(b"GNU.sparse.") => records.sparse = true,
                // Times, owners, attributes: nothing is taken over from an archive.
                _ => {}
            }
        }
        Ok(records)
    }
}

/// Splits off the first record: its key, its value and what follows it.
fn split_record(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = text.iter().position(|byte| *byte == b' ')?;
    let length = usize::try_from(number(&text[..space])?).ok()?;
    let (record, rest) = text.split_at_checked(length)?;
    let record = record.get(space + 1..)?.strip_suffix(b"\n")?;
    let equals = record.iter().position(|byte| *byte == b'=')?;
    Some((&record[..equals], &record[equals + 1..], rest))
}

fn number(digits: &[u8]) -> Option<u64> {
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matters_is_read_and_the_rest_is_not() {
        let records = PaxRecords::parse(b"30 mtime=1795000000.123456789\n12 path=a/b\n15 size=123456\n").unwrap();
        assert_eq!(records.path.as_deref(), Some(b"a/b".as_slice()));
        assert_eq!(records.size, Some(123_456));
        assert!(!records.sparse);
        assert!(PaxRecords::parse(b"22 GNU.sparse.major=1\n").unwrap().sparse);
        // A value may hold what looks like a record.
        let records = PaxRecords::parse(b"26 comment=a\n12 path=a/b\n\n").unwrap();
        assert_eq!(records.path, None);
    }

    #[test]
    fn broken_records_are_damage() {
        let bad: [&[u8]; 12] = [
            b"x",
            b"12 path=a/b",
            b"99 path=a/b\n",
            b"0 path=a/b\n",
            b"3 path=a/b\n",
            b"+12 path=a/b\n",
            b"99999999999999999999999 path=a/b\n",
            b"9 path/a\n",
            b" path=a/b\n",
            b"9 size=x\n",
            b"11 size=-1\n",
            b"12 path=a/b\n\0",
        ];
        for text in bad {
            assert!(PaxRecords::parse(text).is_err(), "{}", text.escape_ascii());
        }
    }
}
