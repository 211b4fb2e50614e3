//! Which manifests are published under which names, and what nothing published needs any more.

mod fixup;
mod retention;

pub use fixup::{HeldManifest, ManifestCopy, fixup_plan};
pub use retention::{Inventory, Keep, RetentionPlan};
