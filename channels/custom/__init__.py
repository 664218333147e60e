"""Any system that speaks JSON over HTTP."""
