"""What the server answers. Fields that a newer server adds are kept."""
