"""One file per change of the schema, in order. Released ones are never edited."""
