//! Errors as people read them.

use std::fmt;

use crate::Hinted;

/// What went wrong, why, and what to do:
///
/// ```text
/// error: cannot serve on 127.0.0.1:8000
///   caused by: address already in use
/// hint: choose another port with `--port`
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The error, outermost first, then its causes.
    pub lines: Vec<String>,
    /// What to do about it, if anybody knows.
    pub hint: Option<String>,
}

impl Report {
    /// The report of an error: each cause once, and the hint closest to the top.
    pub fn of(error: &anyhow::Error) -> Self {
        let mut lines: Vec<String> = Vec::new();
        let mut hint = None;
        for cause in error.chain() {
            let text = cause.to_string();
            // Some libraries repeat their source in their own text.
            if !lines.iter().any(|line| line.contains(&text)) {
                lines.push(text);
            }
            if hint.is_none() {
                hint = cause.downcast_ref::<Hinted>().map(|hinted| hinted.hint().to_owned());
            }
        }
        Self { lines, hint }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, causes) = self.lines.split_first().map_or(("", &[][..]), |(first, causes)| (&**first, causes));
        write!(f, "error: {first}")?;
        for cause in causes {
            // Parsers show the place in several lines, which stay below their label.
            write!(f, "\n  caused by: {}", cause.trim_end().replace('\n', "\n    "))?;
        }
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use anyhow::{Context, anyhow};

    use super::*;
    use crate::Hint;

    #[test]
    fn causes_are_told_once_and_the_hint_comes_last() {
        let error: anyhow::Result<()> = Err(anyhow!("no such file"));
        let error = error.context("cannot read `x`: no such file").hint("make it").context("cannot begin");
        assert_eq!(
            Report::of(&error.unwrap_err()).to_string(),
            "error: cannot begin\n  caused by: cannot read `x`: no such file\nhint: make it"
        );
    }

    #[test]
    fn the_outer_hint_wins() {
        let error: anyhow::Result<()> = Err(anyhow!("inner"));
        let error = error.hint("a").context("middle").hint("b").context("outer").unwrap_err();
        let report = Report::of(&error);
        assert_eq!(report.lines, ["outer", "middle", "inner"]);
        assert_eq!(report.hint.as_deref(), Some("b"));
    }

    #[test]
    fn causes_of_several_lines_are_indented() {
        let error = anyhow!("at\n |\n").context("cannot parse");
        assert_eq!(Report::of(&error).to_string(), "error: cannot parse\n  caused by: at\n     |");
    }

    #[test]
    fn an_error_without_hint_has_no_hint_line() {
        assert_eq!(Report::of(&anyhow!("x")).to_string(), "error: x");
    }
}
