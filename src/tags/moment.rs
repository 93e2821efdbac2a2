//! Dates, formatted as Moment does with its English locale.
//! <https://momentjs.com/docs/#/displaying/format/>

use jiff::ZonedDateTime;
use jiff::civil::Date;

/// What Moment calls its default: ISO 8601.
const DEFAULT: &str = "YYYY-MM-DDTHH:mm:ssZ";
const DEFAULT_UTC: &str = "YYYY-MM-DDTHH:mm:ss[Z]";

/// A point in time where people live: what Moment calls a moment.
#[derive(Debug)]
pub(super) struct Moment {
    pub(super) time: ZonedDateTime,
    /// Whether a time zone was found; Moment then names it and counts an offset of zero as UTC.
    pub(super) zoned: bool,
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

/// Formats that stand for others, in the order they are tried.
const LONG: [(&str, &str); 10] = [
    ("LTS", "h:mm:ss A"),
    ("LT", "h:mm A"),
    ("LLLL", "dddd, MMMM D, YYYY h:mm A"),
    ("LLL", "MMMM D, YYYY h:mm A"),
    ("LL", "MMMM D, YYYY"),
    ("L", "MM/DD/YYYY"),
    ("llll", "ddd, MMM D, YYYY h:mm A"),
    ("lll", "MMM D, YYYY h:mm A"),
    ("ll", "MMM D, YYYY"),
    ("l", "M/D/YYYY"),
];

/// All tokens, the longer ones before their beginnings.
const TOKENS: [&str; 78] = [
    "Hmmss",
    "hmmss",
    "Hmm",
    "hmm",
    "Mo",
    "MMMM",
    "MMM",
    "MM",
    "M",
    "Do",
    "DDDo",
    "DDDD",
    "DDD",
    "DD",
    "D",
    "dddd",
    "ddd",
    "dd",
    "do",
    "d",
    "wo",
    "ww",
    "w|",
    "w",
    "Wo",
    "WW",
    "W|",
    "W",
    "Qo",
    "Q",
    "NNNNN",
    "NNNN",
    "NNN",
    "NN",
    "N",
    "YYYYYY",
    "YYYYY",
    "YYYY",
    "YY",
    "yyyy",
    "yyy",
    "yy",
    "yo",
    "y",
    "ggggg",
    "gggg",
    "gg",
    "GGGGG",
    "GGGG",
    "GG",
    "e",
    "E",
    "a",
    "A",
    "hh",
    "h",
    "HH",
    "H",
    "kk",
    "k",
    "mm",
    "m",
    "ss",
    "s",
    "SSSSSSSSS",
    "SSSSSSSS",
    "SSSSSSS",
    "SSSSSS",
    "SSSSS",
    "SSSS",
    "SSS",
    "SS",
    "S",
    "x",
    "X",
    "zz",
    "z",
    "ZZ",
];

impl Moment {
    /// Formats it; an empty format stands for ISO 8601. `None`: a format of line ends only, at which Moment fails.
    pub(super) fn format(&self, format: &str) -> Option<String> {
        let utc = self.zoned && self.offset_minutes() == 0;
        let format = match format {
            "" if utc => DEFAULT_UTC.into(),
            "" => DEFAULT.into(),
            format => expand(format),
        };
        let mut out = String::new();
        let mut rest = format.as_str();
        let mut printed = false;
        while let Some(c) = rest.chars().next() {
            let (taken, text) = self.step(c, rest);
            printed |= text.is_some();
            out += &text.unwrap_or_default();
            rest = &rest[taken..];
        }
        printed.then_some(out)
    }

    /// The next piece of a format: how much of it, and what it prints; `None` for a line end.
    fn step(&self, c: char, rest: &str) -> (usize, Option<String>) {
        if let Some(length) = bracketed(rest) {
            let inside = &rest[1..length - 1];
            return (length, Some(inside.into()));
        }
        if c == '\\'
            && let Some(token) = token(&rest[1..])
        {
            return (1 + token.len(), Some(token.replace('\\', "")));
        }
        if let Some(token) = token(rest) {
            let text = self.token(token).unwrap_or_else(|| token.replace('\\', ""));
            return (token.len(), Some(text));
        }
        (c.len_utf8(), None)
    }

    fn token(&self, token: &str) -> Option<String> {
        let date = self.time.date();
        let kind = token.chars().next()?;
        match kind {
            'Y' | 'y' | 'N' => year(i64::from(date.year()), token),
            'g' | 'G' | 'w' | 'W' => week(date, token),
            'Q' | 'M' | 'D' | 'd' | 'e' | 'E' => day(date, token),
            'Z' | 'z' | 'x' | 'X' => Some(self.zone(token)),
            'S' => Some(self.fraction(token.len())),
            _ => self.clock(token),
        }
    }

    fn clock(&self, token: &str) -> Option<String> {
        let time = self.time.time();
        let (hour, minute, second) = (
            i64::from(time.hour()),
            i64::from(time.minute()),
            i64::from(time.second()),
        );
        let half = if hour % 12 == 0 { 12 } else { hour % 12 };
        Some(match token {
            "H" => hour.to_string(),
            "HH" => pad(hour, 2),
            "h" => half.to_string(),
            "hh" => pad(half, 2),
            "k" => (if hour == 0 { 24 } else { hour }).to_string(),
            "kk" => pad(if hour == 0 { 24 } else { hour }, 2),
            "m" => minute.to_string(),
            "mm" => pad(minute, 2),
            "s" => second.to_string(),
            "ss" => pad(second, 2),
            "a" => if hour < 12 { "am" } else { "pm" }.into(),
            "A" => if hour < 12 { "AM" } else { "PM" }.into(),
            "hmm" => format!("{half}{minute:02}"),
            "Hmm" => format!("{hour}{minute:02}"),
            "hmmss" => format!("{half}{minute:02}{second:02}"),
            "Hmmss" => format!("{hour}{minute:02}{second:02}"),
            _ => return None,
        })
    }

    /// `S` and more: tenths, hundredths, milliseconds, and from there on noughts.
    fn fraction(&self, digits: usize) -> String {
        let text = format!("{:03}000000", self.time.millisecond());
        text[..digits.min(text.len())].into()
    }

    fn offset_minutes(&self) -> i64 {
        i64::from(self.time.offset().seconds()) / 60
    }

    fn zone(&self, token: &str) -> String {
        let milliseconds = self.time.timestamp().as_millisecond();
        let name = || {
            if self.zoned {
                abbreviation(&self.time)
            } else {
                String::new()
            }
        };
        let minutes = self.offset_minutes();
        let (sign, minutes) = if minutes < 0 {
            ('-', -minutes)
        } else {
            ('+', minutes)
        };
        match token {
            "x" => milliseconds.to_string(),
            "X" => milliseconds.div_euclid(1000).to_string(),
            "Z" => format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60),
            "ZZ" => format!("{sign}{:02}{:02}", minutes / 60, minutes % 60),
            _ => name(),
        }
    }
}

fn abbreviation(time: &ZonedDateTime) -> String {
    let info = time.time_zone().to_offset_info(time.timestamp());
    info.abbreviation().into()
}

/// Replaces the formats that stand for others.
fn expand(format: &str) -> String {
    let mut out = String::new();
    let mut rest = format;
    while let Some(c) = rest.chars().next() {
        let escaped = usize::from(c == '\\');
        let long = LONG
            .iter()
            .find(|(name, _)| rest[escaped..].starts_with(name));
        let (taken, text) = match (bracketed(rest), long) {
            (Some(length), _) => (length, &rest[..length]),
            (None, Some((name, _))) if escaped == 1 => (name.len() + 1, &rest[..=name.len()]),
            (None, Some((name, long))) => (name.len(), *long),
            (None, None) => (c.len_utf8(), &rest[..c.len_utf8()]),
        };
        out += text;
        rest = &rest[taken..];
    }
    out
}

/// The length of a `[text]` that comes next: up to the last bracket before another one opens.
fn bracketed(rest: &str) -> Option<usize> {
    let inside = rest.strip_prefix('[')?;
    let open = inside.find('[').unwrap_or(inside.len());
    let close = inside[..open].rfind(']')?;
    Some(close + 2)
}

/// The token that comes next; any other character stands for itself, a line end for nothing.
fn token(rest: &str) -> Option<&str> {
    if let Some(token) = TOKENS.iter().find(|token| rest.starts_with(**token)) {
        return Some(token);
    }
    let c = rest.chars().next()?;
    let line_end = matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}');
    (!line_end).then(|| &rest[..c.len_utf8()])
}

fn year(year: i64, token: &str) -> Option<String> {
    Some(match token {
        "Y" | "YYYY" => pad(year, 4),
        "YY" => pad(year % 100, 2),
        "YYYYY" => pad(year, 5),
        "YYYYYY" => format!("+{}", pad(year, 6)),
        "N" | "NN" | "NNN" | "NNNNN" => "AD".into(),
        "NNNN" => "Anno Domini".into(),
        "y" | "yy" | "yyy" | "yyyy" => pad(year, token.len()),
        "yo" => ordinal(year),
        _ => return None,
    })
}

fn day(date: Date, token: &str) -> Option<String> {
    let month = i64::from(date.month());
    let weekday = date.weekday().to_sunday_zero_offset();
    let name = DAYS[usize::from(weekday.unsigned_abs()) % 7];
    let month_name = MONTHS[usize::from(date.month().unsigned_abs() - 1) % 12];
    let of_year = i64::from(date.day_of_year());
    Some(match token {
        "Q" => ((month + 2) / 3).to_string(),
        "Qo" => ordinal((month + 2) / 3),
        "M" => month.to_string(),
        "Mo" => ordinal(month),
        "MM" => pad(month, 2),
        "MMM" => month_name[..3].into(),
        "MMMM" => month_name.into(),
        "D" => date.day().to_string(),
        "Do" => ordinal(date.day().into()),
        "DD" => pad(date.day().into(), 2),
        "DDD" => of_year.to_string(),
        "DDDo" => ordinal(of_year),
        "DDDD" => pad(of_year, 3),
        "d" | "e" => weekday.to_string(),
        "do" => ordinal(weekday.into()),
        "dd" => name[..2].into(),
        "ddd" => name[..3].into(),
        "dddd" => name.into(),
        "E" => date.weekday().to_monday_one_offset().to_string(),
        _ => return None,
    })
}

fn week(date: Date, token: &str) -> Option<String> {
    // English weeks start on Sunday, and the first is the one with January 1st; ISO's start on Monday, with the 4th.
    let (start, first) = if token.starts_with(['w', 'g']) {
        (0, 6)
    } else {
        (1, 4)
    };
    let (year, week) = week_of(date, start, first);
    Some(match token {
        "w" | "W" => week.to_string(),
        "wo" | "Wo" => ordinal(week),
        "ww" | "WW" => pad(week, 2),
        "gg" | "GG" => pad(year % 100, 2),
        "gggg" | "GGGG" | "ggggg" | "GGGGG" => pad(year, token.len()),
        _ => return None,
    })
}

/// The year and number of a week, by the weekday it starts on and the day of January that is always in week one.
fn week_of(date: Date, start: i64, first: i64) -> (i64, i64) {
    let year = i64::from(date.year());
    let offset = |year: i64| {
        let day = 7 + start - first;
        let weekday = (7 + weekday_of_january(year, day) - start) % 7;
        day - weekday - 1
    };
    let length = |year: i64| if is_leap(year) { 366 } else { 365 };
    let weeks = |year: i64| (length(year) - offset(year) + offset(year + 1)) / 7;
    let week = (i64::from(date.day_of_year()) - offset(year) - 1).div_euclid(7) + 1;
    if week < 1 {
        (year - 1, week + weeks(year - 1))
    } else if week > weeks(year) {
        (year + 1, week - weeks(year))
    } else {
        (year, week)
    }
}

fn is_leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

/// The weekday of the n-th of January, Sunday being 0; the n-th may lie in the year before.
fn weekday_of_january(year: i64, day: i64) -> i64 {
    let before = year - 1;
    let leaps = before.div_euclid(4) - before.div_euclid(100) + before.div_euclid(400);
    (before + leaps + day).rem_euclid(7)
}

fn pad(number: i64, width: usize) -> String {
    format!("{number:0width$}")
}

fn ordinal(number: i64) -> String {
    let suffix = match (number % 10, number % 100 / 10) {
        (1..=3, 1) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{suffix}")
}
