"""Tencent Cloud's short message service (腾讯云短信)."""
