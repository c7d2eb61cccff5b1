"""A module for each kind of files. `read(file, name, limits)` yields its parts."""
