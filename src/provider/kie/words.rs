//! Errors in words: the part of a chain of errors that helps people.

/// The words of the deepest error, which says what happened; without the system's error number,
/// which differs between systems and does not help.
pub fn of_error(error: &(dyn std::error::Error + 'static)) -> String {
    let words = causes(error).last().map(ToString::to_string).unwrap_or_default();
    words.split(" (os error ").next().unwrap_or_default().to_string()
}

/// An error and what caused it, outermost first.
pub fn causes<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| error.source())
}

/// A text without what signs the addresses in it: from the first `X-Amz-` on, each ends before its
/// query string's signature. The provider may repeat an address in a message, which is kept.
pub fn without_signatures(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(SIGNED) {
        clean.push_str(&rest[..at]);
        clean.push_str("[signature]");
        let is_end = |c: char| c.is_whitespace() || "\"'`<>()[]{},;".contains(c);
        let length = rest[at..].find(is_end).unwrap_or(rest.len() - at);
        rest = &rest[at + length..];
    }
    clean.push_str(rest);
    clean
}

/// What the parameters of a signed address begin with.
const SIGNED: &str = "X-Amz-";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_left_out() {
        let url = "https://b.s3.amazonaws.com/a.png?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AK\
                   %2F20261130&X-Amz-Signature=0123abc";
        assert_eq!(
            without_signatures(&format!("cannot load \"{url}\": 403, {url}")),
            "cannot load \"https://b.s3.amazonaws.com/a.png?[signature]\": 403, \
             https://b.s3.amazonaws.com/a.png?[signature]"
        );
        assert_eq!(without_signatures("no address"), "no address");
    }

    #[test]
    fn deepest_error_is_reported() {
        let system = std::io::Error::from_raw_os_error(2);
        let outer = std::io::Error::other(system);
        assert_eq!(of_error(&outer), "No such file or directory");
    }
}
