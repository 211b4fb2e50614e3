//! Where the bus is, and who we are there.

use romt_bus::{BusAddress, NatsFiles};
use romt_runtime::settings::keys::{
    BUS, NATS_CA, NATS_CERT, NATS_CREDS, NATS_KEY, NATS_NKEY, NATS_PASSWORD_FILE, NATS_TOKEN_FILE, NATS_USER,
};
use romt_runtime::settings::{Reader, Recorded, SettingsError, values};

use super::read;
use crate::cli::{BusOption, CommonOptions};

/// The bus of a deployment, for one who only asks.
pub(crate) fn bus_address(options: &BusOption, common: &CommonOptions) -> Result<BusAddress, SettingsError> {
    read(options.into(), common, bus)
}

/// The bus as the settings have it.
pub(super) fn bus(reader: &mut Reader<'_>) -> Result<BusAddress, Recorded> {
    let user = reader.optional(&NATS_USER, values::text);
    let paths = [&NATS_PASSWORD_FILE, &NATS_TOKEN_FILE, &NATS_NKEY, &NATS_CREDS, &NATS_CA, &NATS_CERT, &NATS_KEY];
    let [password, token, nkey, creds, ca, cert, key] = paths.map(|path| reader.optional_path(path));
    let files = NatsFiles {
        user: user?,
        password: password?,
        token: token?,
        nkey: nkey?,
        creds: creds?,
        ca: ca?,
        cert: cert?,
        key: key?,
    };
    let address = reader.value(&BUS, |text| BusAddress::read(text, files.clone()))?;
    if address.has_secret() && reader.is_argument(&BUS) {
        let reason = "a secret does not belong on the command line, which all on this machine can read; have it in a \
                      file (`nats-password-file`, `nats-token-file`), or the address in ROMT_BUS";
        return Err(reader.refuse(&BUS, reason));
    }
    Ok(address)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use romt_bus::{ClientCertificate, Credentials};
    use romt_runtime::settings::{Arguments, SettingsFile};

    use super::*;

    fn read(argument: Option<&str>, text: &str) -> Result<BusAddress, SettingsError> {
        let nothing = |_: &str| None;
        let file = SettingsFile::parse(Path::new("/etc/romt/romt.toml"), text);
        let arguments = Arguments::default().with(&BUS, argument.map(str::to_owned));
        let mut reader = Reader::new(arguments, &nothing, file);
        let address = bus(&mut reader);
        reader.finish(address)
    }

    #[test]
    fn files_are_named_beside_the_address_and_relative_to_the_settings() {
        let text = "bus = 'tls://a/x'\nnats-creds = 'romt.creds'\nnats-ca = '/ca.pem'\nnats-cert = 'c'\nnats-key = 'k'";
        let Ok(BusAddress::Nats(config)) = read(None, text) else { panic!("an address") };
        assert_eq!(config.credentials, Credentials::CredsFile("/etc/romt/romt.creds".into()));
        assert_eq!(config.ca_file.as_deref(), Some(Path::new("/ca.pem")));
        let certificate = ClientCertificate { certificate: "/etc/romt/c".into(), key: "/etc/romt/k".into() };
        assert_eq!(config.certificate, Some(certificate.into()));
        let error = read(None, "bus = 'nats://a'\nnats-user = 'ann'").unwrap_err().to_string();
        assert!(error.contains("bus (line 1): there is a user and no file with the password"), "{error}");
    }

    #[test]
    fn secrets_do_not_stand_on_the_command_line() {
        for address in ["nats://ann:s3cret@a", "nats://s3cret@a"] {
            let error = read(Some(address), "").unwrap_err().to_string();
            assert!(error.starts_with("--bus: a secret") && !error.contains("s3cret"), "{error}");
            read(None, &format!("bus = '{address}'")).unwrap();
        }
        read(Some("nats://ann@a?password-file=/run/x"), "").unwrap();
    }
}
