"""What is installed, by whom it is licensed, and what is known against it."""
