"""The command line: serve, gateway, worker, schedule, demo, account, user, doctor, backup, simulate."""
