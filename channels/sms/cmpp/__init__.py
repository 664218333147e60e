"""China Mobile's gateways (ISMG), in their own protocol: CMPP 2.0 and 3.0."""
