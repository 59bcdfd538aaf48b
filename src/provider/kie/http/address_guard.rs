//! Addresses: which hosts a video may be fetched from.
//!
//! The service says where a video is, and a wrong or hostile answer must not make this program
//! read from the machine itself or the network around it. A URL is checked by its text, and names
//! again by the addresses they resolve to, at the moment of connecting. The addresses checked are
//! those connected to, so changing a name's address in between gains nothing.

use std::collections::HashSet;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Mutex, PoisonError};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::provider::kie::config::{is_localhost, is_loopback_host};

/// Which addresses downloads may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AllowedHosts {
    /// Public addresses over https.
    Public,
    /// Also this machine itself, over http too: for rehearsals.
    PublicAndLoopback,
}

/// The address must not be fetched from, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ForbiddenAddress(String);

impl fmt::Display for ForbiddenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ForbiddenAddress {}

impl AllowedHosts {
    /// Checks a URL by its text.
    pub fn check(self, url: &Url) -> Result<(), ForbiddenAddress> {
        let no = |why: &str| Err(ForbiddenAddress(format!("the video's address {why}")));
        let loopback_http = self == AllowedHosts::PublicAndLoopback && is_loopback_host(url);
        match url.scheme() {
            "https" => {}
            "http" if loopback_http => {}
            "http" => return no("is not encrypted (http), only https is fetched"),
            _ => return no("is not https"),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return no("holds a user name or password");
        }
        match url.host() {
            Some(Host::Ipv4(ip)) => self.check_ip(IpAddr::V4(ip)),
            Some(Host::Ipv6(ip)) => self.check_ip(IpAddr::V6(ip)),
            Some(Host::Domain(name)) if is_localhost(name) && self == AllowedHosts::Public => {
                no("is on this machine")
            }
            Some(Host::Domain(_)) => Ok(()),
            None => no("has no host"),
        }
    }

    fn check_ip(self, ip: IpAddr) -> Result<(), ForbiddenAddress> {
        if self.allows(ip) {
            return Ok(());
        }
        Err(ForbiddenAddress(format!("the video's address {ip} is not on the public network")))
    }

    fn allows(self, ip: IpAddr) -> bool {
        (self == AllowedHosts::PublicAndLoopback && ip.is_loopback()) || is_public(ip)
    }

    /// The addresses of a name that connections may use.
    fn filter(
        self,
        name: &str,
        found: Vec<SocketAddr>,
    ) -> Result<Vec<SocketAddr>, ForbiddenAddress> {
        let allowed = |address: &SocketAddr| match is_localhost(name) {
            // Over http only this machine is trusted, so its name must not resolve to anything
            // else.
            true => self == AllowedHosts::PublicAndLoopback && address.ip().is_loopback(),
            false => self.allows(address.ip()),
        };
        let (good, bad): (Vec<_>, Vec<_>) = found.into_iter().partition(allowed);
        match bad.first() {
            Some(address) if good.is_empty() => Err(ForbiddenAddress(format!(
                "the video's host `{name}` has the address {}, which is not on the public network",
                address.ip()
            ))),
            _ => Ok(good),
        }
    }
}

/// Resolves names for downloads, and keeps those of videos to permitted addresses.
pub(super) struct GuardedResolver {
    allowed: AllowedHosts,
    /// The hosts of videos. Other names belong to the user's own proxies, which may well be on a
    /// private network.
    guarded: Mutex<HashSet<String>>,
}

impl GuardedResolver {
    /// Guards nothing yet.
    pub fn new(allowed: AllowedHosts) -> Self {
        GuardedResolver { allowed, guarded: Mutex::default() }
    }

    /// Checks a URL, and guards its name from now on. Must be called before each request.
    pub fn admit(&self, url: &Url) -> Result<(), ForbiddenAddress> {
        self.allowed.check(url)?;
        if let Some(name) = url.domain() {
            self.guard(name);
        }
        Ok(())
    }

    /// Checks this name from now on whenever it is resolved.
    pub fn guard(&self, name: &str) {
        let mut guarded = self.guarded.lock().unwrap_or_else(PoisonError::into_inner);
        guarded.insert(name.to_ascii_lowercase());
    }

    fn is_guarded(&self, name: &str) -> bool {
        let guarded = self.guarded.lock().unwrap_or_else(PoisonError::into_inner);
        guarded.contains(&name.to_ascii_lowercase())
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = self.is_guarded(name.as_str()).then_some(self.allowed);
        Box::pin(async move {
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let good = match allowed {
                Some(allowed) => allowed.filter(name.as_str(), found)?,
                None => found,
            };
            Ok(Box::new(good.into_iter()) as Addrs)
        })
    }
}

fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

/// Checks against IANA's registry of special-purpose IPv4 addresses.
fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_documentation()
        || a == 0                              // "this network", 0.0.0.0 included
        || (a == 100 && b & 0xc0 == 64)        // carrier-grade NAT, 100.64.0.0/10
        || (a, b, c) == (192, 0, 0)            // protocol assignments
        || (a == 198 && b & 0xfe == 18)        // benchmarks, 198.18.0.0/15
        || a >= 224; // multicast, reserved, broadcast
    !special
}

/// Checks against IANA's registry of special-purpose IPv6 addresses: only 2000::/3 is allocated,
/// and addresses that embed an IPv4 address are as public as that one.
fn is_public_v6(ip: Ipv6Addr) -> bool {
    let s = ip.segments();
    let carried = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match s {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_public_v4(carried(high, low)), // NAT64
        [0x2002, high, low, ..] => is_public_v4(carried(high, low)),               // 6to4
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x3fff, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    const NEVER: [&str; 34] = [
        "https://10.0.0.1/v.mp4",
        "https://172.16.0.1/",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://255.255.255.255/",
        "https://198.18.0.1/",
        "https://192.0.0.1/",
        "https://192.0.2.1/",
        "https://[::]/",
        "https://[::ffff:8.8.8.8]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fe80::1]/",
        "https://[fc00::1]/",
        "https://[ff02::1]/",
        "https://[64:ff9b::10.0.0.1]/",
        "https://[2002:a00:1::]/",
        "https://[2001:db8::1]/",
        // The same in disguise: octal, decimal, hexadecimal, short, with a trailing dot, embedded
        // in addresses of other networks.
        "https://0300.0250.0.1/",
        "https://3232235521/",
        "https://0xa9fea9fe/latest/meta-data",
        "https://10.1/",
        "https://10.0.0.1./",
        "https://[::10.0.0.1]/",
        "https://[::ffff:a9fe:a9fe]/",
        "https://[64:ff9b:1::a00:1]/",
        "https://[2001:0:a00:1::]/",
        "https://[fec0::1]/",
        "ftp://storage.kie.ai/v.mp4",
        "file:///etc/passwd",
        "https://user:pass@storage.kie.ai/v.mp4",
        "http://storage.kie.ai/v.mp4",
    ];

    #[test]
    fn addresses_outside_the_public_network_are_forbidden() {
        for text in NEVER {
            for allowed in [AllowedHosts::Public, AllowedHosts::PublicAndLoopback] {
                assert!(allowed.check(&url(text)).is_err(), "{text} {allowed:?}");
            }
        }
        for text in ["https://storage.kie.ai/v.mp4", "https://8.8.8.8/", "https://[2606:4700::1]/"]
        {
            assert_eq!(AllowedHosts::Public.check(&url(text)), Ok(()), "{text}");
        }
    }

    #[test]
    fn only_rehearsals_may_download_from_this_machine() {
        // The numbers are other spellings of 127.0.0.1.
        for text in ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "LOCALHOST."] {
            for scheme in ["http", "https"] {
                let url = url(&format!("{scheme}://{text}:8700/v.mp4"));
                assert_eq!(AllowedHosts::PublicAndLoopback.check(&url), Ok(()), "{url}");
                assert!(AllowedHosts::Public.check(&url).is_err(), "{url}");
            }
        }
    }

    #[test]
    fn names_keep_only_permitted_addresses() {
        let found =
            |ips: &[&str]| ips.iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), 0)).collect();
        let filter = |allowed: AllowedHosts, name, ips| {
            allowed
                .filter(name, found(ips))
                .map(|good| good.len())
                .map_err(|error| error.to_string())
        };
        assert_eq!(filter(AllowedHosts::Public, "a.example", &["8.8.8.8", "10.0.0.1"]), Ok(1));
        assert_eq!(filter(AllowedHosts::PublicAndLoopback, "a.example", &["127.0.0.1"]), Ok(1));
        assert_eq!(
            filter(AllowedHosts::PublicAndLoopback, "localhost", &["8.8.8.8", "::1"]),
            Ok(1)
        );
        let refused = filter(AllowedHosts::Public, "a.example", &["10.0.0.1", "::1"]).unwrap_err();
        assert_eq!(
            refused,
            "the video's host `a.example` has the address 10.0.0.1, which is not on the public network"
        );
        assert!(filter(AllowedHosts::PublicAndLoopback, "localhost", &["8.8.8.8"]).is_err());
    }

    #[tokio::test]
    async fn guarded_names_are_checked_when_resolved() {
        let resolver = GuardedResolver::new(AllowedHosts::Public);
        // Not a video's host, so a proxy of the user's: resolved without a check.
        assert!(resolver.resolve("localhost".parse().unwrap()).await.is_ok());
        resolver.guard("localhost");
        let Err(error) = resolver.resolve("LocalHost".parse().unwrap()).await else {
            panic!("a guarded name went through");
        };
        assert!(error.downcast_ref::<ForbiddenAddress>().is_some(), "{error}");
    }
}
