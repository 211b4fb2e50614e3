//! The two kinds of sites, and a test on each.

use romt_testkit::{NatsProgram, S3Kind, not_run};

/// How the services of a site run.
#[derive(Debug, Clone)]
pub enum SiteKind {
    /// All in one process, `romt up`, on a folder.
    OneProcess,
    /// Each in a process of its own, around a nats-server of this kind, with a bucket of an S3 service.
    Deployment(NatsProgram),
}

impl SiteKind {
    /// That of a deployment; `None`, and it is said that `test` did not run, where something is not installed.
    pub fn deployment(test: &str) -> Option<Self> {
        let nats = NatsProgram::all().into_iter().next();
        let reason = match nats {
            _ if S3Kind::Moto.program().is_none() => S3Kind::Moto.how_to_install(),
            None => "nats-server is not installed",
            Some(program) => return Some(Self::Deployment(program)),
        };
        not_run(test, reason);
        None
    }

    /// Whether it is all in one process.
    pub fn is_one_process(&self) -> bool {
        matches!(self, Self::OneProcess)
    }
}

/// Makes two tests of each function: `NAME::up`, with all services in one process, and `NAME::deployment`, with each in a
/// process of its own. The function is told which by a [`SiteKind`].
#[macro_export]
macro_rules! both {
    ($($test:ident),+ $(,)?) => {
        $(
            mod $test {
                #[test]
                fn up() {
                    super::$test(&$crate::SiteKind::OneProcess);
                }

                #[test]
                fn deployment() {
                    if let Some(kind) = $crate::SiteKind::deployment(concat!(stringify!($test), " in a deployment")) {
                        super::$test(&kind);
                    }
                }
            }
        )+
    };
}
