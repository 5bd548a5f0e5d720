//! Scopes as this wire spells them: a bit mask, or names. The bits are our own; see
//! `docs/faces/thinkeo.md`.

use authority::scope::{MOST_SCOPES, Scope, Scopes};

use super::fault::Fault;

/// A right: its bits, its name, and the core's scopes that it stands for.
struct Right {
    bits: u64,
    name: &'static str,
    scopes: &'static [&'static str],
}

/// The bits of a full interactive login: everything.
const FULL: u64 = 3072;

const fn right(bits: u64, name: &'static str, scopes: &'static [&'static str]) -> Right {
    Right { bits, name, scopes }
}

const RIGHTS: [Right; 10] = [
    right(1, "read", &["read"]),
    right(1 << 1, "publish", &["thinkeo.publication.*", "thinkeo.attachment.*"]),
    right(1 << 2, "tokens", &["authority.token.*"]),
    right(1 << 3, "team", &["authority.organization.*", "authority.member.*", "authority.group.*"]),
    right(1 << 4, "apps", &["authority.application.*", "thinkeo.app.*"]),
    right(1 << 5, "account", &["authority.self.*"]),
    right(1 << 6, "logs", &["authority.journal.*"]),
    right(1 << 10, "manage", &["authority.*"]),
    right(1 << 11, "use", &["thinkeo.*"]),
    right(FULL, "full", &["*"]),
];

/// Reads the values of `scopes`: none, one mask, one list with commas, or a name each.
pub(super) fn read(values: &[&str]) -> Result<Option<Scopes>, Fault> {
    match values {
        [] => Ok(None),
        [mask] if is_number(mask) => of_mask(mask).map(Some),
        [names] => of_names(names.split(',')).map(Some),
        names => of_names(names.iter().copied()).map(Some),
    }
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn of_mask(text: &str) -> Result<Scopes, Fault> {
    let known = RIGHTS.iter().fold(0, |bits, right| bits | right.bits);
    let mask = text.parse().ok().filter(|mask: &u64| *mask != 0 && mask & !known == 0);
    let mask: u64 = mask.ok_or_else(|| unknown(text))?;
    if mask & FULL == FULL {
        return Ok(Scopes::all());
    }
    let asked = RIGHTS.iter().filter(|right| mask & right.bits == right.bits);
    collect(asked.flat_map(of_right).collect())
}

fn of_names<'a>(names: impl Iterator<Item = &'a str>) -> Result<Scopes, Fault> {
    let mut scopes = Vec::new();
    for name in names {
        match RIGHTS.iter().find(|right| right.name == name) {
            Some(right) => scopes.extend(of_right(right)),
            None => scopes.push(of_core(name).ok_or_else(|| unknown(name))?),
        }
    }
    collect(scopes)
}

/// A scope in the core's own words. What has no letter in it was meant as a number.
fn of_core(name: &str) -> Option<Scope> {
    let worded = name == "*" || name.bytes().any(|byte| byte.is_ascii_lowercase());
    // AWX's word for everything is none of Thinkeo's.
    Scope::parse(name).filter(|_| worded && name != "write")
}

fn of_right(right: &Right) -> impl Iterator<Item = Scope> {
    right.scopes.iter().filter_map(|scope| Scope::parse(scope))
}

/// The same scopes are the same, in whichever order they were named.
fn collect(mut scopes: Vec<Scope>) -> Result<Scopes, Fault> {
    scopes.sort();
    let rule = || Fault::invalid("scopes", format!("at most {MOST_SCOPES}"));
    let few = Some(scopes).filter(|scopes| scopes.len() <= MOST_SCOPES).ok_or_else(rule)?;
    Scopes::new(few).ok_or_else(rule)
}

/// Names what is not known, cut to what fits in a line.
fn unknown(value: &str) -> Fault {
    let shown: String = value.chars().filter(|c| !c.is_control()).take(64).collect();
    Fault::invalid("scopes", format!("`{shown}` is neither a mask of known bits nor a known name"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(values: &[&str]) -> Option<String> {
        read(values).ok().flatten().map(|scopes| scopes.to_string())
    }

    #[test]
    fn no_value_is_no_wish() {
        assert!(read(&[]).unwrap().is_none());
    }

    #[test]
    fn the_mask_of_a_login_is_everything() {
        assert_eq!(text(&["3072"]).unwrap(), "*");
        assert_eq!(text(&["3073"]).unwrap(), "*");
    }

    #[test]
    fn masks_and_names_and_repeated_names_are_one() {
        let both = "authority.journal.* read";
        assert_eq!(text(&["65"]).unwrap(), both);
        assert_eq!(text(&["read,logs"]).unwrap(), both);
        assert_eq!(text(&["read", "logs"]).unwrap(), both);
    }

    #[test]
    fn scopes_of_the_core_are_names_too() {
        assert_eq!(text(&["*"]).unwrap(), "*");
        assert_eq!(text(&["shop.*,shop.order.list"]).unwrap(), "shop.* shop.order.list");
    }

    #[test]
    fn bits_that_mean_nothing_and_mixed_spellings_are_refused() {
        for values in [
            &["0"][..],
            &["128"],
            &["4294967296"],
            &["99999999999999999999999"],
            &["1,2"],
            &["3072.5"],
            &["1", "2"],
            &["3072", "read"],
            &["read,logs", "apps"],
        ] {
            assert!(text(values).is_none(), "{values:?}");
        }
    }

    #[test]
    fn each_right_stands_for_scopes_that_the_core_knows() {
        for right in &RIGHTS {
            assert_eq!(of_right(right).count(), right.scopes.len(), "{}", right.name);
        }
    }
}
