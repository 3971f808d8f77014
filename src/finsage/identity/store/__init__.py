"""All SQL of identity: people, sessions, failed sign-ins. Each function takes a session and returns frozen values."""
