//! A registry to misbehave with.

use romt_testkit::{FakeCrate, Upstream};

use crate::{Site, SiteKind};

/// A crate with a file of more than 3 MB, which depends on [`SMALL`].
pub const BIG: &str = "big@1.0.0";
/// A crate with a file of some hundred bytes.
pub const SMALL: &str = "small@1.0.0";

/// An upstream with [`BIG`] and [`SMALL`], and a site for it.
pub fn big_and_small(kind: &SiteKind) -> (Upstream, Site) {
    let upstream = Upstream::start();
    upstream.publish(FakeCrate::new("big", "1.0.0").padding(3_200_000).depends_on("small", "1"));
    upstream.publish(FakeCrate::new("small", "1.0.0"));
    let site = Site::new(kind, &upstream);
    (upstream, site)
}
