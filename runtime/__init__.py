"""What a process is made of: settings, services, the bell, jobs, logs and metrics."""
