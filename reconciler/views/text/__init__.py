"""Text for people: 80 columns, colour that only adds, nothing that moves."""
