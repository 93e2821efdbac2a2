use super::{InputError, Problem};
use crate::context::World;
use crate::oci::Platform;

/// The platforms that are wanted, in commas or lines.
pub(super) fn read(world: &World) -> Result<Vec<Platform>, InputError> {
    let text = world.input("platforms").unwrap_or_default();
    let names = text.split([',', '\n']).map(str::trim);
    let platforms = names.filter(|name| !name.is_empty()).map(str::parse);
    platforms
        .collect::<Result<_, _>>()
        .map_err(|error| Problem::Platform(error).of("platforms"))
}
