"""The seller's browser plugin: its protocol, its place, its commands (docs/plugin-protocol.md)."""
