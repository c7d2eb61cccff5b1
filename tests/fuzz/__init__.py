"""Random texts, and the processor time that each takes on its way through the system."""
