"""What goes over the wire: requests validated, responses shaped."""
