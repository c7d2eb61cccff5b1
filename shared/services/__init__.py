"""What Inkdex does, by noun."""
