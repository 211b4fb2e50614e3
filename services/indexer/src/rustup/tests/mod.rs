mod bench;
mod download;
mod published;
mod reading;
