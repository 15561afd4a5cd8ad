"""Tests of the drugs module."""
