//! Exports that have little to say: whoever imports is never stuck.

use std::collections::BTreeMap;

use romt_testkit::scenario::lab;
use romt_testkit::{CrateMirror, FakeCrate, GitUpstream, RomtProgram};
use romt_tests::python_romt;

/// An exporter of ours after its first export, and who imported that.
struct Chain {
    upstream: GitUpstream,
    exporter: CrateMirror,
    importers: Vec<CrateMirror>,
}

impl Chain {
    /// Ours imports, and Python's where it is installed.
    fn start(test: &str) -> Self {
        Self::to([RomtProgram::ours()].into_iter().chain(python_romt(test)))
    }

    fn to(programs: impl Iterator<Item = RomtProgram>) -> Self {
        let upstream = lab();
        let exporter = CrateMirror::of(&upstream, &RomtProgram::ours());
        exporter.run(&["init"]).succeeds();
        let importers = programs.map(|program| {
            let importer = CrateMirror::importer(&program);
            importer.run(&["init-import"]).succeeds();
            importer
        });
        let chain = Self { importers: importers.collect(), upstream, exporter };
        chain.exchange();
        chain
    }

    /// One export, which everybody imports; everybody has then what upstream has.
    fn exchange(&self) {
        self.exporter.run(&["export"]).succeeds();
        for importer in &self.importers {
            importer.take_archive_of(&self.exporter);
            importer.run(&["import"]).succeeds();
            assert_eq!(importer.crates(), self.exporter.crates());
            // Each keeps the config.json that it had first.
            assert_eq!(lines(importer), lines(&self.exporter));
        }
        assert_eq!(self.exporter.list(&[]), [""; 0], "everything is marked");
    }
}

/// The published index files, without `config.json`.
fn lines(mirror: &CrateMirror) -> BTreeMap<String, String> {
    let index = mirror.index();
    let mut paths = index.paths("master");
    paths.retain(|path| path != "config.json");
    paths.into_iter().map(|path| (path.clone(), index.file("master", &path).unwrap_or_default())).collect()
}

#[test]
fn row_114_an_export_of_a_yank() {
    let chain = Chain::start("row_114_an_export_of_a_yank");
    chain.upstream.set_yanked("serde@1.0.0", true);
    chain.exchange();
    assert_eq!(chain.exporter.archive().crates().len(), 0, "it is the index only");
    let lines = chain.importers[0].index().file("master", "se/rd/serde");
    assert!(lines.is_some_and(|lines| lines.contains("\"yanked\":true")));
    chain.upstream.publish(FakeCrate::new("more", "1.0.0"));
    chain.exchange();
    assert_eq!(chain.exporter.archive().crates().len(), 1);
}

#[test]
fn row_114_an_export_of_a_removal() {
    let chain = Chain::start("row_114_an_export_of_a_removal");
    chain.upstream.delete("Abc@1.0.0");
    chain.exchange();
    assert_eq!(chain.exporter.archive().crates().len(), 0);
    assert!(!chain.importers[0].crate_paths().iter().any(|path| path.contains("Abc")));
    chain.upstream.publish(FakeCrate::new("more", "1.0.0"));
    chain.exchange();
}

#[test]
fn row_114_an_export_of_a_squash() {
    let chain = Chain::start("row_114_an_export_of_a_squash");
    chain.upstream.squash();
    chain.exchange();
    chain.upstream.publish(FakeCrate::new("more", "1.0.0"));
    chain.exchange();
}

#[test]
fn row_114_nothing_at_all() {
    let chain = Chain::start("row_114_nothing_at_all");
    let old = std::fs::read(chain.exporter.path("crates.tar.gz")).expect("an archive");
    chain.exporter.run(&["export"]).succeeds().says("No crates to pack");
    assert_eq!(std::fs::read(chain.exporter.path("crates.tar.gz")).expect("an archive"), old);
    // The same archive again does no harm.
    for importer in &chain.importers {
        importer.run(&["import"]).succeeds();
    }
    chain.upstream.publish(FakeCrate::new("more", "1.0.0"));
    chain.exchange();
}

#[test]
fn row_115_a_configuration_between_exports() {
    let chain = Chain::start("row_115_a_configuration_between_exports");
    chain.exporter.run(&["--server-url", "https://h/", "config"]).succeeds();
    chain.upstream.publish(FakeCrate::new("more", "1.0.0"));
    chain.exchange();
    let config = |mirror: &CrateMirror| mirror.index().file("master", "config.json").unwrap_or_default();
    assert!(config(&chain.exporter).contains("https://h/crates/"));
    chain.exporter.run(&["--server-url", "https://other/", "config"]).succeeds();
    chain.upstream.set_yanked("serde@1.0.0", true);
    chain.exchange();
    chain.upstream.publish(FakeCrate::new("most", "1.0.0"));
    chain.exchange();
}

#[test]
fn row_115_a_configuration_alone() {
    let chain = Chain::start("row_115_a_configuration_alone");
    chain.exporter.run(&["--server-url", "https://h/", "config"]).succeeds();
    chain.exchange();
    chain.upstream.publish(FakeCrate::new("more", "1.0.0"));
    chain.exchange();
}

#[test]
fn row_115_every_importer_has_a_configuration_of_its_own() {
    let chain = Chain::start("row_115_every_importer_has_a_configuration_of_its_own");
    for importer in &chain.importers {
        importer.run(&["--server-url", "https://mine/", "config"]).succeeds();
    }
    for name in ["more", "most"] {
        chain.upstream.publish(FakeCrate::new(name, "1.0.0"));
        chain.exporter.run(&["--server-url", "https://theirs/", "config", "export"]).succeeds();
        for importer in &chain.importers {
            importer.take_archive_of(&chain.exporter);
            importer.run(&["import"]).succeeds();
            assert_eq!(importer.crates(), chain.exporter.crates());
            let config = importer.index().file("master", "config.json").unwrap_or_default();
            assert!(config.contains("https://mine/crates/"), "{config}");
        }
    }
}

#[test]
fn small_steps_need_no_git_program() {
    let mut chain = Chain::to([RomtProgram::ours()].into_iter());
    chain.exporter.hide_programs();
    chain.importers.iter_mut().for_each(|mirror| mirror.hide_programs());
    chain.upstream.publish(FakeCrate::new("more", "1.0.0"));
    chain.exchange();
    chain.upstream.delete("Abc@1.0.0");
    chain.exchange();
    chain.upstream.squash();
    chain.upstream.publish(FakeCrate::new("most", "1.0.0"));
    chain.exchange();
}
