//! Real S3 services beside a test, and what is wrong with services.

mod faulty;
mod server;

pub use faulty::{FaultyS3, S3Fault, S3Request};
pub use server::{S3Kind, S3Server};
