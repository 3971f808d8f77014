"""All SQL of the slice. Functions take a session and return frozen values; they never commit."""
