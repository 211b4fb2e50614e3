//! Where a store is, as one value of the settings says it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use romt_types::ParseError;

/// Where a store is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreAddress {
    /// `file:///PATH`, or just a path: a folder.
    Folder(PathBuf),
    /// `s3://BUCKET[/PREFIX]`: a bucket of an S3 service, or what lies under a prefix in it.
    S3(BucketAddress),
    /// `memory:`: gone with the process. For tests.
    Memory,
}

/// A place in a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketAddress {
    bucket: String,
    prefix: String,
}

/// Longer names no service has.
const BUCKET_LIMIT: usize = 255;

impl BucketAddress {
    /// The bucket's name.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// What all keys begin with, without a slash at its end; empty for the whole bucket.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Reads `BUCKET[/PREFIX]`; the error says what is wrong.
    fn parse(text: &str) -> Result<Self, &'static str> {
        let (bucket, prefix) = text.split_once('/').unwrap_or((text, ""));
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        if bucket.is_empty() || bucket.len() > BUCKET_LIMIT || !bucket.chars().all(is_plain) || bucket.starts_with('.')
        {
            return Err("the name of a bucket has letters, digits, `-`, `.` and `_`");
        }
        let prefix = prefix.trim_end_matches('/');
        let is_part = |part: &str| !matches!(part, "" | "." | "..") && part.chars().all(is_plain);
        if !prefix.is_empty() && !prefix.split('/').all(is_part) {
            return Err("a prefix has parts of letters, digits, `-`, `.` and `_`, with one `/` between them");
        }
        Ok(Self { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
    }
}

impl fmt::Display for BucketAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}", self.bucket)?;
        if !self.prefix.is_empty() {
            write!(f, "/{}", self.prefix)?;
        }
        Ok(())
    }
}

impl fmt::Display for StoreAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => path.display().fmt(f),
            Self::S3(bucket) => bucket.fmt(f),
            Self::Memory => f.write_str("memory:"),
        }
    }
}

impl FromStr for StoreAddress {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let error = |reason| ParseError::new(text, "the address of a store", reason);
        if text == "memory:" {
            return Ok(Self::Memory);
        }
        if let Some(rest) = text.strip_prefix("s3://") {
            return BucketAddress::parse(rest).map(Self::S3).map_err(error);
        }
        if let Some(path) = text.strip_prefix("file://") {
            // What comes before the third slash would be a host.
            if path.starts_with('/') {
                return Ok(Self::Folder(path.into()));
            }
            return Err(error("a folder's address has three slashes: file:///PATH"));
        }
        if text.is_empty() || text.contains("://") {
            return Err(error("it is a path, file:///PATH or s3://BUCKET[/PREFIX]"));
        }
        Ok(Self::Folder(text.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written() {
        for (text, shown) in [
            ("/srv/mirror", "/srv/mirror"),
            ("mirror", "mirror"),
            ("file:///srv/mirror", "/srv/mirror"),
            ("s3://romt", "s3://romt"),
            ("s3://romt/", "s3://romt"),
            ("s3://romt/export/a-b_c.d/", "s3://romt/export/a-b_c.d"),
            ("memory:", "memory:"),
        ] {
            let address: StoreAddress = text.parse().unwrap();
            assert_eq!(address.to_string(), shown);
            assert_eq!(address.to_string().parse::<StoreAddress>().unwrap(), address);
        }
        let StoreAddress::S3(place) = "s3://romt/a/b".parse().unwrap() else { panic!("it is a bucket") };
        assert_eq!((place.bucket(), place.prefix()), ("romt", "a/b"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in [
            "",
            "file://srv/mirror",
            "s3://",
            "s3:///prefix",
            "s3://a b",
            "s3://key:secret@romt",
            "s3://romt/../x",
            "s3://romt//x",
            "s3://romt/a?b",
            "gs://romt",
            "http://example/",
        ] {
            assert!(bad.parse::<StoreAddress>().is_err(), "{bad}");
        }
    }
}
