"""The pages of the console: a template for each, and a frame around all."""
