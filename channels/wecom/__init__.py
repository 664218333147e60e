"""WeChat customer service by WeCom (企业微信 微信客服)."""
