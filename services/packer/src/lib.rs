//! Packs on export and admits on import. **Nothing runs yet**: this crate has no service.
//!
//! What comes here: jobs that write romt archives and native bundles in one pass from the store; an inbox that is
//! watched; admission, which verifies every member before anything becomes visible and quarantines what is bad with the
//! reason beside it.
//!
//! What is here: the order of the members of an archive of crates ([`crates_members`]), a pure function.

mod order;

pub use order::crates_members;
