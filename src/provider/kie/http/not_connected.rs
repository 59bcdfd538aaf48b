//! Why no connection was made: the name, the proxy, the certificate, or the server.
//!
//! Connecting ends with the TLS handshake, and no byte of a request is written before that. Whatever
//! the cause, nothing was sent.

use std::error::Error;
use std::io;

use rustls::{AlertDescription, CertificateError};

use super::answer::NoAnswer;
use crate::base::{Fault, FaultClass};
use crate::provider::kie::words;

/// The error of a request whose connection was not made: `NeverSent` if another attempt may help,
/// `Untrusted` if the server's certificate is not valid here.
pub(super) fn not_connected(error: &reqwest::Error) -> NoAnswer {
    let host = error.url().and_then(|url| url.host_str()).unwrap_or("the API");
    let said = |why: &str| format!("no connection to {host}: {why}");
    let tls = words::causes(error).find_map(tls_error);
    if let Some(rustls::Error::InvalidCertificate(wrong)) = tls {
        return NoAnswer::Untrusted(said(&certificate_words(wrong)));
    }
    NoAnswer::NeverSent(said(&match tls {
        Some(tls) => tls_words(tls),
        None if error.is_dns() => {
            format!("its name cannot be resolved ({})", words::of_error(error))
        }
        None => match words::causes(error).find_map(tunnel_words) {
            Some(words) => words,
            None if error.is_timeout() => "it did not answer in time".to_string(),
            None => words::of_error(error),
        },
    }))
}

/// The fault of a request whose connection was not made.
pub fn connection_fault(error: &reqwest::Error) -> Fault {
    match not_connected(error) {
        NoAnswer::Untrusted(words) => Fault::new(FaultClass::Untrusted, words),
        NoAnswer::NeverSent(words) | NoAnswer::Lost(words) => {
            Fault::new(FaultClass::NotSent, words)
        }
    }
}

/// The error of TLS within errors of a stream, which do not name it as their source.
fn tls_error<'a>(cause: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let mut within = Some(cause);
    while let Some(error) = within {
        if let Some(tls) = error.downcast_ref() {
            return Some(tls);
        }
        let stream = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        within = stream.map(|error| error as &(dyn Error + 'static));
    }
    None
}

/// What is wrong with a certificate, and what to do.
fn certificate_words(wrong: &CertificateError) -> String {
    let clock = "check the date of this machine";
    match wrong {
        CertificateError::UnknownIssuer => "its certificate comes from an authority that this \
             machine does not know; if your network puts it there, name the authority's certificate \
             in `SSL_CERT_FILE`"
            .to_string(),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is for another host name; check the address".to_string()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            format!("its certificate has expired; {clock}")
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            format!("its certificate is not valid yet; {clock}")
        }
        CertificateError::Revoked => "its certificate was revoked".to_string(),
        other => format!("its certificate is not valid ({other})"),
    }
}

/// What is wrong with a handshake that did not come as far as a certificate.
fn tls_words(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidMessage(_) => {
            "it does not speak TLS there; check the port and `https`".to_string()
        }
        rustls::Error::AlertReceived(AlertDescription::ProtocolVersion)
        | rustls::Error::PeerIncompatible(_) => {
            format!("it speaks no version of TLS that is used here ({error})")
        }
        other => format!("the TLS handshake failed ({other})"),
    }
}

/// What is wrong with the proxy, if the connection goes through one. The library keeps the type of
/// the error to itself.
fn tunnel_words(cause: &(dyn Error + 'static)) -> Option<String> {
    let words = cause.to_string();
    let why = words.strip_prefix("tunnel error: ")?;
    let proxy = "the proxy in `HTTPS_PROXY`";
    Some(match (why, cause.source()) {
        ("proxy authorization required", _) => format!("{proxy} wants a user name and password"),
        ("unsuccessful", _) => format!("{proxy} refused to connect to it"),
        (_, Some(source)) => format!("{proxy} cannot be reached ({})", words::of_error(source)),
        (why, None) => format!("{proxy} failed ({why})"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_of_a_certificate_has_words_of_its_own() {
        let faults = [
            CertificateError::UnknownIssuer,
            CertificateError::NotValidForName,
            CertificateError::Expired,
            CertificateError::NotValidYet,
            CertificateError::Revoked,
            CertificateError::BadEncoding,
        ];
        let words: Vec<String> = faults.iter().map(certificate_words).collect();
        let mut different = words.clone();
        different.sort();
        different.dedup();
        assert_eq!(different.len(), words.len(), "{words:?}");
    }

    #[test]
    fn an_error_of_tls_is_found_within_one_of_a_stream() {
        let tls = rustls::Error::InvalidCertificate(CertificateError::Expired);
        let stream = io::Error::new(io::ErrorKind::InvalidData, tls.clone());
        assert_eq!(tls_error(&stream), Some(&tls));
        assert_eq!(tls_error(&io::Error::other(stream)), Some(&tls));
        assert_eq!(tls_error(&tls), Some(&tls));
        assert_eq!(tls_error(&io::Error::other("no")), None);
    }
}
