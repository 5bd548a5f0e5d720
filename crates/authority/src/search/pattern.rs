//! Regular expressions.

use crate::error::Refusal;

/// A regular expression of what all databases read alike: no groups but plain ones, no assertions but
/// `^` and `$`, classes such as `\d` and `[a-z]`. It is matched in time linear in the text where we match.
///
/// # Errors
///
/// [`Refusal::Invalid`] with what is wrong with it.
pub fn pattern(text: &str, folded: bool) -> Result<regex::Regex, Refusal> {
    if let Some(odd) = beyond_common(text) {
        return Err(Refusal::invalid("pattern", format!("{odd} is not supported")));
    }
    let mut builder = regex::RegexBuilder::new(text);
    builder.case_insensitive(folded).size_limit(1 << 16).dfa_size_limit(1 << 18).nest_limit(32);
    builder.build().map_err(|error| Refusal::invalid("pattern", error.to_string()))
}

/// What of a pattern is not the same in all databases.
fn beyond_common(pattern: &str) -> Option<String> {
    let escapes = pattern.match_indices('\\').map(|(at, _)| at).collect::<Vec<_>>();
    let mut skip = None;
    for at in escapes {
        if skip == Some(at) {
            continue;
        }
        let next = pattern.get(at + 1..).and_then(|rest| rest.chars().next());
        if next.is_none_or(|next| !"dwsDWS.^$*+?()[]{}|\\/-".contains(next)) {
            return Some(format!("the escape \\{}", next.map(String::from).unwrap_or_default()));
        }
        skip = Some(at + 1);
    }
    let group = pattern
        .match_indices("(?")
        .any(|(at, _)| pattern.get(at..).is_some_and(|rest| !rest.starts_with("(?:")));
    let set = ["&&", "--", "~~"].into_iter().find(|set| pattern.contains(set));
    let class = pattern
        .match_indices("[[")
        .any(|(at, _)| pattern.get(at..).is_some_and(|rest| !rest.starts_with("[[:")));
    let counts = pattern.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    let many =
        counts.flat_map(|count| count.split(',')).any(|n| n.parse().is_ok_and(|n: u64| n > 255));
    if group {
        return Some("a group beginning with (?".to_owned());
    }
    if class {
        return Some("a class in a class".to_owned());
    }
    if many {
        return Some("more than 255 repetitions".to_owned());
    }
    set.map(|set| format!("{set} in a class"))
}
