//! `config`: the index's `config.json`, which tells cargo where the files are.

use romt_index::Revision;
use romt_runtime::Hint;

use super::CrateMirror;
use super::mark::PROGRESS;

/// The text of `config.json` for clients that reach the mirror at `server_url`, byte for byte Python romt's.
fn config_json(server_url: &str) -> String {
    let slash = if server_url.ends_with('/') { "" } else { "/" };
    let server = format!("{server_url}{slash}");
    // A quote or a control character in it would make another file of it.
    let json = |text: String| serde_json::Value::String(text).to_string();
    format!(
        "{{\n    \"dl\": {},\n    \"api\": {}\n}}\n",
        json(format!("{server}crates/{{crate}}/{{crate}}-{{version}}.crate")),
        json(server)
    )
}

impl CrateMirror {
    /// Writes `config.json` for clients that reach the mirror at `server_url`, and moves `mark` and `master` to `end`.
    /// Returns whether it changed, and the branches that could not be moved because commits are made on them.
    pub async fn config(&self, server_url: &str, end: &str) -> anyhow::Result<(bool, Vec<&'static str>)> {
        let json = config_json(server_url);
        let end = end.to_owned();
        let configured = self.repository.with(move |repository| {
            let changed = repository.commit_config(json.as_bytes(), "Apply config.json adjustments")?;
            let end = Revision::find(repository, &end).hint("name a commit or a branch with `--end`")?;
            Ok((changed, end))
        });
        let (changed, end) = configured.await?;
        let refused = self.move_branches(&PROGRESS, end).await?;
        Ok((changed, refused))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_103_the_text_is_python_romt_s() {
        let text = "{\n    \"dl\": \"https://h/x/crates/{crate}/{crate}-{version}.crate\",\n    \"api\": \"https://h/x/\"\n}\n";
        assert_eq!(config_json("https://h/x"), text);
        assert_eq!(config_json("https://h/x/"), text);
    }
}
