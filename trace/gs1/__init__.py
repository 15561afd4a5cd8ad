"""The codes on a pack: check digits, Application Identifiers, element strings, Digital Links, Chinese trace codes, scanner faults."""
