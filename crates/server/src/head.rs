//! Signed heads of the journal as one word of text, to be kept outside the database: in logs.
//!
//! `chancery-head:<time>/<lane>.<sequence>.<hash>/…/<signature>`, bytes in hex.

use std::fmt::Write as _;
use std::str::FromStr;

use authority::journal::{Head, LaneEnd};
use authority::secret::hex;

const MARK: &str = "chancery-head:";

/// A head as one word.
pub fn text(head: &Head) -> String {
    let mut text = format!("{MARK}{}", head.at);
    for LaneEnd { lane, sequence, hash } in &head.ends {
        // Writing to a string can't fail.
        let _ = write!(text, "/{lane}.{sequence}.{}", hex(hash));
    }
    text + "/" + &hex(&head.signature)
}

/// All heads in a text such as a log, whatever is around them.
pub fn find(text: &str) -> Vec<Head> {
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '='));
    words.filter_map(|word| read(word.strip_prefix(MARK)?)).collect()
}

fn read(text: &str) -> Option<Head> {
    let (at, rest) = text.split_once('/')?;
    let (ends, signature) = rest.rsplit_once('/').unwrap_or(("", rest));
    let ends = ends.split('/').filter(|end| !end.is_empty()).map(read_end);
    Some(Head {
        at: at.parse().ok()?,
        ends: ends.collect::<Option<_>>()?,
        signature: unhex(signature)?,
    })
}

fn read_end(text: &str) -> Option<LaneEnd> {
    let mut parts = text.splitn(3, '.');
    let (lane, sequence) = (number(parts.next()?)?, number(parts.next()?)?);
    Some(LaneEnd { lane, sequence, hash: unhex(parts.next()?)?.try_into().ok()? })
}

fn number<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pair = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    text.len().is_multiple_of(2).then(|| (0..text.len()).step_by(2).map(pair).collect())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_found_again_in_any_log() {
        let ends = vec![
            LaneEnd { lane: 1, sequence: 7, hash: [0xab; 32] },
            LaneEnd { lane: 2, sequence: 0, hash: [0; 32] },
        ];
        let at = "2026-01-02T03:04:05.678901Z".parse().unwrap();
        let head = Head { at, ends, signature: vec![0xcd; 64] };
        let text = text(&head);
        let logs =
            format!("INFO journal head={text}\n{{\"head\":\"{text}\",\"x\":1}}\nhead=\"{text}\"");

        assert_eq!(find(&logs), vec![head; 3]);
        assert_eq!(find("chancery-head: chancery-head:x/y chancery-head:2026/1"), vec![]);
    }
}
