//! `romt.toml`.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::KEYS;
use super::{Key, Place, Problem};

/// A larger file is surely not ours.
const MAX_SIZE: u64 = 1 << 20;

/// A settings file: its values as text, and what is wrong with it.
#[derive(Debug, Default)]
pub struct SettingsFile {
    path: PathBuf,
    entries: HashMap<&'static str, Entry>,
    problems: Vec<Problem>,
}

#[derive(Debug)]
struct Entry {
    values: Vec<String>,
    line: usize,
}

impl SettingsFile {
    /// Reads a file. One that cannot be read is a problem like any other.
    pub fn load(path: &Path) -> Self {
        match read(path) {
            Ok(text) => Self::parse(path, &text),
            Err(error) => {
                let mut file = Self { path: path.to_owned(), ..Self::default() };
                file.problem("", 0, format!("cannot be read: {error}"));
                file
            }
        }
    }

    /// Parses the text of a file. What cannot be understood is kept as a problem, and the rest still counts.
    pub fn parse(path: &Path, text: &str) -> Self {
        let mut file = Self { path: path.to_owned(), ..Self::default() };
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let line = error.span().map_or(0, |span| line_of(text, span.start));
            file.problem("", line, error.message().to_owned());
        }
        // After a syntax error the keys that follow may stand in the wrong table; one problem is enough then.
        if file.problems.is_empty() {
            file.take(text, None, table.get_ref());
            // The table is sorted by name; people read from top to bottom.
            file.problems.sort_by_key(|problem| problem.place.line());
        }
        file
    }

    /// The values under a key, and where they are.
    pub(super) fn get(&self, key: &Key) -> Option<(&[String], Place)> {
        let entry = self.entries.get(key.name)?;
        Some((&entry.values, self.place(key.path(), entry.line)))
    }

    pub(super) fn take_problems(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.problems)
    }

    fn take(&mut self, text: &str, table: Option<&str>, entries: &DeTable<'_>) {
        for (name, value) in entries {
            let line = line_of(text, name.span().start);
            let name: &str = name.get_ref();
            let path = table.map_or_else(|| name.to_owned(), |table| format!("{table}.{name}"));
            let key = KEYS.into_iter().find(|key| key.key() == name && key.table == table);
            match (key, value.get_ref()) {
                (None, DeValue::Table(inner)) if table.is_none() && is_table(name) => {
                    self.take(text, Some(name), inner);
                }
                (None, _) => self.problem(&path, line, unknown(&path)),
                (Some(key), value) => match texts(value, key) {
                    Ok(values) => {
                        self.entries.insert(key.name, Entry { values, line });
                    }
                    Err(reason) => self.problem(&path, line, reason.to_owned()),
                },
            }
        }
    }

    fn problem(&mut self, path: &str, line: usize, reason: String) {
        let place = self.place(path.to_owned(), line);
        self.problems.push(Problem { place, reason });
    }

    fn place(&self, path: String, line: usize) -> Place {
        Place::File { file: self.path.clone(), path, line }
    }
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(MAX_SIZE + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_SIZE {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 1 MiB"));
    }
    Ok(text)
}

fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

fn is_table(name: &str) -> bool {
    KEYS.iter().any(|key| key.table == Some(name))
}

/// A value as text, as if it had stood on the command line.
fn texts(value: &DeValue<'_>, key: &Key) -> Result<Vec<String>, &'static str> {
    match value {
        DeValue::Table(table) if key.pairs => {
            let pairs =
                table.iter().map(|(name, value)| Some(format!("{}={}", name.get_ref(), scalar(value.get_ref())?)));
            let pairs: Option<Vec<_>> = pairs.collect();
            pairs.map(|pairs| vec![pairs.join(",")]).ok_or("the values in it must be numbers")
        }
        DeValue::Array(array) if key.list => {
            let items = array.iter().map(Spanned::get_ref);
            items.map(|item| scalar(item).ok_or("its items must be strings")).collect()
        }
        DeValue::Array(_) => Err("one value is wanted, not an array"),
        other => scalar(other).map(|text| vec![text]).ok_or("a value is wanted, not a table"),
    }
}

fn scalar(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Float(number) => Some(number.to_string()),
        DeValue::Boolean(truth) => Some(truth.to_string()),
        DeValue::Datetime(time) => Some(time.to_string()),
        DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

/// Says that a key is unknown, and which one was meant if that is plain.
fn unknown(path: &str) -> String {
    let last = path.rsplit('.').next().unwrap_or(path);
    let closeness = |key: &Key| {
        // The right name in the wrong table is as close as can be.
        if key.key() == last { 1.0 } else { strsim::jaro_winkler(&key.path(), path) }
    };
    let closest = KEYS.into_iter().map(|key| (closeness(key), key)).max_by(|a, b| a.0.total_cmp(&b.0));
    match closest {
        Some((closeness, key)) if closeness > 0.85 => {
            format!("there is no such setting; did you mean `{}`?", key.path())
        }
        _ => "there is no such setting".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<String> {
        SettingsFile::parse(Path::new("romt.toml"), text).problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn unknown_keys_are_problems_with_the_line_and_what_was_meant() {
        let text = "mirror = 'm'\nprot = 1\nlockfile = []\n\n[crates]\ncrates = ['x']\nxyzzy = 1\n[dist]\n";
        assert_eq!(
            problems(text),
            [
                "romt.toml: prot (line 2): there is no such setting; did you mean `port`?",
                "romt.toml: lockfile (line 3): there is no such setting; did you mean `crates.lockfile`?",
                "romt.toml: crates.crates (line 6): there is no such setting; did you mean `crates.crate`?",
                "romt.toml: crates.xyzzy (line 7): there is no such setting",
                "romt.toml: dist (line 8): there is no such setting",
            ]
        );
    }

    #[test]
    fn values_of_the_wrong_shape_are_problems() {
        assert_eq!(
            problems("port = [1]\nmirror = {}\n[crates]\ncrate = [['x']]\n"),
            [
                "romt.toml: port (line 1): one value is wanted, not an array",
                "romt.toml: mirror (line 2): a value is wanted, not a table",
                "romt.toml: crates.crate (line 4): its items must be strings",
            ]
        );
        assert_eq!(
            problems("crates = 1"),
            ["romt.toml: crates (line 1): there is no such setting; did you mean `crates.crate`?"]
        );
    }

    #[test]
    fn a_file_that_is_not_toml_is_one_problem_with_its_line() {
        let problems = problems("mirror = 'm'\nport = = 1\nprot = 3\n");
        assert!(problems.iter().all(|problem| problem.starts_with("romt.toml (line 2): ")), "{problems:?}");
        assert!(!problems.is_empty());
    }

    #[test]
    fn a_file_that_cannot_be_read_is_a_problem() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("romt.toml");
        let file = SettingsFile::load(&path);
        assert!(file.problems[0].to_string().contains("romt.toml: cannot be read: No such file"), "{file:?}");
        std::fs::write(&path, vec![b'#'; 2 << 20]).unwrap();
        assert!(SettingsFile::load(&path).problems[0].reason.contains("larger than 1 MiB"));
    }
}
