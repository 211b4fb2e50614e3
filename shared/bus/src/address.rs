//! Where the bus is: `memory:`, or a deployment on a NATS server.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use url::Url;

use crate::nats::{Credentials, NatsConfig};

/// Where the bus is.
///
/// `memory:` is a bus of this process alone. Everything else is
/// `nats://[USER[:PASSWORD]@]HOST[:PORT][,HOST[:PORT]…][/DEPLOYMENT][?OPTION=FILE&…]`, or the same with `tls://`. A user
/// without a password is a token, as NATS has it. The deployment's name keeps several apart on one server. Secrets are
/// better in files, which the options name: `password-file`, `token-file`, `nkey-file`, `creds-file`; and `ca-file` has
/// the certificates to trust. Shown, the address has no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BusAddress {
    /// A bus inside this process.
    Memory,
    /// A deployment on a NATS server.
    Nats(NatsConfig),
}

/// Why an address cannot be read. It repeats no part that may be secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It is of no kind that there is.
    #[error("it begins with neither `memory:` nor `nats://` nor `tls://`")]
    Kind,
    /// A server is not `HOST[:PORT]`.
    #[error("`{0}` is not HOST or HOST:PORT")]
    Host(String),
    /// The name of the deployment is none.
    #[error("`{0}` is not a deployment's name: up to 32 letters, digits, `-` and `_`")]
    Deployment(String),
    /// There is no such option.
    #[error("there is no option `{0}`; there are password-file, token-file, nkey-file, creds-file and ca-file")]
    Option(String),
    /// More than one way to prove who we are.
    #[error("it has more than one of user, token-file, nkey-file and creds-file, or two passwords")]
    Credentials,
    /// A password without the user it belongs to.
    #[error("it has a password and no user")]
    User,
}

impl FromStr for BusAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "memory:" {
            return Ok(Self::Memory);
        }
        let (scheme, rest) = text.split_once("://").ok_or(AddressError::Kind)?;
        if !matches!(scheme, "nats" | "tls") {
            return Err(AddressError::Kind);
        }
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        // A password may hold what separates the other parts only percent-encoded; an `@` is forgiven.
        let (user, rest) = rest.rsplit_once('@').map_or((None, rest), |(user, rest)| (Some(user), rest));
        let (hosts, path) = rest.split_once('/').unwrap_or((rest, ""));
        let servers = hosts.split(',').map(|host| server(scheme, host)).collect::<Result<_, _>>()?;
        let mut config = NatsConfig::new(servers, deployment(path)?);
        config.credentials = credentials(user, query, &mut config.ca_file)?;
        Ok(Self::Nats(config))
    }
}

fn server(scheme: &str, host: &str) -> Result<String, AddressError> {
    let wrong = || AddressError::Host(host.to_owned());
    let url = Url::parse(&format!("{scheme}://{host}")).map_err(|_| wrong())?;
    let plain = url.path().is_empty() && url.fragment().is_none() && url.username().is_empty();
    let name = url.host_str().filter(|name| plain && !name.is_empty()).ok_or_else(wrong)?;
    Ok(format!("{scheme}://{name}:{}", url.port().unwrap_or(NatsConfig::PORT)))
}

fn deployment(path: &str) -> Result<String, AddressError> {
    let name = path.strip_suffix('/').unwrap_or(path);
    if name.is_empty() {
        return Ok(NatsConfig::DEPLOYMENT.to_owned());
    }
    let fits = name.len() <= 32 && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if fits { Ok(name.to_owned()) } else { Err(AddressError::Deployment(name.to_owned())) }
}

fn credentials(user: Option<&str>, query: &str, ca_file: &mut Option<PathBuf>) -> Result<Credentials, AddressError> {
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let (mut password_file, mut found) = (None, Vec::new());
    for (option, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let file = PathBuf::from(&*value);
        match &*option {
            "password-file" => password_file = Some(file),
            "token-file" => found.push(Credentials::TokenFile(file)),
            "nkey-file" => found.push(Credentials::NkeyFile(file)),
            "creds-file" => found.push(Credentials::CredsFile(file)),
            "ca-file" => *ca_file = Some(file),
            other => return Err(AddressError::Option(other.to_owned())),
        }
    }
    match (user.map(|user| user.split_once(':').unwrap_or((user, ""))), password_file) {
        (None, None) => {}
        (None, Some(_)) | (Some(("", _)), _) => return Err(AddressError::User),
        (Some((user, "")), None) => found.push(Credentials::Token(decode(user).into())),
        (Some((user, "")), Some(file)) => found.push(Credentials::PasswordFile { user: decode(user), file }),
        (Some((user, password)), None) => {
            found.push(Credentials::Password { user: decode(user), password: decode(password).into() });
        }
        (Some(_), Some(_)) => return Err(AddressError::Credentials),
    }
    match found.len() {
        0 | 1 => Ok(found.pop().unwrap_or(Credentials::None)),
        _ => Err(AddressError::Credentials),
    }
}

impl fmt::Display for BusAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.pad("memory:"),
            Self::Nats(config) => config.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nats(text: &str) -> NatsConfig {
        match text.parse() {
            Ok(BusAddress::Nats(config)) => config,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_parts_of_an_address_are_found() {
        assert_eq!("memory:".parse(), Ok(BusAddress::Memory));
        let plain = nats("nats://bus.example");
        assert_eq!((plain.servers, &*plain.deployment), (vec!["nats://bus.example:4222".to_owned()], "romt"));
        assert_eq!(plain.credentials, Credentials::None);
        let full = nats("tls://ann:p%40ss@a:1,b,[::1]:2/export_1?ca-file=/etc/ca.pem");
        assert_eq!(full.servers, ["tls://a:1", "tls://b:4222", "tls://[::1]:2"]);
        assert_eq!((&*full.deployment, full.ca_file), ("export_1", Some(PathBuf::from("/etc/ca.pem"))));
        assert_eq!(full.credentials, Credentials::Password { user: "ann".into(), password: "p@ss".to_owned().into() });
        assert_eq!(nats("nats://t0ken@a").credentials, Credentials::Token("t0ken".to_owned().into()));
        let file = |name: &str| nats(&format!("nats://a?{name}=/run/x")).credentials;
        assert_eq!(file("creds-file"), Credentials::CredsFile("/run/x".into()));
        assert_eq!(file("nkey-file"), Credentials::NkeyFile("/run/x".into()));
        assert_eq!(file("token-file"), Credentials::TokenFile("/run/x".into()));
        let of_file = Credentials::PasswordFile { user: "ann".into(), file: "/run/x".into() };
        assert_eq!(nats("nats://ann@a/x?password-file=/run/x").credentials, of_file);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let wrong = |text: &str| text.parse::<BusAddress>().unwrap_err();
        assert_eq!(wrong("localhost:4222"), AddressError::Kind);
        assert_eq!(wrong("http://a"), AddressError::Kind);
        assert_eq!(wrong("nats://"), AddressError::Host(String::new()));
        assert_eq!(wrong("nats://a:x"), AddressError::Host("a:x".into()));
        assert_eq!(wrong("nats://a,,b"), AddressError::Host(String::new()));
        assert_eq!(wrong("nats://a/b.c"), AddressError::Deployment("b.c".into()));
        assert_eq!(wrong("nats://a/b/c"), AddressError::Deployment("b/c".into()));
        assert_eq!(wrong("nats://a?token=x"), AddressError::Option("token".into()));
        assert_eq!(wrong("nats://u:p@a?creds-file=x"), AddressError::Credentials);
        assert_eq!(wrong("nats://u:p@a?password-file=x"), AddressError::Credentials);
        assert_eq!(wrong("nats://a?password-file=x"), AddressError::User);
    }

    #[test]
    fn secrets_are_not_shown() {
        for text in ["nats://ann:s3cret@a:1/x", "nats://s3cret@a:1/x"] {
            let address: BusAddress = text.parse().unwrap();
            let shown = format!("{address} {address:?}");
            assert!(!shown.contains("s3cret"), "{shown}");
        }
        assert_eq!("nats://ann:x@a:1,b/x".parse::<BusAddress>().unwrap().to_string(), "nats://a:1,b:4222/x");
    }
}
