//! The bus of a deployment as its operator meets it.

#![expect(clippy::expect_used, reason = "tests")]

mod jobs;
