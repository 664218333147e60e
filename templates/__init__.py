"""Templates: rendering, and the texts that are shipped in Chinese and English."""
