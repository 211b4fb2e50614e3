//! An operator of NATS servers: accounts and users that are known by signed texts (JWT), as `nsc` makes them.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nkeys::KeyPair;
use serde_json::{Value, json};

/// An operator with one account, and the system account that servers ask for.
#[derive(Debug)]
pub struct NatsOperator {
    operator: KeyPair,
    system: KeyPair,
    account: KeyPair,
}

impl Default for NatsOperator {
    fn default() -> Self {
        Self { operator: KeyPair::new_operator(), system: KeyPair::new_account(), account: KeyPair::new_account() }
    }
}

impl NatsOperator {
    /// What a server of this operator is told in its settings.
    pub fn settings(&self) -> String {
        let operator = token(&self.operator, &self.operator, "operator", &json!({}));
        let unlimited = ["subs", "data", "payload", "imports", "exports", "conn", "leaf"];
        let mut limits: serde_json::Map<_, Value> =
            unlimited.iter().map(|&what| (what.to_owned(), json!(-1))).collect();
        limits.insert("wildcards".to_owned(), json!(true));
        // The system account must not store anything.
        let system = token(&self.operator, &self.system, "account", &json!({ "nats": { "limits": limits } }));
        for what in ["mem_storage", "disk_storage", "streams", "consumer"] {
            limits.insert(what.to_owned(), json!(-1));
        }
        let account = token(&self.operator, &self.account, "account", &json!({ "nats": { "limits": limits } }));
        let [system_key, account_key] = [&self.system, &self.account].map(KeyPair::public_key);
        format!(
            "operator: {operator}\nsystem_account: {system_key}\nresolver: MEMORY\n\
             resolver_preload: {{\n  {system_key}: {system}\n  {account_key}: {account}\n}}\n"
        )
    }

    /// The creds of a new user of the account, and the secret in them.
    pub fn creds(&self) -> (String, String) {
        self.creds_with(&json!({}))
    }

    /// Creds that are not good any more.
    pub fn creds_of_before(&self) -> (String, String) {
        self.creds_with(&json!({ "exp": now() - 3_600 }))
    }

    fn creds_with(&self, more: &Value) -> (String, String) {
        let user = KeyPair::new_user();
        let mut claims = json!({ "nats": { "pub": {}, "sub": {}, "subs": -1, "data": -1, "payload": -1 } });
        merge(&mut claims, more);
        let jwt = token(&self.account, &user, "user", &claims);
        let seed = user.seed().expect("a key that was just made");
        let creds = format!(
            "-----BEGIN NATS USER JWT-----\n{jwt}\n------END NATS USER JWT------\n\n\
             -----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n"
        );
        (creds, seed)
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs()
}

/// What `issuer` says of `subject`.
fn token(issuer: &KeyPair, subject: &KeyPair, kind: &str, more: &Value) -> String {
    let (iss, sub) = (issuer.public_key(), subject.public_key());
    let mut claims = json!({
        "jti": sub, "iat": now(), "iss": iss, "sub": sub, "name": kind, "nats": { "type": kind, "version": 2 },
    });
    merge(&mut claims, more);
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let signed = format!("{}.{}", encode(&json!({ "typ": "JWT", "alg": "ed25519-nkey" })), encode(&claims));
    let signature = issuer.sign(signed.as_bytes()).expect("a key that can sign");
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn merge(into: &mut Value, more: &Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            for (key, value) in more {
                merge(into.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (into, more) => *into = more.clone(),
    }
}
