"""The lab: simulated providers and customers that speak the real protocols. For trying, tests and benchmarks."""
