"""Parties: who may do what. Organisations, their sites, roles with licences, number prefixes and keys (DOMAIN §6, S-21)."""
