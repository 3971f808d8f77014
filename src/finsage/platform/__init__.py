"""Technology without a business word: settings, clock, database, queue, problems, telemetry, secrets."""
