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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deepest_error_is_reported() {
        let system = std::io::Error::from_raw_os_error(2);
        let outer = std::io::Error::other(system);
        assert_eq!(of_error(&outer), "No such file or directory");
    }
}
