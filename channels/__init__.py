"""One folder per channel behind one contract; each speaks its provider's language and nothing else."""
