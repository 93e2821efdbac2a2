//! Finds a time zone by its IANA name, spelled as Moment allows it.

use jiff::tz::{TimeZone, TimeZoneDatabase};

/// The zone of this name: upper and lower case are one, and so are `/` and `_`.
pub(super) fn find(name: &str) -> Option<TimeZone> {
    let zones = TimeZoneDatabase::bundled();
    if let Ok(zone) = zones.get(name) {
        return Some(zone);
    }
    let wanted = plain(name);
    let known = zones
        .available()
        .find(|known| plain(known.as_str()) == wanted)?;
    zones.get(known.as_str()).ok()
}

fn plain(name: &str) -> String {
    name.to_lowercase().replace('/', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_zones_as_moment_spells_them() {
        for name in [
            "UTC",
            "utc",
            "Asia/Tokyo",
            "asia/tokyo",
            "Asia_Tokyo",
            "America/New_York",
            "america_new_york",
            "US/Pacific",
        ] {
            assert!(find(name).is_some(), "{name}");
        }
        for name in ["", "Mars", "Tokyo", "+09:00", "EUROPE"] {
            assert!(find(name).is_none(), "{name}");
        }
    }
}
