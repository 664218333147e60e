"""WeChat service account (公众号)."""
