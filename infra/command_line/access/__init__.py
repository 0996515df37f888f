"""Who may ask, and whom nobody may know any more."""
