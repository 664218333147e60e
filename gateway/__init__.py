"""The front door: webhooks, web-chat sockets, the console's pages and its API."""
