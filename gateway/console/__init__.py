"""The console: pages for agents and operators."""
