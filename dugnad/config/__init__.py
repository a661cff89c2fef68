"""Settings and entry points. Imported by nobody."""
