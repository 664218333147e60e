"""Aliyun's short message service (阿里云短信服务)."""
