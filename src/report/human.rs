//! Sizes and times as people say them.

use std::time::Duration;

/// A number of bytes as Docker shows it: `0 B`, `999 B`, `1.2 kB`, `314 MB`.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if count < 1000 {
        return format!("{count} B");
    }
    let count = u128::from(count);
    let (mut unit, mut names) = (1000, UNITS.iter());
    let mut name = names.next();
    // What would be rounded to a thousand of this unit is one of the next.
    while count >= unit * 999 + unit / 2 && names.len() > 0 {
        (unit, name) = (unit * 1000, names.next());
    }
    let name = name.copied().unwrap_or_default();
    match (count + unit / 20) / (unit / 10) {
        tenths @ 0..100 => format!("{}.{} {name}", tenths / 10, tenths % 10),
        _ => format!("{} {name}", (count + unit / 2) / unit),
    }
}

/// A time as one says it: `0.3 s`, `42 s`, `3 min 05 s`, `1 h 02 min`.
pub fn duration(time: Duration) -> String {
    let tenths = (time.as_millis() + 50) / 100;
    let seconds = (time.as_millis() + 500) / 1000;
    match seconds {
        _ if tenths < 100 => format!("{}.{} s", tenths / 10, tenths % 10),
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_two_or_three_digits() {
        for (count, shown) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (1234, "1.2 kB"),
            (9_949, "9.9 kB"),
            (9_999, "10 kB"),
            (999_499, "999 kB"),
            (999_999, "1.0 MB"),
            (52_428_800, "52 MB"),
            (314_572_800, "315 MB"),
            (1_073_741_824, "1.1 GB"),
            (u64::MAX, "18447 PB"),
        ] {
            assert_eq!(bytes(count), shown, "{count}");
        }
    }

    #[test]
    fn times_have_two_units_at_most() {
        for (millis, shown) in [
            (0, "0.0 s"),
            (340, "0.3 s"),
            (9_940, "9.9 s"),
            (9_960, "10 s"),
            (59_400, "59 s"),
            (59_600, "1 min 00 s"),
            (185_000, "3 min 05 s"),
            (3_725_000, "1 h 02 min"),
        ] {
            assert_eq!(duration(Duration::from_millis(millis)), shown, "{millis}");
        }
    }
}
