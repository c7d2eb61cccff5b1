"""How operations run: each is a generator of steps, and two drivers perform the steps."""
