"""Everything that can break, broken: real processes, real signals, real sockets."""
