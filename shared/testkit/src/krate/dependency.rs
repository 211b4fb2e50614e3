//! What a crate depends on.

/// A dependency of a [`FakeCrate`](crate::FakeCrate).
#[derive(Debug, Clone)]
pub struct Dependency {
    /// Its name in the manifest and in the source.
    pub(crate) name: String,
    /// The crate's real name, where it is used under another.
    pub(crate) package: Option<String>,
    pub(crate) req: String,
    pub(crate) kind: Kind,
    pub(crate) optional: bool,
    pub(crate) default_features: bool,
    pub(crate) features: Vec<String>,
    pub(crate) target: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Normal,
    Build,
    Dev,
}

impl Kind {
    /// As the index line says it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Build => "build",
            Self::Dev => "dev",
        }
    }

    /// The manifest's table.
    pub(crate) fn table(self) -> &'static str {
        match self {
            Self::Normal => "dependencies",
            Self::Build => "build-dependencies",
            Self::Dev => "dev-dependencies",
        }
    }
}

impl Dependency {
    /// A normal dependency on `name` at a version that `req` matches.
    pub fn on(name: &str, req: &str) -> Self {
        Self {
            name: name.to_owned(),
            package: None,
            req: req.to_owned(),
            kind: Kind::Normal,
            optional: false,
            default_features: true,
            features: Vec::new(),
            target: None,
        }
    }

    /// For the build script.
    #[must_use]
    pub fn build(mut self) -> Self {
        self.kind = Kind::Build;
        self
    }

    /// For tests only.
    #[must_use]
    pub fn dev(mut self) -> Self {
        self.kind = Kind::Dev;
        self
    }

    /// Only when a feature asks for it.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// Without its default features.
    #[must_use]
    pub fn no_default_features(mut self) -> Self {
        self.default_features = false;
        self
    }

    /// With these features.
    #[must_use]
    pub fn features(mut self, features: &[&str]) -> Self {
        self.features = features.iter().map(|&feature| feature.to_owned()).collect();
        self
    }

    /// Only where `target` holds: a triple or a `cfg(…)`.
    #[must_use]
    pub fn target(mut self, target: &str) -> Self {
        self.target = Some(target.to_owned());
        self
    }

    /// Used under the name `alias`.
    #[must_use]
    pub fn renamed(mut self, alias: &str) -> Self {
        self.package = Some(std::mem::replace(&mut self.name, alias.to_owned()));
        self
    }
}
