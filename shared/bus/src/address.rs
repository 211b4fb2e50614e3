//! Where the bus is: `memory:`, or a deployment on a NATS server.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use url::Url;

use crate::nats::{ClientCertificate, Credentials, NatsConfig};

/// Where the bus is.
///
/// `memory:` is a bus of this process alone. Everything else is
/// `nats://[USER[:PASSWORD]@]HOST[:PORT][,HOST[:PORT]…][/DEPLOYMENT][?OPTION=FILE&…]`, or the same with `tls://`. A user
/// without a password is a token, as NATS has it. The deployment's name keeps several apart on one server. Secrets are
/// better in files, which the options name as [`NatsFiles`] has them. Shown, the address has no secret.
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
    #[error(
        "there is no option `{0}`; there are password-file, token-file, nkey-file, creds-file, ca-file, cert-file and key-file"
    )]
    Option(String),
    /// A secret that holds what separates the parts.
    #[error("what stands before `@` must be percent-encoded")]
    Encoding,
    /// A file is named twice.
    #[error("there are two of {0}")]
    Twice(&'static str),
    /// More than one way to prove who we are.
    #[error("there is more than one of user, token, nkey and creds, or two passwords")]
    Credentials,
    /// A password without the user it belongs to.
    #[error("there is a password and no user")]
    User,
    /// A user without the password that belongs to it.
    #[error("there is a user and no file with the password")]
    Password,
    /// A certificate without its key, or the other way round.
    #[error("of our certificate and its key there is only one")]
    Certificate,
}

/// The files that prove to a NATS server who we are, and by which it is known: named by the address or by settings. Only
/// one of password, token, nkey and creds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NatsFiles {
    /// The user that the password is of.
    pub user: Option<String>,
    /// Its first line is the user's password; `password-file` in an address.
    pub password: Option<PathBuf>,
    /// Its first line is a token; `token-file`.
    pub token: Option<PathBuf>,
    /// Has the seed of an nkey; `nkey-file`.
    pub nkey: Option<PathBuf>,
    /// A JWT and its nkey, as `nsc` writes them; `creds-file`.
    pub creds: Option<PathBuf>,
    /// Certificates to trust instead of the system's, as PEM; `ca-file`.
    pub ca: Option<PathBuf>,
    /// Our own certificate and those between it and the authority, as PEM; `cert-file`.
    pub cert: Option<PathBuf>,
    /// The key of that, as PEM; `key-file`.
    pub key: Option<PathBuf>,
}

impl FromStr for BusAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::read(text, NatsFiles::default())
    }
}

impl BusAddress {
    /// Reads an address. `files` are named beside it.
    pub fn read(text: &str, mut files: NatsFiles) -> Result<Self, AddressError> {
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
        if user.is_none() && query.contains('@') && !query.contains("-file=") {
            // What is taken for a host is a part of a secret then, and must not be repeated.
            return Err(AddressError::Encoding);
        }
        let (hosts, path) = rest.split_once('/').unwrap_or((rest, ""));
        let servers = hosts.split(',').map(|host| server(scheme, host)).collect::<Result<_, _>>()?;
        let mut config = NatsConfig::new(servers, deployment(path)?);
        files.add_options(query)?;
        config.certificate = files.certificate()?;
        config.ca_file = files.ca.take();
        config.credentials = files.credentials(user)?;
        Ok(Self::Nats(config))
    }

    /// Whether the address itself has a secret, and not only the name of a file.
    pub fn has_secret(&self) -> bool {
        match self {
            Self::Memory => false,
            Self::Nats(config) => matches!(config.credentials, Credentials::Password { .. } | Credentials::Token(_)),
        }
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

impl NatsFiles {
    /// What an address names beside them.
    fn add_options(&mut self, query: &str) -> Result<(), AddressError> {
        for (option, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let (place, what) = match &*option {
                "password-file" => (&mut self.password, "the files with a password"),
                "token-file" => (&mut self.token, "the files with a token"),
                "nkey-file" => (&mut self.nkey, "the files with an nkey"),
                "creds-file" => (&mut self.creds, "the files with creds"),
                "ca-file" => (&mut self.ca, "the files with authorities"),
                "cert-file" => (&mut self.cert, "the files with our certificate"),
                "key-file" => (&mut self.key, "the files with its key"),
                other => return Err(AddressError::Option(other.to_owned())),
            };
            if place.replace(PathBuf::from(&*value)).is_some() {
                return Err(AddressError::Twice(what));
            }
        }
        Ok(())
    }

    fn certificate(&mut self) -> Result<Option<Box<ClientCertificate>>, AddressError> {
        match (self.cert.take(), self.key.take()) {
            (None, None) => Ok(None),
            (Some(certificate), Some(key)) => Ok(Some(ClientCertificate { certificate, key }.into())),
            _ => Err(AddressError::Certificate),
        }
    }

    /// How the server knows us. `user` is what the address has before the host.
    fn credentials(self, user: Option<&str>) -> Result<Credentials, AddressError> {
        let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let mut found = Vec::new();
        found.extend(self.token.map(Credentials::TokenFile));
        found.extend(self.nkey.map(Credentials::NkeyFile));
        found.extend(self.creds.map(Credentials::CredsFile));
        match (user.map(|user| user.split_once(':').unwrap_or((user, ""))), self.user, self.password) {
            (None, None, None) => {}
            (Some(("", _)), ..) | (None, None, Some(_)) => return Err(AddressError::User),
            (None, Some(_), None) => return Err(AddressError::Password),
            (None, Some(user), Some(file)) => found.push(Credentials::PasswordFile { user, file }),
            (Some((user, "")), None, Some(file)) => found.push(Credentials::PasswordFile { user: decode(user), file }),
            (Some((user, "")), None, None) => found.push(Credentials::Token(decode(user).into())),
            (Some((user, password)), None, None) => {
                found.push(Credentials::Password { user: decode(user), password: decode(password).into() });
            }
            (Some(_), _, _) => return Err(AddressError::Credentials),
        }
        match found.len() {
            0 | 1 => Ok(found.pop().unwrap_or(Credentials::None)),
            _ => Err(AddressError::Credentials),
        }
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
        let certified = nats("tls://a?cert-file=/run/c&key-file=/run/k").certificate;
        let expected = ClientCertificate { certificate: "/run/c".into(), key: "/run/k".into() };
        assert_eq!(certified, Some(expected.into()));
    }

    #[test]
    fn settings_name_files_as_well() {
        let read = |text: &str, files: &NatsFiles| match BusAddress::read(text, files.clone()) {
            Ok(BusAddress::Nats(config)) => Ok(config),
            Ok(BusAddress::Memory) => panic!("no server"),
            Err(error) => Err(error),
        };
        let file = || Some(PathBuf::from("/run/x"));
        let of_ann = Credentials::PasswordFile { user: "ann".into(), file: "/run/x".into() };
        let password = NatsFiles { password: file(), ..NatsFiles::default() };
        let both = NatsFiles { user: Some("ann".into()), ..password.clone() };
        assert_eq!(read("nats://a", &both).unwrap().credentials, of_ann);
        assert_eq!(read("nats://ann@a", &password).unwrap().credentials, of_ann);
        assert_eq!(read("nats://a", &password), Err(AddressError::User));
        let user = NatsFiles { password: None, ..both.clone() };
        assert_eq!(read("nats://a", &user), Err(AddressError::Password));
        assert_eq!(read("nats://bob@a", &both), Err(AddressError::Credentials));
        assert_eq!(read("nats://a?token-file=/run/t", &both), Err(AddressError::Credentials));
        let creds = NatsFiles { creds: file(), ca: file(), ..NatsFiles::default() };
        let config = read("tls://a", &creds).unwrap();
        assert_eq!((config.credentials, config.ca_file), (Credentials::CredsFile("/run/x".into()), file()));
        assert_eq!(read("tls://a?ca-file=/run/y", &creds), Err(AddressError::Twice("the files with authorities")));
        let half = NatsFiles { cert: file(), ..NatsFiles::default() };
        assert_eq!(read("tls://a", &half), Err(AddressError::Certificate));
        // They say nothing of a bus of one process.
        assert_eq!(BusAddress::read("memory:", half), Ok(BusAddress::Memory));
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
        assert_eq!(wrong("tls://a?key-file=x"), AddressError::Certificate);
    }

    #[test]
    fn secrets_are_not_shown() {
        for text in ["nats://ann:s3cret@a:1/x", "nats://s3cret@a:1/x"] {
            let address: BusAddress = text.parse().unwrap();
            let shown = format!("{address} {address:?}");
            assert!(address.has_secret() && !shown.contains("s3cret"), "{shown}");
        }
        assert!(!"nats://ann@a?password-file=/run/x".parse::<BusAddress>().unwrap().has_secret());
        for text in ["nats://ann:s3cret?x@a", "nats://ann:s3cret/x@a:z", "http://ann:s3cret@a"] {
            let shown = text.parse::<BusAddress>().unwrap_err().to_string();
            assert!(!shown.contains("s3cret"), "{shown}");
        }
        assert_eq!("nats://ann:x@a:1,b/x".parse::<BusAddress>().unwrap().to_string(), "nats://a:1,b:4222/x");
    }
}
