"""Tables, JSON files and charts of the results."""
