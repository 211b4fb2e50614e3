//! One exports, the other imports.

use romt_testkit::scenario::lab;
use romt_testkit::{CrateMirror, FakeCrate, GitUpstream, RomtProgram};
use romt_tests::python_romt;

/// How prefixes are spelled: in the exporter's root, in the archive, in the importer's root.
#[derive(Debug, Clone, Copy)]
struct Styles {
    exporter: &'static str,
    archive: &'static str,
    importer: &'static str,
}

/// What happens upstream before each round.
const CHANGES: [fn(&GitUpstream); 4] = [
    |_| {},
    |upstream| {
        upstream.publish(FakeCrate::new("Added", "1.0.0"));
        upstream.publish(FakeCrate::new("serde", "1.0.0").edition(2));
        upstream.set_yanked("ABcd@0.2.0", true);
        upstream.delete("Abc@1.0.0");
    },
    |upstream| {
        upstream.squash();
        upstream.publish(FakeCrate::new("Added", "1.1.0"));
        upstream.publish(FakeCrate::new("serde", "1.0.0").edition(3));
    },
    |upstream| {
        upstream.set_yanked("ABcd@0.2.0", false);
        upstream.delete("ABcd@0.1.0");
        upstream.publish(FakeCrate::new("x", "0.0.1-alpha.1"));
        upstream.publish(FakeCrate::new("Abc", "1.0.0"));
    },
];

/// Four rounds from one to the other, and one for nothing.
fn rounds(from: &RomtProgram, to: &RomtProgram, styles: Styles) {
    let upstream = lab();
    let exporter = CrateMirror::of(&upstream, from);
    exporter.run(&["init"]).succeeds();
    let Styles { exporter: prefix, archive, .. } = styles;
    exporter.write("crates/config.toml", format!("prefix = \"{prefix}\"\narchive_prefix = \"{archive}\"\n"));
    let importer = CrateMirror::importer(to);
    importer.run(&["init-import"]).succeeds();
    importer.write("crates/config.toml", format!("prefix = \"{}\"\narchive_prefix = \"lower\"\n", styles.importer));
    for (round, change) in CHANGES.iter().enumerate() {
        change(&upstream);
        let step = format!("round {round}, {styles:?}");
        exporter.run(&["export"]).succeeds();
        assert_eq!(exporter.archive().format(), if archive == "mixed" { "1\n" } else { "2\n" });
        importer.take_archive_of(&exporter);
        importer.run(&["import"]).succeeds();
        assert_same_crates(&exporter, &importer, &step);
        let trees = [&exporter, &importer].map(|mirror| mirror.index().tree("master"));
        assert_eq!(trees, [upstream.tree(), upstream.tree()], "{step}");
        importer.run(&["--start", "0", "verify"]).succeeds();
    }
    importer.run(&["import"]).succeeds();
    assert_eq!(importer.index().tree("master"), upstream.tree());
}

/// Both have the same crates, however each spells their prefixes; and they are in their places.
fn assert_same_crates(one: &CrateMirror, other: &CrateMirror, step: &str) {
    let [one, other] = [one, other].map(|mirror| {
        let config = mirror.read("crates/config.toml");
        let mixed = config.contains("\nprefix = \"mixed\"") || config.starts_with("prefix = \"mixed\"");
        let crates = mirror.crates().into_iter().map(|(path, digest)| {
            let (prefix, name) =
                path.rsplit_once('/').and_then(|(folder, _)| folder.rsplit_once('/')).expect("a prefix");
            let spelled = name.starts_with(&prefix.replace('/', "")) || prefix.len() < 3;
            assert!(mixed && (spelled || prefix.starts_with("3/")) || prefix.to_lowercase() == prefix, "{path}");
            (path.to_lowercase(), digest)
        });
        crates.collect::<Vec<_>>()
    });
    assert_eq!(one, other, "{step}");
}

const LOWER: Styles = Styles { exporter: "lower", archive: "lower", importer: "lower" };

/// Ours to Python's, or the other way round, in several styles.
fn both_ways(test: &str, styles: &[Styles], from_ours: bool) {
    let Some(python) = python_romt(test) else { return };
    let ours = RomtProgram::ours();
    for &styles in styles {
        if from_ours {
            rounds(&ours, &python, styles);
        } else {
            rounds(&python, &ours, styles);
        }
    }
}

#[test]
fn row_113_ours_to_pythons() {
    both_ways("row_113_ours_to_pythons", &[LOWER], true);
}

#[test]
fn row_113_pythons_to_ours() {
    both_ways("row_113_pythons_to_ours", &[LOWER], false);
}

#[test]
fn row_113_ours_to_pythons_in_format_1() {
    let styles = Styles { archive: "mixed", importer: "mixed", ..LOWER };
    both_ways("row_113_ours_to_pythons_in_format_1", &[styles], true);
}

#[test]
fn row_113_pythons_to_ours_in_format_1() {
    let styles = Styles { exporter: "mixed", archive: "mixed", ..LOWER };
    both_ways("row_113_pythons_to_ours_in_format_1", &[styles], false);
}

#[test]
fn row_113_ours_to_pythons_between_mixed_roots() {
    let styles = Styles { exporter: "mixed", importer: "mixed", ..LOWER };
    both_ways("row_113_ours_to_pythons_between_mixed_roots", &[styles], true);
}

#[test]
fn row_113_pythons_to_ours_between_mixed_roots() {
    let styles = Styles { exporter: "mixed", importer: "mixed", ..LOWER };
    both_ways("row_113_pythons_to_ours_between_mixed_roots", &[styles], false);
}

#[test]
fn row_113_ours_to_ours() {
    let ours = RomtProgram::ours();
    for styles in [LOWER, Styles { exporter: "mixed", archive: "mixed", importer: "mixed" }] {
        rounds(&ours, &ours, styles);
    }
}

#[test]
fn row_113_configured_on_both_sides() {
    let Some(python) = python_romt("row_113_configured_on_both_sides") else { return };
    let ours = RomtProgram::ours();
    for (from, to) in [(&ours, &python), (&python, &ours)] {
        let upstream = lab();
        let exporter = CrateMirror::of(&upstream, from);
        exporter.run(&["--server-url", "https://out/", "init", "config"]).succeeds();
        let importer = CrateMirror::importer(to);
        importer.run(&["--server-url", "https://in/", "init-import", "config"]).succeeds();
        for change in &CHANGES[..3] {
            change(&upstream);
            exporter.run(&["export"]).succeeds();
            importer.take_archive_of(&exporter);
            importer.run(&["import"]).succeeds();
            assert_eq!(importer.crates(), exporter.crates());
            for (mirror, server) in [(&exporter, "https://out/"), (&importer, "https://in/")] {
                let index = mirror.index();
                assert!(index.file("master", "config.json").is_some_and(|config| config.contains(server)));
                let mut paths = index.paths("master");
                paths.retain(|path| path != "config.json");
                for path in paths {
                    let name = path.rsplit('/').next().unwrap_or_default();
                    let lines = upstream.http().lines(name).join("\n") + "\n";
                    assert_eq!(index.file("master", &path), Some(lines), "{path}");
                }
            }
        }
    }
}
