//! Which part of a list is shown, and where its neighbours are.
//!
//! A list view reads what is [`Wanted`], searches from [`Wanted::offset`] on (after a search that
//! only counts, if the last page is wanted), and asks [`Wanted::settle`] whether there is such a
//! page.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::refused::Refused;
use super::value::integer;

/// So many things are on a page where nothing is asked.
const USUAL_SIZE: u32 = 25;
/// The most that a page has, as in AWX.
const LARGEST_SIZE: u32 = 200;

/// The page that a query asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::awx) struct Wanted {
    /// How many things are on it at most.
    pub(in crate::awx) size: u32,
    /// Whether all that fit are counted. If not, there is one page, and nothing but its things is
    /// shown.
    pub(in crate::awx) counted: bool,
    number: Number,
}

/// Which page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Number {
    /// This one, from 1 on.
    Is(u64),
    Last,
}

impl Wanted {
    /// Reads a decoded query. A size that is none is the usual one.
    ///
    /// # Errors
    ///
    /// 404 for a number that no page has.
    pub(in crate::awx) fn read(query: &[(String, String)]) -> Result<Self, Refused> {
        let value = |key| of(query, key);
        let size = value("page_size").and_then(integer).filter(|size| *size > 0);
        let capped = |size| u32::try_from(size).unwrap_or(u32::MAX).min(LARGEST_SIZE);
        let counted = value("count_disabled").is_none();
        let number = match value("page").filter(|page| !page.is_empty()) {
            Some("last") if counted => Number::Last,
            None | Some("last") => Number::Is(1),
            Some(page) => numbered(page)
                .filter(|page| counted || *page == 1)
                .map(Number::Is)
                .ok_or_else(Refused::page)?,
        };
        Ok(Self { size: size.map_or(USUAL_SIZE, capped), counted, number })
    }

    /// How many things come before it; of the last page that can't be told before they are counted.
    pub(in crate::awx) fn offset(self) -> Option<u64> {
        match self.number {
            Number::Is(number) => Some((number - 1).saturating_mul(u64::from(self.size))),
            Number::Last => None,
        }
    }

    /// The page, if among so many things there is one. The first is there always. Uncounted things
    /// are taken for as many as fit.
    ///
    /// # Errors
    ///
    /// 404 if it is not there.
    pub(in crate::awx) fn settle(self, count: Option<u64>) -> Result<Page, Refused> {
        let count = count.filter(|_| self.counted).unwrap_or_default();
        let last = count.div_ceil(u64::from(self.size)).max(1);
        let number = match self.number {
            Number::Is(number) => Some(number).filter(|number| *number <= last),
            Number::Last => Some(last),
        };
        let number = number.ok_or_else(Refused::page)?;
        Ok(Page { number, last, size: self.size })
    }
}

/// The value of a name, of which the last one counts.
fn of<'a>(query: &'a [(String, String)], name: &str) -> Option<&'a str> {
    query.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn numbered(text: &str) -> Option<u64> {
    integer(text).and_then(|page| u64::try_from(page).ok()).filter(|page| *page > 0)
}

/// A page that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::awx) struct Page {
    number: u64,
    last: u64,
    size: u32,
}

impl Page {
    /// How many things come before it.
    pub(in crate::awx) fn offset(self) -> u64 {
        (self.number - 1).saturating_mul(u64::from(self.size))
    }

    /// The path and query of the page after it.
    pub(in crate::awx) fn next(self, path: &str, query: &[(String, String)]) -> Option<String> {
        (self.number < self.last).then(|| link(path, query, self.number + 1))
    }

    /// The path and query of the page before it.
    pub(in crate::awx) fn previous(self, path: &str, query: &[(String, String)]) -> Option<String> {
        (self.number > 1).then(|| link(path, query, self.number - 1))
    }
}

/// The same request for another page: parameters in the order of their names, values of one name in
/// their own, and no size above what there is.
fn link(path: &str, query: &[(String, String)], page: u64) -> String {
    let mut sorted: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (key, value) in query {
        sorted.entry(key).or_default().push(value);
    }
    let (page, largest) = (page.to_string(), LARGEST_SIZE.to_string());
    if of(query, "page_size").and_then(integer).is_some_and(|size| size > LARGEST_SIZE.into()) {
        sorted.insert("page_size", vec![&largest]);
    }
    sorted.insert("page", vec![&page]);
    let pairs =
        sorted.iter().flat_map(|(key, values)| values.iter().map(move |value| (key, value)));
    let pairs = pairs.map(|(key, value)| format!("{}={}", encoded(key), encoded(value)));
    format!("{path}?{}", pairs.collect::<Vec<_>>().join("&"))
}

fn encoded(text: &str) -> String {
    const KEPT: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'_').remove(b'.').remove(b'-').remove(b'~').remove(b' ');
    utf8_percent_encode(text, KEPT).to_string().replace(' ', "+")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> Vec<(String, String)> {
        serde_urlencoded::from_str(text).unwrap()
    }

    /// Next and previous of a page among so many things.
    fn neighbours(path: &str, text: &str, count: u64) -> [Option<String>; 2] {
        let query = query(text);
        let page = Wanted::read(&query).unwrap().settle(Some(count)).unwrap();
        [page.next(path, &query), page.previous(path, &query)]
    }

    fn next(text: &str, count: u64) -> String {
        let [next, previous] = neighbours("/api/v2/tokens/", text, count);
        assert_eq!(previous, None);
        next.unwrap().replace("/api/v2/tokens/?", "")
    }

    #[test]
    fn links_sort_parameters_by_name_and_set_the_page() {
        let links = neighbours("/api/v2/tokens/", "page_size=2&page=2&order_by=-id", 20);
        let link = |page| format!("/api/v2/tokens/?order_by=-id&page={page}&page_size=2");
        assert_eq!(links, [Some(link(3)), Some(link(1))]);
        for (asked, told) in [
            ("", "page=2"),
            ("page_size=1000", "page=2&page_size=200"),
            ("page_size=abc", "page=2&page_size=abc"),
            (
                "order_by=description,-id&page_size=2",
                "order_by=description%2C-id&page=2&page_size=2",
            ),
            ("id__gt=1&id__gt=5&page_size=1", "id__gt=1&id__gt=5&page=2&page_size=1"),
            ("search=a+b~*%C3%A9&x=", "page=2&search=a+b~%2A%C3%A9&x="),
        ] {
            assert_eq!(next(asked, 206), told, "{asked}");
        }
    }

    #[test]
    fn a_size_that_is_none_is_25_and_none_is_above_200() {
        for (text, size) in [
            ("", 25),
            ("page_size=2", 2),
            ("page_size=0", 25),
            ("page_size=-3", 25),
            ("page_size=abc", 25),
            ("page_size=", 25),
            ("page_size=200", 200),
            ("page_size=1000", 200),
            ("page_size=99999999999999999999", 200),
        ] {
            assert_eq!(Wanted::read(&query(text)).unwrap().size, size, "{text}");
        }
    }

    #[test]
    fn a_page_that_is_not_there_is_refused() {
        let settled =
            |text: &str, count| Wanted::read(&query(text)).and_then(|it| it.settle(count));
        for text in [
            "page=0",
            "page=-1",
            "page=abc",
            "page=999",
            "page=3",
            "page=1&count_disabled=0&page=2",
        ] {
            assert_eq!(settled(text, Some(50)), Err(Refused::page()), "{text}");
        }
        for text in ["page=", "page=1", "page=2", "page=last", "count_disabled&page=last"] {
            assert!(settled(text, Some(50)).is_ok(), "{text}");
        }
        assert_eq!(settled("page=1", Some(0)).unwrap().offset(), 0);
        assert_eq!(settled("page=last", Some(51)).unwrap().offset(), 50);
        assert_eq!(
            Wanted::read(&query("page=99999999999999999999")).unwrap().offset(),
            Some(u64::MAX)
        );
        assert_eq!(Wanted::read(&query("page=last")).unwrap().offset(), None);
    }

    #[test]
    fn uncounted_things_have_one_page() {
        let wanted = Wanted::read(&query("count_disabled=1")).unwrap();
        assert!(!wanted.counted);
        assert_eq!(wanted.settle(None).unwrap().next("/", &[]), None);
    }
}
