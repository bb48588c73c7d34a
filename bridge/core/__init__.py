"""The rules of the bridge. Nothing in here speaks HTTP or SQL itself."""
