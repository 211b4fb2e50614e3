//! Our romt and Python's, one after the other in one mirror, and one on each side of an archive.

mod continued;
mod rounds;
