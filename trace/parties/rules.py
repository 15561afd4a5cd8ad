"""All kinds of this module (DOMAIN §6); each file holds one subject."""

from trace.kinds import Kind
from trace.parties import enrolment, keys, licences, prefixes, sites, standing

KINDS: dict[str, Kind] = {
    **enrolment.KINDS,
    **sites.KINDS,
    **licences.KINDS,
    **prefixes.KINDS,
    **keys.KINDS,
    **standing.KINDS,
}
"""Kind -> schema, demand and rule."""
