//! Values that are right once they exist: names, versions, digests, sizes.
//!
//! The floor of the workspace: every other crate may use it, it uses none of them. Each type is made by parsing
//! (`FromStr`, `serde`) and cannot be made otherwise, so code that holds one need not check it again. All of them are
//! untrusted input's first gate: none lets a path separator, a control character or an unbounded length through.

mod crate_id;
mod crate_name;
mod digest;
mod parse_error;
mod prefix;
mod run_id;
mod size;
mod trace_parent;
mod version;

pub use crate_id::CrateId;
pub use crate_name::CrateName;
pub use digest::{Digest, Hasher};
pub use parse_error::ParseError;
pub use prefix::PrefixStyle;
pub use run_id::RunId;
pub use size::ByteSize;
pub use trace_parent::TraceParent;
pub use version::Version;
