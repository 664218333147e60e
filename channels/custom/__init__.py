"""Any other system: JSON over HTTP, signed both ways."""
