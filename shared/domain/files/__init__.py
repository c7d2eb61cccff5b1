"""Files that are read as documents."""
