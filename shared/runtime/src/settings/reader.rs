//! Reading settings from all sources.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use super::{Arguments, Fallback, Key, Place, Problem, SettingsError, SettingsFile, values};

/// Reads settings and remembers what could not be read.
pub struct Reader<'a> {
    arguments: Arguments,
    environment: &'a dyn Fn(&str) -> Option<OsString>,
    file: SettingsFile,
    problems: Vec<Problem>,
}

/// There is no value, and the reader knows why: [`Reader::finish`] will fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded(());

/// What a source says about a key.
struct Found {
    values: Vec<String>,
    place: Place,
}

impl<'a> Reader<'a> {
    /// A reader of these sources. `environment` looks a variable up.
    pub fn new(
        arguments: Arguments,
        environment: &'a dyn Fn(&str) -> Option<OsString>,
        mut file: SettingsFile,
    ) -> Self {
        let problems = file.take_problems();
        Self { arguments, environment, file, problems }
    }

    /// The value of a key; its default if nobody sets it. A key without default must be set.
    pub fn value<T, E: fmt::Display>(
        &mut self,
        key: &'static Key,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<T, Recorded> {
        let (text, place) = self.required(key, default_of(key))?;
        self.parse(&text, place, parse)
    }

    /// The value of a key, with another default than its own.
    pub fn value_or<T, E: fmt::Display>(
        &mut self,
        key: &'static Key,
        default: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<T, Recorded> {
        let (text, place) = self.required(key, Some(default))?;
        self.parse(&text, place, parse)
    }

    /// The value of a key, if anybody sets it; defaults do not count.
    pub fn optional<T, E: fmt::Display>(
        &mut self,
        key: &'static Key,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Option<T>, Recorded> {
        match self.one(key)? {
            Some((text, place)) => self.parse(&text, place, parse).map(Some),
            None => Ok(None),
        }
    }

    /// The same, and the folder that a relative path in the value belongs to.
    pub fn optional_and_folder<T, E: fmt::Display>(
        &mut self,
        key: &'static Key,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Option<(T, PathBuf)>, Recorded> {
        let Some((text, place)) = self.one(key)? else { return Ok(None) };
        let folder = within(&place, "");
        self.parse(&text, place, parse).map(|value| Some((value, folder)))
    }

    /// The values of a key that may be given several times, from the first source that has any.
    pub fn list<T, E: fmt::Display>(
        &mut self,
        key: &'static Key,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Vec<T>, Recorded> {
        let Some(found) = self.find(key)? else { return Ok(Vec::new()) };
        let parsed: Vec<_> = found.values.iter().map(|text| self.parse(text, found.place.clone(), &parse)).collect();
        parsed.into_iter().collect()
    }

    /// The path under a key. A relative one in a settings file is relative to that file.
    pub fn path(&mut self, key: &'static Key) -> Result<PathBuf, Recorded> {
        let (text, place) = self.required(key, default_of(key))?;
        self.parse_path(&text, &place)
    }

    /// The path under a key, with another default than its own.
    pub fn path_or(&mut self, key: &'static Key, default: &str) -> Result<PathBuf, Recorded> {
        let (text, place) = self.required(key, Some(default))?;
        self.parse_path(&text, &place)
    }

    /// The path under a key, if anybody sets it; defaults do not count.
    pub fn optional_path(&mut self, key: &'static Key) -> Result<Option<PathBuf>, Recorded> {
        match self.one(key)? {
            Some((text, place)) => self.parse_path(&text, &place).map(Some),
            None => Ok(None),
        }
    }

    /// The paths under a key that may be given several times.
    pub fn paths(&mut self, key: &'static Key) -> Result<Vec<PathBuf>, Recorded> {
        let Some(found) = self.find(key)? else { return Ok(Vec::new()) };
        let parsed: Vec<_> = found.values.iter().map(|text| self.parse_path(text, &found.place)).collect();
        parsed.into_iter().collect()
    }

    /// Whether the value of a key stands on the command line.
    pub fn is_argument(&self, key: &'static Key) -> bool {
        self.arguments.get(key).is_some()
    }

    /// Writes down that a key has a value that can be read, or none, and that this does not go with the other values.
    pub fn refuse(&mut self, key: &'static Key, reason: impl fmt::Display) -> Recorded {
        match self.find(key) {
            Ok(found) => self.record(found.map_or(Place::Option(key), |found| found.place), reason),
            Err(recorded) => recorded,
        }
    }

    /// The values made of what was read, unless something could not be read.
    pub fn finish<T>(self, values: Result<T, Recorded>) -> Result<T, SettingsError> {
        match values {
            Ok(values) if self.problems.is_empty() => Ok(values),
            _ => Err(SettingsError { problems: self.problems }),
        }
    }

    /// What is said about a key that must have one value.
    fn required(&mut self, key: &'static Key, default: Option<&str>) -> Result<(String, Place), Recorded> {
        match self.one(key)? {
            Some(found) => Ok(found),
            None => match default {
                Some(text) => Ok((text.to_owned(), Place::Default(key))),
                None => Err(self.record(Place::Option(key), "it is not set")),
            },
        }
    }

    /// What the first source that has any says about a key that takes one value.
    fn one(&mut self, key: &'static Key) -> Result<Option<(String, Place)>, Recorded> {
        let Some(found) = self.find(key)? else { return Ok(None) };
        // Said twice on the command line, the last counts.
        Ok(found.values.into_iter().next_back().map(|text| (text, found.place)))
    }

    fn find(&mut self, key: &'static Key) -> Result<Option<Found>, Recorded> {
        if let Some(values) = self.arguments.get(key) {
            return Ok(Some(Found { values: values.to_vec(), place: Place::Option(key) }));
        }
        // An empty variable is how compose files and unit files say "not set".
        if let Some(text) = (self.environment)(key.env).filter(|text| !text.is_empty()) {
            let place = Place::Variable(key);
            let Ok(text) = text.into_string() else { return Err(self.record(place, "it is not UTF-8 text")) };
            let values = if key.list { split(&text) } else { vec![text] };
            return Ok(Some(Found { values, place }));
        }
        Ok(self.file.get(key).map(|(values, place)| Found { values: values.to_vec(), place }))
    }

    fn parse<T, E: fmt::Display>(
        &mut self,
        text: &str,
        place: Place,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<T, Recorded> {
        parse(text).map_err(|error| self.record(place, error))
    }

    fn parse_path(&mut self, text: &str, place: &Place) -> Result<PathBuf, Recorded> {
        self.parse(text, place.clone(), |text| values::text(text).map(|text| within(place, &text)))
    }

    fn record(&mut self, place: Place, reason: impl fmt::Display) -> Recorded {
        self.problems.push(Problem { place, reason: reason.to_string() });
        Recorded(())
    }
}

fn default_of(key: &Key) -> Option<&'static str> {
    match key.fallback {
        Fallback::Value(text) => Some(text),
        Fallback::Described(_) | Fallback::Nothing => None,
    }
}

fn split(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

fn within(place: &Place, path: &str) -> PathBuf {
    place.folder().map_or_else(|| PathBuf::from(path), |folder| folder.join(Path::new(path)))
}

#[cfg(test)]
mod tests {
    use super::super::keys::{CRATE, EVERY, HOST_LIMIT, LOCKFILE, MIRROR, NUM_JOBS, PORT, SERVER_URL, TIMEOUT};
    use super::*;

    fn file(text: &str) -> SettingsFile {
        SettingsFile::parse(Path::new("conf/romt.toml"), text)
    }

    fn nothing(_: &str) -> Option<OsString> {
        None
    }

    #[test]
    fn the_first_source_that_says_something_counts() {
        let environment = |name: &str| match name {
            "ROMT_PORT" | "ROMT_NUM_JOBS" => Some("2".into()),
            "ROMT_MIRROR" => Some("".into()),
            _ => None,
        };
        let text = "port = 3\nnum-jobs = 3\nmirror = 'm'";
        let mut reader = Reader::new(Arguments::default().with(&PORT, ["1".to_owned()]), &environment, file(text));
        assert_eq!(reader.value(&PORT, values::port), Ok(1));
        assert_eq!(reader.value(&NUM_JOBS, values::count).map(usize::from), Ok(2));
        assert_eq!(reader.path(&MIRROR), Ok("conf/m".into()));
        assert_eq!(reader.value(&TIMEOUT, values::seconds).map(|t| t.as_secs()), Ok(60));
        assert_eq!(reader.optional(&EVERY, values::duration), Ok(None));
        assert_eq!(reader.value_or(&HOST_LIMIT, "7", values::count).map(usize::from), Ok(7));
        assert_eq!(reader.finish(Ok(())), Ok(()));
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let environment = |name: &str| (name == "ROMT_TIMEOUT").then(|| "soon".into());
        let arguments = Arguments::default().with(&PORT, ["abc".to_owned()]);
        let mut reader = Reader::new(arguments, &environment, file("every = 5\nnum-job = 1"));
        let port = reader.value(&PORT, values::port);
        assert!(reader.value(&TIMEOUT, values::seconds).is_err());
        assert!(reader.value(&SERVER_URL, values::text).is_err());
        assert!(reader.optional(&EVERY, values::duration).is_err());
        let error = reader.finish(port).unwrap_err().to_string();
        let lines: Vec<_> = error.lines().collect();
        assert_eq!(lines[0], "5 settings cannot be used");
        assert_eq!(lines[1], "  conf/romt.toml: num-job (line 2): there is no such setting; did you mean `num-jobs`?");
        assert_eq!(lines[2], "  --port: `abc` is not a port: a number from 0 to 65535 is needed");
        assert!(lines[3].starts_with("  ROMT_TIMEOUT: `soon` is not a duration: "), "{error}");
        assert_eq!(lines[4], "  --server-url: it is not set");
        assert!(lines[5].starts_with("  conf/romt.toml: every (line 1): `5` is not a duration: "), "{error}");
    }

    #[test]
    fn lists_come_whole_from_one_source() {
        let environment = |name: &str| (name == "ROMT_CRATE").then(|| " serde, ,rand ".into());
        let mut reader = Reader::new(
            Arguments::default(),
            &environment,
            file("[crates]\ncrate = ['x']\nlockfile = ['a.lock', '/b.lock']"),
        );
        assert_eq!(reader.list(&CRATE, values::text), Ok(vec!["serde".to_owned(), "rand".to_owned()]));
        assert_eq!(reader.paths(&LOCKFILE), Ok(vec!["conf/a.lock".into(), "/b.lock".into()]));
    }

    #[test]
    fn one_bad_value_is_an_error_of_one_line() {
        let arguments = Arguments::default().with(&CRATE, ["ok".to_owned(), "  ".to_owned()]);
        let mut reader = Reader::new(arguments, &nothing, SettingsFile::default());
        let list = reader.list(&CRATE, values::text);
        assert_eq!(reader.finish(list).unwrap_err().to_string(), "--crate: `  ` is not a value: it is empty");
    }

    #[test]
    fn a_variable_must_be_text() {
        use std::os::unix::ffi::OsStringExt;
        let environment = |_: &str| Some(OsString::from_vec(vec![0xff]));
        let mut reader = Reader::new(Arguments::default(), &environment, SettingsFile::default());
        let port = reader.value(&PORT, values::port);
        assert_eq!(reader.finish(port).unwrap_err().to_string(), "ROMT_PORT: it is not UTF-8 text");
    }
}
