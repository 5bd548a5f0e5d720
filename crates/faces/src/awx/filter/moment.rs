//! Moments as queries spell them.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::Offset;

use super::Refused;

const SHAPE: &str =
    "has an invalid format. It must be in YYYY-MM-DD HH:MM[:ss[.uuuuuu]][TZ] format.";
const DATE: &str = "has the correct format (YYYY-MM-DD) but it is an invalid date.";
const MOMENT: &str = "has the correct format (YYYY-MM-DD HH:MM[:ss[.uuuuuu]][TZ]) \
     but it is an invalid date/time.";

/// Reads a moment: a date, which is its midnight; or with `T` or a space a time, to the
/// microsecond. Without an offset it is UTC.
pub(super) fn read(text: &str) -> Result<Timestamp, Refused> {
    let bad = |rule| Refused::value(text, rule);
    let mut rest = Rest(text);
    let date = rest.date().ok_or_else(|| bad(SHAPE))?;
    if rest.0.is_empty() {
        let midnight = Some((Time::midnight(), Offset::UTC));
        return moment(date, midnight).ok_or_else(|| bad(DATE));
    }
    let clock = rest.clock().ok_or_else(|| bad(SHAPE))?;
    let zone = rest.zone().ok_or_else(|| bad(SHAPE))?;
    moment(date, clock.time().zip(offset(zone))).ok_or_else(|| bad(MOMENT))
}

fn moment(date: [i32; 3], clock: Option<(Time, Offset)>) -> Option<Timestamp> {
    let [year, month, day] = date;
    let small = |number: i32| i8::try_from(number).ok();
    let year = i16::try_from(year).ok().filter(|year| *year > 0)?;
    let date = Date::new(year, small(month)?, small(day)?).ok()?;
    let (time, offset) = clock?;
    offset.to_timestamp(date.to_datetime(time)).ok()
}

fn offset(seconds: i32) -> Option<Offset> {
    Some(seconds)
        .filter(|seconds| seconds.abs() < 86_400)
        .and_then(|it| Offset::from_seconds(it).ok())
}

/// A time of day that may not exist.
struct Clock {
    hour: i32,
    minute: i32,
    second: i32,
    microsecond: i32,
}

impl Clock {
    fn time(&self) -> Option<Time> {
        let small = |number: i32| i8::try_from(number).ok();
        let (hour, minute, second) = (small(self.hour)?, small(self.minute)?, small(self.second)?);
        Time::new(hour, minute, second, self.microsecond * 1_000).ok()
    }
}

/// What of a text is not read yet.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn date(&mut self) -> Option<[i32; 3]> {
        let year = self.number(4, 4)?;
        let month = self.skip("-").then(|| self.number(1, 2))??;
        let day = self.skip("-").then(|| self.number(1, 2))??;
        Some([year, month, day])
    }

    fn clock(&mut self) -> Option<Clock> {
        (self.skip("T") || self.skip(" ")).then_some(())?;
        let hour = self.number(1, 2)?;
        let minute = self.skip(":").then(|| self.number(1, 2))??;
        let mut clock = Clock { hour, minute, second: 0, microsecond: 0 };
        if self.skip(":") {
            clock.second = self.number(1, 2)?;
            if self.skip(".") || self.skip(",") {
                clock.microsecond = self.fraction()?;
            }
        }
        Some(clock)
    }

    fn fraction(&mut self) -> Option<i32> {
        let digits = self.digits(1, 12)?;
        let kept = digits.get(..6).unwrap_or(digits);
        format!("{kept:0<6}").parse().ok()
    }

    /// An offset in seconds, up to the end of the text.
    fn zone(&mut self) -> Option<i32> {
        self.0 = self.0.trim_start();
        if self.0.is_empty() || self.0 == "Z" {
            return Some(0);
        }
        let sign = if self.skip("-") { -1 } else { self.skip("+").then_some(1)? };
        let hours = self.number(2, 2)?;
        let colon = self.skip(":");
        let minutes = if self.0.is_empty() && !colon { 0 } else { self.number(2, 2)? };
        self.0.is_empty().then_some(sign * (hours * 3_600 + minutes * 60))
    }

    fn number(&mut self, least: usize, most: usize) -> Option<i32> {
        self.digits(least, most)?.parse().ok()
    }

    fn digits(&mut self, least: usize, most: usize) -> Option<&'a str> {
        let count = self.0.bytes().take(most).take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.0.split_at_checked(count).filter(|_| count >= least)?;
        self.0 = rest;
        Some(digits)
    }

    fn skip(&mut self, sign: &str) -> bool {
        let rest = self.0.strip_prefix(sign);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_to_the_microsecond_and_without_an_offset_is_utc() {
        for (text, moment) in [
            ("2026-11-21", "2026-11-21T00:00:00Z"),
            ("2026-1-2 3:04", "2026-01-02T03:04:00Z"),
            ("2026-11-21T17:31:41.639106Z", "2026-11-21T17:31:41.639106Z"),
            ("2026-11-21 17:31:41,6391069 +0130", "2026-11-21T16:01:41.639106Z"),
            ("2026-11-21T17:31-02", "2026-11-21T19:31:00Z"),
            ("2100-01-01T00:00:00Z", "2100-01-01T00:00:00Z"),
        ] {
            assert_eq!(read(text).unwrap().to_string(), moment, "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_told_by_its_form() {
        for (text, rule) in [
            ("abc", SHAPE),
            ("", SHAPE),
            ("2026-11", SHAPE),
            ("2026-11-21 ", SHAPE),
            ("2026-11-21T17", SHAPE),
            ("2026-11-21T17:31:", SHAPE),
            ("2026-11-21T17:31:41.", SHAPE),
            ("2026-11-21T17:31:41 00:00", SHAPE),
            ("2026-11-21T17:31:41+1", SHAPE),
            ("2026-11-21T17:31:41+01:", SHAPE),
            ("2026-02-30", DATE),
            ("0000-01-01", DATE),
            ("2026-11-21T24:00", MOMENT),
            ("2026-11-21T23:59:60", MOMENT),
            ("2026-11-21T17:31:41+24:00", MOMENT),
            ("2026-02-30T00:00", MOMENT),
        ] {
            assert_eq!(read(text), Err(Refused::value(text, rule)), "{text}");
        }
    }
}
