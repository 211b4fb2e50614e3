//! A store in a bucket of an S3 service.

mod connect;
mod options;
#[cfg(test)]
mod tests;
mod uploads;

pub use options::{S3Options, S3OptionsError, Secret};
pub(crate) use uploads::ABANDONED;

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3;

use crate::address::BucketAddress;

/// The bucket behind a [`Storage`](crate::Storage), for what `object_store` has no words for.
#[derive(Clone)]
pub(crate) struct Bucket {
    store: Arc<AmazonS3>,
    http: reqwest::Client,
    address: BucketAddress,
    timeout: Duration,
}

impl Bucket {
    /// Where it is.
    pub(crate) fn address(&self) -> &BucketAddress {
        &self.address
    }
}
