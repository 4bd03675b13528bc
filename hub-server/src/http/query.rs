//! Query strings as the reference reads them: names in any case, values
//! percent-decoded, a repeated name joined by commas.

/// The value of `name`; several are joined by commas, empty ones left out when
/// there are others.
pub(super) fn value(query: Option<&str>, name: &str) -> Option<String> {
    let mut found: Option<String> = None;
    for (key, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        if !key.eq_ignore_ascii_case(name) {
            continue;
        }
        match &mut found {
            None => found = Some(value.into_owned()),
            Some(joined) if joined.is_empty() => *joined = value.into_owned(),
            Some(_) if value.is_empty() => {}
            Some(joined) => {
                joined.push(',');
                joined.push_str(&value);
            }
        }
    }
    found
}

/// The query without `name`, otherwise as it was.
pub(super) fn without(query: &str, name: &str) -> String {
    let is_name = |pair: &&str| {
        form_urlencoded::parse(pair.as_bytes()).any(|(key, _)| key.eq_ignore_ascii_case(name))
    };
    let kept: Vec<&str> = query.split('&').filter(|pair| !is_name(pair)).collect();
    kept.join("&")
}

#[cfg(test)]
mod tests {
    use super::{value, without};

    #[test]
    fn a_name_is_taken_out_in_any_case() {
        assert_eq!(without("a=1&ID=x&b=%20", "id"), "a=1&b=%20");
        assert_eq!(without("id=x", "id"), "");
    }

    #[test]
    fn names_are_found_in_any_case() {
        assert_eq!(value(Some("ID=a%20b&x=1"), "id").as_deref(), Some("a b"));
        assert_eq!(value(Some("x=1"), "id"), None);
        assert_eq!(value(None, "id"), None);
    }

    #[test]
    fn repeated_values_are_joined_and_empty_ones_left_out() {
        assert_eq!(value(Some("id=a&ID=b"), "id").as_deref(), Some("a,b"));
        assert_eq!(value(Some("id=a&id="), "id").as_deref(), Some("a"));
        assert_eq!(value(Some("id="), "id").as_deref(), Some(""));
    }
}
