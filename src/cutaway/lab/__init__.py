"""The browser: studies and audits to explore."""
