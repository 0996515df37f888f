"""What is shown of what is known: one shape over HTTP, on the command line and on the page."""
