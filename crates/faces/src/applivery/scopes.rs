//! Scopes as this wire names them: what an application's token opens (contract, section 2).

use authority::scope::Scopes;

use super::fault::Fault;

/// Each name, and the ceiling that it is: permissions of the mobile SDKs, and of the integrations API.
const NAMES: [(&str, &str); 2] = [("sdk", "mad.sdk.*"), ("integrationApi", "mad.integration.*")];

/// The ceilings that a list of names is. None at all, and an empty list, are all there are.
pub(super) fn read(names: Option<&[String]>) -> Result<Scopes, Fault> {
    let ceiling = |name: &String| {
        let known = NAMES.iter().find(|(known, _)| known == name);
        let rule = format!("unknown scope {name:?}: sdk or integrationApi");
        known.map(|(_, scope)| *scope).ok_or_else(|| Fault::invalid("scopes", rule))
    };
    let names = names.unwrap_or_default();
    let asked: Vec<&str> = names.iter().map(ceiling).collect::<Result<_, _>>()?;
    let all = || NAMES.iter().map(|(_, scope)| *scope).collect();
    let asked = if asked.is_empty() { all() } else { asked };
    Scopes::parse(&asked.join(" ")).map_err(|word| Fault::invalid("scopes", word))
}

/// The names of all that is below these ceilings.
pub(super) fn names(scopes: &Scopes) -> Vec<&'static str> {
    let below =
        |scope: &str| Scopes::parse(scope).is_ok_and(|one| one.first_beyond(scopes).is_none());
    NAMES.iter().filter(|(_, scope)| below(scope)).map(|(name, _)| *name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &[&str]) -> Result<String, Fault> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        read(Some(&names)).map(|scopes| scopes.to_string())
    }

    #[test]
    fn no_names_are_all_names() {
        assert_eq!(read(None).unwrap().to_string(), "mad.sdk.* mad.integration.*");
        assert_eq!(of(&[]).unwrap(), "mad.sdk.* mad.integration.*");
        assert_eq!(of(&["sdk"]).unwrap(), "mad.sdk.*");
    }

    #[test]
    fn a_name_that_nobody_knows_is_refused_whatever_stands_beside_it() {
        for names in [&["sdk", "admin"][..], &["SDK"], &["*"], &[""], &["mad.sdk.*"], &["sdk "]] {
            assert!(of(names).is_err(), "{names:?}");
        }
    }

    #[test]
    fn what_is_shown_is_what_the_ceilings_let_through() {
        assert_eq!(names(&Scopes::all()), ["sdk", "integrationApi"]);
        assert_eq!(names(&Scopes::parse("mad.integration.*").unwrap()), ["integrationApi"]);
        assert!(names(&Scopes::read()).is_empty());
    }
}
