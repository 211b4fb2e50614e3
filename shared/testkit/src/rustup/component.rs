//! The packages of a toolchain, in the form that rustup installs: a tar file with a list of what is in it.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use lzma_rust2::{XzOptions, XzWriter};

/// What rustup knows as a component: files that it puts into a toolchain.
#[derive(Debug, Clone)]
pub struct Component {
    /// The package: `rustc`, `rust-src`.
    pub package: String,
    /// What it is for; `*` where that does not matter.
    pub target: String,
    files: Vec<(String, u32, Content)>,
}

#[derive(Debug, Clone)]
enum Content {
    Here(Vec<u8>),
    At(PathBuf),
}

impl Component {
    /// A component without files.
    pub fn new(package: &str, target: &str) -> Self {
        Self { package: package.into(), target: target.into(), files: Vec::new() }
    }

    /// One more file, `lib/x`.
    #[must_use]
    pub fn file(mut self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.files.push((path.into(), 0o644, Content::Here(content.into())));
        self
    }

    /// One more program, `bin/rustc`: a shell script that prints `line`.
    #[must_use]
    pub fn program(mut self, path: &str, line: &str) -> Self {
        let script = format!("#!/bin/sh\necho '{line}'\n").into_bytes();
        self.files.push((path.into(), 0o755, Content::Here(script)));
        self
    }

    /// One more file, which is read at `source` when the component is packed.
    #[must_use]
    pub fn file_at(mut self, path: &str, mode: u32, source: PathBuf) -> Self {
        self.files.push((path.into(), mode, Content::At(source)));
        self
    }

    /// The package, compressed as Rust's are. Slow for what is large.
    pub fn xz(&self) -> Vec<u8> {
        let writer = XzWriter::new(Vec::new(), XzOptions::with_preset(0)).expect("the options of a preset");
        self.write(writer)
            .and_then(XzWriter::finish)
            .unwrap_or_else(|error| panic!("packing {}: {error}", self.package))
    }

    /// The package as Rust has it for old versions of rustup, compressed quickly into `output`.
    pub fn gzip(&self, output: impl Write) -> io::Result<()> {
        self.write(GzEncoder::new(output, Compression::fast())).and_then(GzEncoder::finish).map(drop)
    }

    fn write<W: Write>(&self, output: W) -> io::Result<W> {
        // As rustup knows it: the library is the only package that is there for several targets at once.
        let folder = match (&*self.package, &*self.target) {
            ("rust-std", target) => format!("rust-std-{target}"),
            (package, _) => package.to_owned(),
        };
        let mut tar = tar::Builder::new(output);
        let list: Vec<String> = self.files.iter().map(|(path, ..)| format!("file:{path}\n")).collect();
        let texts = [
            ("rust-installer-version".to_owned(), "3\n".to_owned()),
            ("components".to_owned(), format!("{folder}\n")),
            (format!("{folder}/manifest.in"), list.concat()),
        ];
        for (path, text) in texts {
            append(&mut tar, &path, 0o644, text.len() as u64, text.as_bytes())?;
        }
        for (path, mode, content) in &self.files {
            let path = format!("{folder}/{path}");
            match content {
                Content::Here(bytes) => append(&mut tar, &path, *mode, bytes.len() as u64, &**bytes)?,
                Content::At(source) => {
                    let file = File::open(source)?;
                    append(&mut tar, &path, *mode, file.metadata()?.len(), file)?;
                }
            }
        }
        tar.into_inner()
    }
}

fn append(tar: &mut tar::Builder<impl Write>, path: &str, mode: u32, size: u64, content: impl Read) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(size);
    header.set_mode(mode);
    tar.append_data(&mut header, format!("package/{path}"), content)
}
