"""Servers on loopback that replay what real services publish, with their faults: the only stand-ins of the tests."""
