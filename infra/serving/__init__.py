"""The web application and its server: where routes and pages meet."""
