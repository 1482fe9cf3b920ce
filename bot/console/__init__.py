"""Pages on which staff take over conversations."""
