//! What Python says of a document that is not JSON: callers of AWX see the words of its parser.
//!
//! Source: `Modules/_json.c` and `json/decoder.py` of Python 3.11.
//!
//! **Invariant**: it nests nothing and goes back over nothing, so that it takes time in proportion
//! to the document, whatever that is.

/// A fault: what is wrong, and before which character.
type Fault = (&'static str, usize);

/// What Python 3.11 says of a document that can't be read. Of one that it reads and we don't (a
/// number out of bounds, half a surrogate pair) it says that there is no value.
pub(super) fn json_fault(bytes: &[u8]) -> String {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => return undecoded(bytes, error),
    };
    if text.starts_with('\u{feff}') {
        return told(text, ("Unexpected UTF-8 BOM (decode using utf-8-sig)", 0));
    }
    let characters: Vec<char> = text.chars().collect();
    let fault = Scanner { text: &characters, at: 0 }.document();
    told(text, fault.err().unwrap_or((NO_VALUE, 0)))
}

const NO_VALUE: &str = "Expecting value";
const NO_NAME: &str = "Expecting property name enclosed in double quotes";
const NO_COLON: &str = "Expecting ':' delimiter";
const NO_COMMA: &str = "Expecting ',' delimiter";
const MORE: &str = "Extra data";
const CONTROL: &str = "Invalid control character at";
const UNTERMINATED: &str = "Unterminated string starting at";
const ESCAPE: &str = "Invalid \\escape";
const UNICODE_ESCAPE: &str = "Invalid \\uXXXX escape";

fn told(text: &str, (what, at): Fault) -> String {
    let (mut line, mut column) = (1, 1);
    for sign in text.chars().take(at) {
        (line, column) = if sign == '\n' { (line + 1, 1) } else { (line, column + 1) };
    }
    format!("{what}: line {line} column {column} (char {at})")
}

/// What Python says of bytes that are not UTF-8.
fn undecoded(bytes: &[u8], error: std::str::Utf8Error) -> String {
    let start = error.valid_up_to();
    let end = error.error_len().map_or(bytes.len(), |length| start + length);
    let first = bytes.get(start).copied().unwrap_or_default();
    let why = match (error.error_len(), first) {
        (None, _) => "unexpected end of data",
        (_, 0xC2..=0xF4) => "invalid continuation byte",
        _ => "invalid start byte",
    };
    if end - start == 1 {
        return format!("'utf-8' codec can't decode byte 0x{first:02x} in position {start}: {why}");
    }
    format!("'utf-8' codec can't decode bytes in position {start}-{}: {why}", end - 1)
}

/// What is open at a place of a document.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    List,
    Object,
}

struct Scanner<'a> {
    text: &'a [char],
    at: usize,
}

impl Scanner<'_> {
    fn document(mut self) -> Result<(), Fault> {
        let mut open = Vec::new();
        self.space();
        loop {
            if let Some(inner) = self.value()? {
                open.push(inner);
                continue;
            }
            if self.after_value(&mut open)? {
                return Ok(());
            }
        }
    }

    /// Reads a value, or the beginning of one that has others in it, which it returns.
    fn value(&mut self) -> Result<Option<Open>, Fault> {
        let (inner, end) = match self.peek() {
            Some('{') => (Open::Object, '}'),
            Some('[') => (Open::List, ']'),
            Some('"') => return self.string().map(|()| None),
            _ => return self.atom().map(|()| None),
        };
        self.at += 1;
        self.space();
        if self.skip(end) {
            return Ok(None);
        }
        if inner == Open::Object {
            self.name()?;
        }
        Ok(Some(inner))
    }

    /// Goes from the end of a value to the next, or to the end of the document: `true`.
    fn after_value(&mut self, open: &mut Vec<Open>) -> Result<bool, Fault> {
        loop {
            self.space();
            let Some(inner) = open.last() else {
                let ended = self.at == self.text.len();
                return if ended { Ok(true) } else { Err((MORE, self.at)) };
            };
            let end = if *inner == Open::Object { '}' } else { ']' };
            if self.skip(end) {
                open.pop();
                continue;
            }
            if !self.skip(',') {
                return Err((NO_COMMA, self.at));
            }
            self.space();
            if *inner == Open::Object {
                self.name()?;
            }
            return Ok(false);
        }
    }

    /// Reads a name and its colon.
    fn name(&mut self) -> Result<(), Fault> {
        if self.peek() != Some('"') {
            return Err((NO_NAME, self.at));
        }
        self.string()?;
        self.space();
        if !self.skip(':') {
            return Err((NO_COLON, self.at));
        }
        self.space();
        Ok(())
    }

    fn string(&mut self) -> Result<(), Fault> {
        let begin = self.at;
        self.at += 1;
        loop {
            match self.peek() {
                None => return Err((UNTERMINATED, begin)),
                Some('"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some('\\') => self.escape(begin)?,
                Some(sign) if sign <= '\u{1f}' => return Err((CONTROL, self.at)),
                Some(_) => self.at += 1,
            }
        }
    }

    fn escape(&mut self, begin: usize) -> Result<(), Fault> {
        let backslash = self.at;
        match self.text.get(backslash + 1) {
            None => Err((UNTERMINATED, begin)),
            Some('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't') => {
                self.at += 2;
                Ok(())
            }
            Some('u') => {
                let digits = self.text.get(backslash + 2..backslash + 6);
                let fits = digits.is_some_and(|digits| digits.iter().all(char::is_ascii_hexdigit));
                // The closing quote must follow, so digits at the very end do not count.
                if !fits || self.text.len() == backslash + 6 {
                    return Err((UNICODE_ESCAPE, backslash + 1));
                }
                self.at += 6;
                Ok(())
            }
            Some(_) => Err((ESCAPE, backslash)),
        }
    }

    fn atom(&mut self) -> Result<(), Fault> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let word = ["null", "true", "false"].into_iter().find(|word| starts(rest, word));
        self.at += match word {
            Some(word) => word.len(),
            None => number(rest).ok_or((NO_VALUE, self.at))?,
        };
        Ok(())
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn skip(&mut self, sign: char) -> bool {
        let there = self.peek() == Some(sign);
        self.at += usize::from(there);
        there
    }
}

fn starts(text: &[char], word: &str) -> bool {
    let mut text = text.iter();
    word.chars().all(|sign| text.next() == Some(&sign))
}

/// How long a number at the beginning of a text is; a part of it that breaks off is not of it.
fn number(text: &[char]) -> Option<usize> {
    let sign = |at: usize| text.get(at).copied();
    let digits = |from: usize| {
        let rest = text.get(from..).unwrap_or_default();
        from + rest.iter().take_while(|sign| sign.is_ascii_digit()).count()
    };
    let first = usize::from(sign(0) == Some('-'));
    let mut end = match sign(first)? {
        '0' => first + 1,
        '1'..='9' => digits(first),
        _ => return None,
    };
    if sign(end) == Some('.') && digits(end + 1) > end + 1 {
        end = digits(end + 1);
    }
    if matches!(sign(end), Some('e' | 'E')) {
        let from = end + 1 + usize::from(matches!(sign(end + 1), Some('+' | '-')));
        end = if digits(from) > from { digits(from) } else { end };
    }
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_those_of_python() {
        let told: [(&[u8], &str, [usize; 3]); 26] = [
            (
                b"{\"scope\": \"read\",}",
                "Expecting property name enclosed in double quotes",
                [1, 18, 17],
            ),
            (b"", "Expecting value", [1, 1, 0]),
            (b" \n ", "Expecting value", [2, 2, 3]),
            (b"{", "Expecting property name enclosed in double quotes", [1, 2, 1]),
            (b"{\"a\"", "Expecting ':' delimiter", [1, 5, 4]),
            (b"{\"a\" 1}", "Expecting ':' delimiter", [1, 6, 5]),
            (b"{\"a\":}", "Expecting value", [1, 6, 5]),
            (b"{\"a\":1 \"b\":2}", "Expecting ',' delimiter", [1, 8, 7]),
            (b"{'a':1}", "Expecting property name enclosed in double quotes", [1, 2, 1]),
            (b"{1:2}", "Expecting property name enclosed in double quotes", [1, 2, 1]),
            (b"[", "Expecting value", [1, 2, 1]),
            (b"[1,]", "Expecting value", [1, 4, 3]),
            (b"[1 2]", "Expecting ',' delimiter", [1, 4, 3]),
            (b"{} x", "Extra data", [1, 4, 3]),
            (b"01", "Extra data", [1, 2, 1]),
            (b"-", "Expecting value", [1, 1, 0]),
            (b"1e+", "Extra data", [1, 2, 1]),
            (b"tru", "Expecting value", [1, 1, 0]),
            (b"\"abc", "Unterminated string starting at", [1, 1, 0]),
            (b"{\"a\":\"\xC3\xA9\n\"}", "Invalid control character at", [1, 8, 7]),
            (b"\"a\\x\"", "Invalid \\escape", [1, 3, 2]),
            (b"\"\\u12g4\"", "Invalid \\uXXXX escape", [1, 3, 2]),
            (b"\"\\u1234", "Invalid \\uXXXX escape", [1, 3, 2]),
            (b"\"\\", "Unterminated string starting at", [1, 1, 0]),
            (b"{\"a\": 1,\n \"\xF0\x9D\x84\x9E\": nope}", "Expecting value", [2, 7, 15]),
            (b"\xEF\xBB\xBF{}", "Unexpected UTF-8 BOM (decode using utf-8-sig)", [1, 1, 0]),
        ];
        for (document, what, [line, column, at]) in told {
            let words = format!("{what}: line {line} column {column} (char {at})");
            assert_eq!(json_fault(document), words, "{}", document.escape_ascii());
        }
        let undecoded: [(&[u8], &str); 4] = [
            (b"{\"a\":\"\xFF\"}", "byte 0xff in position 6: invalid start byte"),
            (b"\"\xE2(\"", "byte 0xe2 in position 1: invalid continuation byte"),
            (b"\"\xF0\x9F\x98", "bytes in position 1-3: unexpected end of data"),
            (b"\"\xE2\x82\"", "bytes in position 1-2: invalid continuation byte"),
        ];
        for (document, why) in undecoded {
            let words = format!("'utf-8' codec can't decode {why}");
            assert_eq!(json_fault(document), words, "{}", document.escape_ascii());
        }
    }

    #[test]
    fn what_python_reads_and_we_do_not_has_no_value() {
        for document in ["1e999", "\"\\ud800\"", &"[".repeat(200), "NaN"] {
            assert!(json_fault(document.as_bytes()).starts_with(NO_VALUE), "{document}");
        }
    }
}
