"""Advice as arithmetic: answers to limits, candidates, their odds on paths, the choice. Arrays in, arrays out."""
