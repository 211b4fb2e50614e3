//! Which redirects are followed.

use url::Url;

use crate::error::shown_url;

/// The most redirects that one request follows.
const MAX_REDIRECTS: usize = 10;

/// Why a redirect is not followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RedirectError {
    /// It goes on and on.
    #[error("there are more than {MAX_REDIRECTS} redirects")]
    TooMany,
    /// It would give up the protection of https.
    #[error("{to} is not protected by https")]
    Downgrade {
        /// Where it leads.
        to: String,
    },
    /// It leads out of the web.
    #[error("{to} is not an http:// or https:// address")]
    Scheme {
        /// Where it leads.
        to: String,
    },
    /// It leads nowhere.
    #[error("its address cannot be read")]
    Unreadable,
}

/// Whether the way may lead on from `visited`, the addresses asked so far, to `next`.
pub(crate) fn check(visited: &[Url], next: &Url) -> Result<(), RedirectError> {
    // The first address visited is no redirect.
    if visited.len() > MAX_REDIRECTS {
        return Err(RedirectError::TooMany);
    }
    match next.scheme() {
        "http" if visited.iter().any(|url| url.scheme() == "https") => {
            Err(RedirectError::Downgrade { to: shown_url(next) })
        }
        "https" | "http" => Ok(()),
        _ => Err(RedirectError::Scheme { to: shown_url(next) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_texts(visited: &[&str], next: &str) -> Result<(), RedirectError> {
        let visited: Vec<Url> = visited.iter().map(|url| url.parse().unwrap()).collect();
        check(&visited, &next.parse().unwrap())
    }

    #[test]
    fn https_is_never_given_up() {
        assert_eq!(check_texts(&["http://a/"], "https://b/"), Ok(()));
        assert_eq!(check_texts(&["http://a/"], "http://b/"), Ok(()));
        let down = check_texts(&["http://a/", "https://b/"], "http://u:secret@c/");
        assert_eq!(down, Err(RedirectError::Downgrade { to: "http://c/".to_owned() }));
    }

    #[test]
    fn only_the_web() {
        for next in ["file:///etc/passwd", "ftp://a/", "data:,x"] {
            assert!(matches!(check_texts(&["http://a/"], next), Err(RedirectError::Scheme { .. })), "{next}");
        }
    }

    #[test]
    fn ten_are_enough() {
        assert_eq!(check_texts(&["http://a/"; 10], "http://a/"), Ok(()));
        assert_eq!(check_texts(&["http://a/"; 11], "http://a/"), Err(RedirectError::TooMany));
    }
}
