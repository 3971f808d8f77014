"""The command line: one file per verb. stdout is data, stderr is log; exit 0 done, 1 failed, 2 wrong usage."""
