"""Redis or Valkey beside the database: what is only there to be quicker or fairer, and may be lost at any time."""
