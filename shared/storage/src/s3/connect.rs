//! Opening a bucket.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::prefix::PrefixStore;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};

use super::{Bucket, S3Options, S3OptionsError};
use crate::StorageError;
use crate::address::BucketAddress;

/// The first pause before a request is tried again, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(10));
/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(10);

impl Bucket {
    /// Opens the bucket and asks for a key, so that a wrong address or key is known now.
    pub(crate) async fn open(address: &BucketAddress, options: &S3Options) -> Result<Self, StorageError> {
        let unusable = |source: Box<dyn std::error::Error + Send + Sync>| StorageError::Unusable {
            address: address.to_string(),
            source,
        };
        // An error says that somebody chose a provider before, which is fine.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let store = build(address, options).map_err(unusable)?;
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .timeout(options.timeout)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|e| unusable(Box::new(e)))?;
        let bucket = Self { store: Arc::new(store), http, address: address.clone(), timeout: options.timeout };
        if let Some(Err(error)) = bucket.objects().list(None).next().await {
            return Err(match StorageError::from_object_store("", error) {
                StorageError::Refused { source, .. }
                | StorageError::Denied { source, .. }
                | StorageError::Failed { source, .. } => unusable(source),
                other => unusable(Box::new(other)),
            });
        }
        Ok(bucket)
    }

    /// The objects below the prefix.
    pub(crate) fn objects(&self) -> Arc<dyn ObjectStore> {
        match self.address.prefix() {
            "" => Arc::clone(&self.store) as Arc<dyn ObjectStore>,
            prefix => Arc::new(PrefixStore::new(Arc::clone(&self.store), prefix)),
        }
    }
}

fn build(address: &BucketAddress, options: &S3Options) -> Result<AmazonS3, Box<dyn std::error::Error + Send + Sync>> {
    let missing = |what| S3OptionsError::NoKey { what };
    // Without keys `object_store` would go looking for some on the network.
    let access_key = options.access_key.as_deref().ok_or_else(|| missing("access key"))?;
    let secret_key = options.secret_key.as_ref().ok_or_else(|| missing("secret key"))?.reveal();
    let token = options.session_token.as_ref().map(super::Secret::reveal);
    // These go into headers as they are.
    for (what, value) in
        [("access key", Some(access_key)), ("session token", token), ("region", Some(options.region.as_str()))]
    {
        if value.is_some_and(|value| !value.bytes().all(|byte| byte.is_ascii_graphic())) {
            return Err(S3OptionsError::Characters { what }.into());
        }
    }
    let (init_backoff, max_backoff) = PAUSES;
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(address.bucket())
        .with_region(&options.region)
        .with_access_key_id(access_key)
        .with_secret_access_key(secret_key)
        .with_virtual_hosted_style_request(options.virtual_host)
        .with_disable_bulk_delete(!options.bulk_delete)
        .with_retry(RetryConfig {
            backoff: BackoffConfig { init_backoff, max_backoff, base: 2.0 },
            max_retries: options.retries,
            retry_timeout: options.retry_time,
        });
    if let Some(token) = token {
        builder = builder.with_token(token);
    }
    let mut client = ClientOptions::new()
        .with_connect_timeout(CONNECT)
        // A large file may take long, as long as it comes on.
        .with_timeout_disabled()
        .with_read_timeout(options.timeout);
    if let Some(endpoint) = &options.endpoint {
        client = client.with_allow_http(endpoint.scheme() == "http");
        builder = builder.with_endpoint(bucket_endpoint(endpoint, address.bucket(), options.virtual_host));
    }
    Ok(builder.with_client_options(client).build()?)
}

/// The endpoint as `object_store` wants it: with a virtual host, the bucket is part of it.
fn bucket_endpoint(endpoint: &url::Url, bucket: &str, virtual_host: bool) -> String {
    let mut endpoint = endpoint.clone();
    let host = endpoint.host_str().unwrap_or_default().to_owned();
    if virtual_host && !host.starts_with(&format!("{bucket}.")) {
        // Fails for an address of digits, which has no names below it: then the path must do.
        if endpoint.set_host(Some(&format!("{bucket}.{host}"))).is_err() {
            tracing::warn!(%endpoint, "the endpoint can have no virtual hosts");
        }
    }
    endpoint.as_str().trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_virtual_host_has_the_bucket_in_its_name() {
        let url = |text| url::Url::parse(text).unwrap();
        for (endpoint, virtual_host, expected) in [
            ("https://s3.example", false, "https://s3.example"),
            ("https://s3.example:9/base/", false, "https://s3.example:9/base"),
            ("https://s3.example:9", true, "https://romt.s3.example:9"),
            ("https://romt.s3.example", true, "https://romt.s3.example"),
        ] {
            assert_eq!(bucket_endpoint(&url(endpoint), "romt", virtual_host), expected);
        }
    }
}
