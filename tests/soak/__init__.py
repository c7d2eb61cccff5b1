"""Mixed load on real processes while faults are injected at random; nothing may be lost."""
